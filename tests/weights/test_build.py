"""`build` with weights: from a file or a mapping, strictly."""

from pathlib import Path

import numpy as np
import pytest
import torch
from nets import load

import resdsl
from resdsl import ResdslError
from resdsl.weights.checkpoint import write
from resdsl.weights.initial import drawn

NET = resdsl.load("net n:\n    input 3 x 8 x 8\n    conv 3x3, 5 | bn | relu\n")
X = np.random.default_rng(0).standard_normal((2, 3, 8, 8))


def test_torch_and_numpy_run_the_same_weights(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write(path, NET.ir, drawn(NET.ir, seed=3))
    model = NET.build("torch", weights=path).double().eval()
    theirs = model(torch.from_numpy(X)).detach().numpy()
    ours = NET.build("numpy", weights=str(path))(X)
    assert abs(ours - theirs).max() < 1e-12
    again = NET.build("numpy", weights=model.state_dict())(X)
    np.testing.assert_array_equal(ours, again)
    unweighted = NET.build("numpy")(X)
    assert abs(ours - unweighted).max() > 0.1


def test_the_reference_can_be_asked_for_more() -> None:
    reference = NET.build("numpy", weights=drawn(NET.ir))
    seen: list[str] = []
    y = reference(X, trace=lambda path, _: seen.append(path), dtype=np.float32)
    assert seen == ["conv1", "bn1", "relu1"]
    assert y.dtype == np.float32
    step = reference.train(X)
    assert step.statistics["bn1.num_batches_tracked"] == 1
    assert reference.weights["bn1.num_batches_tracked"] == 0


def test_weights_may_be_views_and_of_any_precision() -> None:
    weights = {key: value.astype(np.float64) for key, value in drawn(NET.ir).items()}
    for value in weights.values():
        value.setflags(write=False)
    model = NET.build("torch", weights=weights)
    assert model.state_dict()["conv1.weight"].dtype == torch.float32
    del weights["bn1.num_batches_tracked"]
    assert (
        NET.build("torch", weights=weights).state_dict().keys() == drawn(NET.ir).keys()
    )


@pytest.mark.parametrize("target", ["torch", "numpy"])
def test_other_weights_are_refused(target: str, tmp_path: Path) -> None:
    with pytest.raises(ResdslError, match=r"E402.*conv1\.weight"):
        NET.build(target, weights={})
    with pytest.raises(FileNotFoundError):
        NET.build(target, weights=tmp_path / "w.safetensors")
    with pytest.raises(ResdslError, match=r"E401.*'w\.npz' does not end"):
        NET.build(target, weights=tmp_path / "w.npz")


def test_weights_of_the_net_are_not_those_of_other_arguments() -> None:
    network = load("resnet18")
    with pytest.raises(RuntimeError, match=r"size mismatch for fc\.weight"):
        network.build("torch", classes=10, weights=drawn(network.ir))
    arguments = {"classes": 10}
    with pytest.raises(TypeError, match="numpy takes no arguments"):
        network.build("numpy", weights=None, **arguments)
