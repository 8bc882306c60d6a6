"""Every net of this folder in every target, for ever."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from held import SINGLE, case, close, hold_net
from workers import Worker

import resdsl
from resdsl.compiler import Origin, net_names
from resdsl.core.diagnostic import ResdslError

FILES = sorted(Path(__file__).resolve().parent.glob("*.res"))
NETS = [
    pytest.param(path, name, id=f"{path.stem}-{name}")
    for path in FILES
    for name in net_names(path.read_bytes(), Origin(path.name, path.parent))
]
# They give 0 / 0, which no comparison sees: what matters is that nothing breaks.
NO_NUMBER = {"gelu_of_no_number"}
# Torch's 3-D average of more than its input, a padding that onnxruntime misreads.
REFUSED = {"average_over_more_than_there_is", "same_padding_beyond_the_window"}


@pytest.fixture(scope="module")
def keras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    worker = Worker("tensorflow", tmp_path_factory.mktemp("keras"))
    yield worker
    worker.close()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_regression_says_what_was_wrong(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert "Say here" not in first


@pytest.mark.parametrize("inline", [False, True], ids=["functions", "inline"])
@pytest.mark.parametrize(("path", "name"), NETS)
def test_it_is_right_in_torch_and_onnxruntime(
    path: Path, name: str, inline: bool
) -> None:
    network = resdsl.load(path, net=name)
    if path.stem in REFUSED:
        with pytest.raises(ResdslError, match="E108"):
            hold_net(network, inline)
        return
    excused = hold_net(network, inline)
    assert not excused or path.stem in NO_NUMBER


@pytest.mark.parametrize(("path", "name"), NETS)
def test_it_is_right_in_keras(keras: Worker, path: Path, name: str) -> None:
    made = case(resdsl.load(path, net=name))
    y = keras.output(made.network, made.weights, made.x)
    if path.stem in NO_NUMBER:
        assert np.isnan(y).all() and np.isnan(made.y).all()
    else:
        close(y, made.y, SINGLE, "Keras")
