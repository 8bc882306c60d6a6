"""A layer that is one tensor has its own name for a key, and in code."""

import numpy as np
import pytest
import torch

import resdsl
from resdsl.reference import calibrated, run
from resdsl.weights.initial import drawn

TEXT = """
block scaled(dim, s = 0.5):
    residual:
        conv 3, dim, groups=dim
        layer_scale: gain weight_init=1e-6
        times s | gain weight_init=normal(0.02)

net n:
    input 4 x 5 x 5
    2 * scaled 4
    gain | relu | flatten
    gain weight_init=0.5 | linear 3
"""
SHAPES = {
    "scaled1.0.layer_scale": (4, 1, 1),
    "scaled1.1.gain1": (4, 1, 1),
    "gain1": (4, 1, 1),
    "gain2": (100,),
}


def test_its_key_is_the_path_of_the_layer() -> None:
    network = resdsl.load(TEXT)
    weights = drawn(network.ir)
    state = network.build("torch").state_dict()
    assert list(state) == list(weights)
    for key, shape in SHAPES.items():
        assert weights[key].shape == tuple(state[key].shape) == shape


def test_it_starts_as_the_source_says() -> None:
    state = resdsl.load(TEXT).build("torch").state_dict()
    assert set(state["scaled1.1.layer_scale"].flatten().tolist()) == {
        np.float32(1e-6).item()
    }
    assert state["scaled1.0.gain1"].std() < 0.1
    assert set(state["gain1"].flatten().tolist()) == {1.0}
    assert set(state["gain2"].tolist()) == {0.5}


@pytest.mark.parametrize("target", ["torch", "onnx"])
def test_it_multiplies(target: str) -> None:
    network = resdsl.load(TEXT)
    x = np.random.default_rng(0).standard_normal((2, 4, 5, 5)).astype(np.float32)
    weights = calibrated(network.ir, x)
    expected = run(network.ir, weights, x)
    if target == "torch":
        model = network.build("torch", weights=weights).eval()
        with torch.no_grad():
            found = model(torch.from_numpy(x)).numpy()
    else:
        import onnxruntime

        model = network.build("onnx", weights=weights).SerializeToString()
        session = onnxruntime.InferenceSession(model)
        (found,) = session.run(None, {"input": x})
    assert abs(found - expected).max() < 1e-5 * abs(expected).max()


@pytest.mark.parametrize(
    "body", ["3 * gain", "tail:\n        relu\n        scale_: gain"]
)
def test_a_sequence_has_no_place_for_it(body: str) -> None:
    report = resdsl.check(f"net n:\n    input 4 x 5\n    {body}\n")
    (found,) = report.diagnostics
    assert found.code == "E108"
    assert found.message == "gain is a tensor, and a sequence has none for a member"
