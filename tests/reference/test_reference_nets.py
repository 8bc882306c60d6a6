"""Every example net in the reference, against its torch page in float64."""

import numpy as np
import pytest
import torch
from doubles import batch, difference, doubles
from nets import NETS, load

import resdsl
from resdsl.analysis.unroll import layers
from resdsl.reference import calibrated, run, train

DEEP = ("resnet1202", "preresnet1001")


def small(name: str) -> int | None:
    if name in DEEP:
        return 8
    return None if name in ("signal", "video") else 32


@pytest.mark.parametrize("name", NETS)
def test_a_net_computes_what_torch_does(name: str) -> None:
    network = load(name)
    x = batch(network, 2, small(name))
    model, weights = doubles(network, x)
    with torch.no_grad():
        theirs = model(torch.from_numpy(x))
    ours = run(network.ir, weights, x)
    assert difference(ours, theirs) < 1e-10
    assert 0.05 < ours.std() < 10


@pytest.mark.parametrize("name", ["resnet18", "seresnet50", "resnetv2_50", "video"])
def test_a_net_learns_what_torch_does(name: str) -> None:
    network = load(name)
    # 3 values a channel, which 32 pixels leave, would show differences 1000 times.
    x = batch(network, 2) if name == "video" else batch(network, 4, 64)
    model, weights = doubles(network, x)
    with torch.no_grad():
        theirs = model.train()(torch.from_numpy(x))
    ours = train(network.ir, weights, x)
    assert difference(ours.y, theirs) < 1e-10
    state = model.state_dict()
    moved = {key for key in state if key.endswith(("_mean", "_var", "_tracked"))}
    assert ours.statistics.keys() == moved
    for key, value in ours.statistics.items():
        assert difference(value, state[key]) < 1e-10, key


def test_a_trace_names_what_modules_are_called() -> None:
    network = load("resnet18")
    x = batch(network, 2, 32)
    model, weights = doubles(network, x)
    theirs: dict[str, torch.Tensor] = {}
    for name, module in model.named_modules():

        def keep(_module, _x, y, name=name) -> None:
            theirs[name] = y.clone()

        module.register_forward_hook(keep)
    with torch.no_grad():
        model(torch.from_numpy(x))
    ours: dict[str, np.ndarray] = {}
    y = run(network.ir, weights, x, trace=ours.__setitem__)
    paths = list(ours)
    assert {layer.path for layer in layers(network.ir)} <= ours.keys()
    assert paths[-1] == "fc"
    assert ours["fc"] is y
    at = paths.index("layer2.0.downsample.0")
    assert paths[at - 1] == "layer2.0.bn2"
    assert paths[at + 1 : at + 4] == [
        "layer2.0.downsample.1",
        "layer2.0.downsample",
        "layer2.0.residual1",
    ]
    shared = [path for path in paths if path in theirs and "relu" not in path]
    assert {"layer1.0", "layer4.1", "layer3.0.downsample"} <= set(shared)
    for path in shared:
        assert difference(ours[path], theirs[path]) < 1e-10, path


def test_single_precision_is_single_throughout() -> None:
    network = load("resnet18")
    x = batch(network, 2, 32)
    weights = calibrated(network.ir, x)
    kinds = set()
    single = run(
        network.ir,
        weights,
        x,
        dtype=np.float32,
        trace=lambda _, y: kinds.add(y.dtype),
    )
    assert kinds == {np.dtype(np.float32)}
    exact = run(network.ir, weights, x)
    assert 1e-8 < abs(single - exact).max() / abs(exact).max() < 1e-5


def test_calibrated_weights_are_the_same_each_time_and_keep_order_one() -> None:
    network = load("resnet50")
    x = batch(network, 2, 32)
    weights = calibrated(network.ir, x)
    again = calibrated(network.ir, x)
    other = calibrated(network.ir, x, seed=1)
    for key, value in weights.items():
        assert value.dtype == (np.int64 if key.endswith("tracked") else np.float32)
        np.testing.assert_array_equal(value, again[key])
    assert not np.array_equal(weights["fc.weight"], other["fc.weight"])

    def of_order_one(path: str, y: np.ndarray) -> None:
        assert 0.1 < y.std() < 10, path

    run(network.ir, weights, x, trace=of_order_one)


def test_what_is_wrong_is_said() -> None:
    network = resdsl.load("net n:\n    input 3 x 8 x 8\n    bn | conv 3, 4\n")
    x = batch(network, 2)
    weights = calibrated(network.ir, x)
    with pytest.raises(ValueError, match=r"a batch of \(3, 8, 8\), found .*\(3, 8"):
        run(network.ir, weights, x[0])
    with pytest.raises(KeyError, match=r"conv1\.weight"):
        run(network.ir, {k: v for k, v in weights.items() if "conv" not in k}, x)
    del weights["bn1.num_batches_tracked"]
    assert train(network.ir, weights, x).statistics["bn1.num_batches_tracked"] == 1
    vector = resdsl.load("net n:\n    input 3\n    bn\n")
    one = np.ones((1, 3))
    with pytest.raises(ValueError, match="2 values per channel"):
        train(vector.ir, calibrated(vector.ir, one), one)
