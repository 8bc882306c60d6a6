"""Every example net computes, on every backend, what the reference computes."""

import pytest
from doubles import batch
from nets import KERAS, NETS, load
from workers import BACKENDS, BOUND, Workers, difference

from resdsl.reference import calibrated, run

# Their pages are those of resnet110 and preresnet164 but for the numbers of repeats,
# which `test_keras_pages` sees.
DEEPEST = {"resnet1202", "preresnet1001"}
# And those of keras.applications are held to the reference where they meet their peers.
ELSEWHERE = {*DEEPEST, *KERAS}
PRECISE = ("hello", "tabular", "signal", "resnet20", "resnet18")


def small(name: str) -> int | None:
    """A side that every stride of the net leaves something of; none: as declared."""
    if len(NETS[name].shape) != 3:
        return None
    return 64 if name in ("resnet50", "image") else 32


@pytest.mark.parametrize("name", [name for name in NETS if name not in ELSEWHERE])
def test_a_net_computes_what_the_language_says(workers: Workers, name: str) -> None:
    network = load(name)
    size = small(name)
    x = batch(network, 2, size)
    weights = calibrated(network.ir, x)
    expected = run(network.ir, weights, x)
    assert 0.05 < expected.std() < 10
    sizes = list(x.shape[2:])
    found = {
        backend: difference(
            workers[backend].output(network, weights, x, sizes=sizes), expected
        )
        for backend in BACKENDS
    }
    assert max(found.values()) < BOUND["float32"], found


@pytest.mark.parametrize("name", PRECISE)
def test_twice_the_digits_give_twice_the_digits(workers: Workers, name: str) -> None:
    network = load(name)
    x = batch(network, 2, small(name))
    weights = calibrated(network.ir, x)
    expected = run(network.ir, weights, x)
    sizes = list(x.shape[2:])
    for backend in BACKENDS:
        got = workers[backend].output(network, weights, x, "float64", sizes=sizes)
        assert difference(got, expected) < BOUND["float64"]
