"""Weights into a Keras model and out of it, and through `.keras` files."""

from pathlib import Path

import keras
import numpy as np
import pytest
from nets import load

import resdsl
from resdsl import Network, ResdslError
from resdsl.core.diagnostic import Diagnostic
from resdsl.reference import calibrated
from resdsl.weights import files
from resdsl.weights.initial import drawn
from resdsl.weights.keras import extract, put, read, write

# Keras itself says so on the torch backend, when it predicts and when it saves.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
TEXT = """\
net n:
    input 4 x {size}
    conv 3, 8, groups=4, bias=true
    conv 3, 8, groups=8
    conv 3, 8, groups=2 | bn | prelu
    residual:
        conv 3, 8
        groupnorm 2 | layernorm
    flatten
    linear 5
    prelu
"""
SIZES = ("7", "6 x 5", "5 x 4 x 3")


def network(size: str) -> Network:
    return resdsl.load(TEXT.format(size=size))


def noise(net: Network) -> np.ndarray:
    shape = (8, *(int(n) for n in net.input_shape))
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("size", SIZES)
def test_a_model_computes_with_what_was_put_in(size: str) -> None:
    net = network(size)
    x = noise(net)
    weights = calibrated(net.ir, x)
    model = net.build("keras", weights=weights)
    theirs = model.predict(np.moveaxis(x, 1, -1).astype(np.float32), verbose=0)
    ours = net.build("numpy", weights=weights)(x)
    assert abs(theirs - ours).max() < 1e-5 * abs(ours).max()


@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_in_comes_out(size: str, tmp_path: Path) -> None:
    net = network(size)
    weights = calibrated(net.ir, noise(net))
    model = net.build("keras", weights=weights)
    path = tmp_path / "model.keras"
    write(path, model)
    assert list(tmp_path.iterdir()) == [path]
    for found in (extract(model, net.ir), read(path, net.ir), files.read(path, net.ir)):
        counts = {key for key in weights if key.endswith("num_batches_tracked")}
        assert found.keys() == weights.keys() - counts
        for key, value in found.items():
            np.testing.assert_array_equal(value, weights[key])


def test_a_model_starts_from_its_own_file(tmp_path: Path) -> None:
    net = load("resnet18")
    path = tmp_path / "model.keras"
    write(path, net.build("keras", weights=drawn(net.ir, seed=1)))
    model = net.build("torch", weights=path)
    expected = drawn(net.ir, seed=1)
    for key, value in model.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), expected[key])


def findings(refusal: pytest.ExceptionInfo[ResdslError]) -> list[Diagnostic]:
    return list(refusal.value.diagnostics)


def test_a_model_of_another_net_is_refused() -> None:
    net = resdsl.load("net n:\n    input 3\n    fc1: linear 4\n    fc2: linear 5\n")
    text = "net n:\n    input 3\n    fc1: linear 5\n    fc_2: linear 5\n"
    other = resdsl.load(text).build("keras")
    with pytest.raises(ResdslError) as refusal:
        put(other, net.ir, drawn(net.ir))
    found = [(finding.code, finding.hint) for finding in findings(refusal)]
    assert found == [
        ("E404", ""),
        ("E404", ""),
        ("E402", "did you mean 'fc_2/kernel'?"),
        ("E402", "did you mean 'fc_2/bias'?"),
        ("E403", "did you mean 'fc2/kernel'?"),
        ("E403", "did you mean 'fc2/bias'?"),
    ]


def test_weights_of_another_net_are_refused() -> None:
    net = network("7")
    with pytest.raises(ResdslError) as refusal:
        net.build("keras", weights={"conv1.weight": np.zeros((8, 1, 2))})
    assert {finding.code for finding in findings(refusal)} == {"E402", "E404"}


def test_files_that_are_no_models_are_findings(tmp_path: Path) -> None:
    net = network("7").ir
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nothing.keras", net)
    path = tmp_path / "model.keras"
    write(path, network("7").build("keras"))
    whole = path.read_bytes()
    for data in (b"", b"junk", whole[:1000], whole[1000:]):
        path.write_bytes(data)
        with pytest.raises(ResdslError) as refusal:
            read(path, net)
        assert [finding.code for finding in findings(refusal)] == ["E401"]


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    inputs = keras.Input((4,))
    layer = keras.layers.Lambda(lambda x: x * 2, output_shape=(4,))
    keras.Model(inputs, layer(inputs)).save(path)
    with pytest.raises(ResdslError, match="E401"):
        read(path, network("7").ir)
