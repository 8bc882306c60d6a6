"""Weights into a model's file and back: one at a time, whole, by name."""

import gc
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from nets import images, load
from numpy.typing import NDArray
from runtimes import answer, difference, model_of, text_net, weights_of

import resdsl
from resdsl.analysis.unroll import tensors
from resdsl.core.diagnostic import ResdslError
from resdsl.weights.arrays import Lazy
from resdsl.weights.onnx import attach, read, write

NAMES = ["hello", "resnet18", "seresnet50", "signal", "video"]


def numbers(network: resdsl.Network) -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(1)
    return {
        tensor.key: rng.standard_normal(tensor.shape, np.float32)
        for tensor in tensors(network.ir)
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("inline", [False, True])
def test_a_file_is_the_model_in_memory(name: str, inline: bool, tmp_path: Path) -> None:
    network = load(name)
    text, weights = network.source("onnx", inline=inline), numbers(network)
    path = tmp_path / "net.onnx"
    write(path, text, weights)
    assert onnx.load(path) == attach(text, weights)
    assert [file.name for file in tmp_path.iterdir()] == ["net.onnx"]


@pytest.mark.parametrize("name", NAMES)
def test_weights_come_back_by_the_checkpoints_names(name: str, tmp_path: Path) -> None:
    network = load(name)
    weights = numbers(network)
    write(tmp_path / "net.onnx", network.source("onnx"), weights)
    back = read(tmp_path / "net.onnx", network.ir)
    assert list(back) == [key for key in weights if "num_batches" not in key]
    for key, array in back.items():
        assert array.shape == back.shapes[key] == weights[key].shape
        np.testing.assert_array_equal(array, weights[key])


def test_slopes_change_their_shape_on_the_way(tmp_path: Path) -> None:
    network = text_net("input 4 x 4 x 4\n    prelu")
    weights = numbers(network)
    path = tmp_path / "net.onnx"
    write(path, network.source("onnx"), weights)
    assert list(onnx.load(path).graph.initializer[0].dims) == [4, 1, 1]
    assert read(path, network.ir)["prelu1.weight"].shape == (4,)


def test_what_is_not_the_nets_comes_last_and_as_it_is(tmp_path: Path) -> None:
    wide, narrow = (text_net(f"input 4\n    linear {n} | linear 2") for n in (8, 6))
    write(tmp_path / "net.onnx", wide.source("onnx"), numbers(wide))
    back = read(tmp_path / "net.onnx", narrow.ir)
    assert back.shapes["linear1.weight"] == (8, 4)
    back = read(tmp_path / "net.onnx", text_net("input 4\n    linear 8").ir)
    assert list(back)[2:] == ["linear2.weight", "linear2.bias"]


def test_beyond_two_gigabytes_the_numbers_lie_beside(tmp_path: Path) -> None:
    network = load("resnet18")
    x = images("resnet18", 2, 32).numpy()
    weights = weights_of(network, x)
    text = network.source("onnx")
    path = tmp_path / "net.onnx"
    write(path, text, weights, largest=1000)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["net.onnx", "net.onnx.data"]
    assert path.stat().st_size < 100_000
    onnx.checker.check_model(path, full_check=True)
    expected = answer(model_of(network, weights), x)
    assert difference(answer(str(path), x), expected) == 0
    for key, array in read(path, network.ir).items():
        np.testing.assert_array_equal(array, weights[key])


def test_a_fault_leaves_the_old_file(tmp_path: Path) -> None:
    network = load("hello")
    path = tmp_path / "net.onnx"
    path.write_text("old")
    weights = numbers(network)
    with pytest.raises(KeyError):
        write(path, network.source("onnx"), {})
    with pytest.raises(ValueError, match="should be"):
        bad = {**weights, "linear2.bias": np.zeros(3)}
        write(path, network.source("onnx"), bad)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["net.onnx"]


def test_what_is_no_model_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_text("no model")
    with pytest.raises(ResdslError):
        read(path, load("hello").ir)


def test_one_weight_is_in_memory_at_a_time(tmp_path: Path) -> None:
    network = load("resnet50")
    text = network.source("onnx")
    shapes = {t.key: t.shape for t in tensors(network.ir)}
    largest = max(4 * np.prod(shape, dtype=int) for shape in shapes.values())
    weights = Lazy(shapes, lambda key: np.ones(shapes[key], np.float32))
    gc.collect()
    tracemalloc.start()
    write(tmp_path / "net.onnx", text, weights)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.5 * largest
