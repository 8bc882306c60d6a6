"""A step of training, and how weights start."""

import math

import numpy as np
import pytest
import torch
from doubles import batch, doubles
from test_keras_programs import HEAD, PROGRAMS
from workers import BOUND, Arrays, Worker, difference

import resdsl
from resdsl.analysis.unroll import tensors
from resdsl.network import Network

STARTS = {
    "he_normal(fan_out)": math.sqrt(2 / (64 * 9)),
    "he_normal(fan_in)": math.sqrt(2 / (48 * 9)),
    "glorot_uniform()": math.sqrt(6 / ((48 + 64) * 9)) / math.sqrt(3),
    "fan_in_uniform()": 1 / math.sqrt(48 * 9) / math.sqrt(3),
    "normal(0.02)": 0.02,
    "trunc_normal(0.02)": 0.02 * 0.8796,
    "uniform(0.3)": 0.3 / math.sqrt(3),
    "0": 0.0,
    "0.5": 0.0,
}


@pytest.mark.parametrize("program", ["advancing", "shortcuts", "scale in residual"])
def test_a_step_is_that_of_torch(worker: Worker, program: str) -> None:
    """Gradients to twice the digits; the running variance but for n / (n - 1)."""
    network = resdsl.load(PROGRAMS[program])
    x = batch(network, 4)
    model, weights = doubles(network, x)
    y = model.train()(torch.from_numpy(x))
    wanted = np.random.default_rng(1).standard_normal(tuple(y.shape))
    loss = torch.nn.functional.mse_loss(y, torch.from_numpy(wanted))
    loss.backward()
    given: Arrays = {"x": x, "wanted": wanted, **weights}
    page = network.source("keras")
    after, facts = worker.ask("step", given, source=page, dtype="float64")
    assert facts["loss"] == pytest.approx(loss.item(), rel=1e-6)
    gradients = dict(model.named_parameters())
    state = model.state_dict()
    seen = 0
    for tensor in tensors(network.ir):
        name = f"{tensor.layer.path.replace('.', '_')}.{tensor.weight.name}"
        before = weights[tensor.key].astype(float)
        if tensor.key in gradients:
            gradient = gradients[tensor.key].grad
            assert gradient is not None
            assert difference(before - after[name], gradient.numpy()) < 1e-7, name
        elif tensor.weight.name == "running_mean":
            assert difference(after[name], state[tensor.key].numpy()) < 1e-7, name
        elif tensor.weight.name == "running_var":
            spatial = tensor.layer.node.x.spatial
            n = len(x) * math.prod(int(str(size)) for size in spatial)
            momentum = tensor.layer.node.kind.settled()["momentum"]
            assert isinstance(momentum, float)
            kept = (1 - momentum) * before
            new = (state[tensor.key].numpy() - kept) * (n - 1) / n
            assert difference(after[name], kept + new) < 1e-7, name
            assert difference(after[name], state[tensor.key].numpy()) > 1e-6
            seen += 1
    assert seen or "bn" not in PROGRAMS[program]


@pytest.mark.parametrize("layer", ["drop_path 0.25", "dropout 0.25"])
def test_what_is_kept_is_scaled(worker: Worker, layer: str) -> None:
    network = resdsl.load(f"net n:\n    input 2 x 3 x 3\n    {layer}\n")
    x = np.ones((2000, 2, 3, 3), np.float32)
    y = worker.ask("dropped", {"x": x}, source=network.source("keras")).arrays["y"]
    assert np.unique(y) == pytest.approx([0, 1 / 0.75])
    assert y.mean() == pytest.approx(1, abs=0.06)
    per_example = (y == y[:, :1, :1, :1]).all()
    assert per_example == layer.startswith("drop_path")
    got = worker.output(network, {}, x[:2])
    np.testing.assert_array_equal(got, x[:2])


@pytest.mark.parametrize("start", STARTS)
def test_weights_start_as_the_language_says(worker: Worker, start: str) -> None:
    """Mean 0 (or the constant), the deviation, and no two layers alike."""
    line = f"conv 3x3, 64, bias=true, weight_init={start}"
    text = f"net n:\n    input 48 x 8 x 8\n    {line}\n    conv 3x3, 48\n    {line}\n"
    drawn = worker.ask("started", source=resdsl.load(text).source("keras")).arrays
    first, other = drawn["conv1.weight"], drawn["conv3.weight"]
    if STARTS[start] == 0:
        assert (first == float(start)).all()
        return
    assert first.std() == pytest.approx(STARTS[start], rel=0.02)
    assert abs(first.mean()) < 0.02 * first.std()
    assert not np.intersect1d(first, other).size > first.size / 100
    if "uniform" in start:
        assert abs(first).max() <= STARTS[start] * math.sqrt(3) * 1.000001
    if start.startswith("trunc"):
        assert abs(first).max() <= 2 * 0.02 * 1.000001


def test_defaults_start_as_the_language_says(worker: Worker) -> None:
    text = (
        f"{HEAD}    conv 3x3, 256\n    conv 3x3, 512, groups=256, bias=true\n"
        "    bn weight_init=0\n    prelu\n    conv 3x3, 256, groups=2\n    avgpool\n"
        "    flatten\n    linear 300\n"
    )
    network: Network = resdsl.load(text)
    drawn = worker.ask("started", source=network.source("keras")).arrays
    # torch's fan: groups count for fan_in, and fan_out is the whole output.
    deviation = math.sqrt(2 / (512 * 9))
    assert drawn["conv2.weight"].std() == pytest.approx(deviation, rel=0.05)
    assert abs(drawn["conv2.bias"]).max() <= 1 / 3
    assert drawn["conv2.bias"].std() == pytest.approx(1 / 3 / math.sqrt(3), rel=0.1)
    deviation = math.sqrt(2 / (256 * 9))
    assert drawn["conv3.weight"].std() == pytest.approx(deviation, rel=0.02)
    bound = 1 / math.sqrt(256)
    for name in ("linear1.weight", "linear1.bias"):
        assert 0.9 * bound < abs(drawn[name]).max() <= bound * 1.000001
    assert set(drawn["bn1.weight"]) == {0.0}
    assert set(drawn["bn1.bias"]) == {0.0}
    assert set(drawn["bn1.running_var"]) == {1.0}
    assert set(drawn["prelu1.weight"]) == {0.25}


def test_bounds_are_those_of_the_project() -> None:
    assert BOUND == {"float32": 1e-5, "float64": 1e-10}
