"""The checkpoint as a file: what others write we read, what we write others read."""

import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from nets import load
from safetensors.numpy import load_file, save, save_file
from safetensors.torch import load_file as load_torch
from safetensors.torch import save_file as save_torch

import resdsl
from resdsl import ResdslError
from resdsl.weights.checkpoint import read, write
from resdsl.weights.initial import drawn
from resdsl.weights.match import match

TEXT = "net n:\n    input 3 x 8 x 8\n    conv 3x3, 5\n    bn\n    avgpool | flatten\n"
NET = resdsl.load(TEXT + "    linear 7\n").ir


def codes(refusal: pytest.ExceptionInfo[ResdslError]) -> list[str]:
    return [finding.code for finding in refusal.value.diagnostics]


@pytest.mark.parametrize("name", ["resnet18", "tabular", "video"])
def test_torch_reads_what_is_written(name: str, tmp_path: Path) -> None:
    network = load(name)
    path = tmp_path / "w.safetensors"
    write(path, network.ir, drawn(network.ir))
    model = network.build("torch")
    model.load_state_dict(load_torch(path), strict=True)
    for key, value in drawn(network.ir).items():
        assert torch.equal(model.state_dict()[key], torch.from_numpy(value)), key


def test_what_torch_writes_is_read(tmp_path: Path) -> None:
    network = load("resnet18")
    state = network.build("torch").state_dict()
    path = tmp_path / "w.safetensors"
    save_torch(state, path)
    found = match(network.ir, read(path))
    assert list(found) == list(state)
    for key, value in found.items():
        np.testing.assert_array_equal(value, state[key].numpy())
    with pytest.raises(KeyError):
        read(path)["nothing"]


def test_a_file_may_be_written_over_itself(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write(path, NET, drawn(NET))
    first = path.read_bytes()
    write(path, NET, read(path))
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


def test_other_precisions_become_single(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    for precision in (np.float16, np.float64):
        made = {k: v.astype(precision) for k, v in drawn(NET).items() if v.ndim}
        save_file(made, path)
        write(path, NET, read(path))
        written = load_file(path)
        assert written["conv1.weight"].dtype == np.float32
        assert written["bn1.num_batches_tracked"].dtype == np.int64
        assert written["bn1.num_batches_tracked"].shape == ()
        expected = made["conv1.weight"].astype(np.float32)
        np.testing.assert_array_equal(written["conv1.weight"], expected)


def test_one_tensor_is_in_memory_at_a_time(tmp_path: Path) -> None:
    network = load("resnet50")
    largest = max(value.nbytes for value in drawn(network.ir).values())
    tracemalloc.start()
    write(tmp_path / "w.safetensors", network.ir, drawn(network.ir))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.5 * largest


def test_all_faults_are_told_of_at_once() -> None:
    weights = dict(drawn(NET))
    weights["conv1.wieght"] = weights.pop("conv1.weight")
    weights["linear1.weight"] = weights["linear1.weight"].T
    weights["extra"] = np.zeros(3)
    with pytest.raises(ResdslError) as refusal:
        match(NET, weights)
    assert codes(refusal) == ["E402", "E404", "E403", "E403"]
    missing, shape, _, _ = refusal.value.diagnostics
    assert missing.hint == "did you mean 'conv1.wieght'?"
    assert missing.message == "the weights lack 'conv1.weight' (5, 3, 3, 3)"
    assert missing.span.text == "conv 3x3, 5"
    assert (shape.found, shape.expected) == ("(5, 7)", "(7, 5)")
    hints = [finding.hint for finding in refusal.value.diagnostics[2:]]
    assert sorted(hints) == ["", "did you mean 'conv1.weight'?"]
    assert "error[E402]" in str(refusal.value)


def test_a_prefix_is_seen_through() -> None:
    weights = {f"module.{key}": value for key, value in drawn(NET).items()}
    with pytest.raises(ResdslError) as refusal:
        match(NET, weights)
    for finding in refusal.value.diagnostics:
        if finding.code == "E402":
            name = finding.message.split("'")[1]
            assert finding.hint == f"did you mean 'module.{name}'?"


def test_one_network_s_weights_are_not_another_s() -> None:
    with pytest.raises(ResdslError) as refusal:
        match(load("resnet50").ir, drawn(load("resnet101").ir))
    assert 1 < len(refusal.value.diagnostics) <= 100


def test_a_count_of_batches_may_be_absent() -> None:
    weights = dict(drawn(NET))
    del weights["bn1.num_batches_tracked"]
    matched = match(NET, weights)
    assert matched["bn1.num_batches_tracked"] == 0
    assert list(matched) == list(drawn(NET))


@given(st.binary(max_size=200), st.integers(0, 60), st.binary(max_size=3))
def test_damaged_files_are_findings(junk: bytes, at: int, change: bytes) -> None:
    whole = save({"a": np.ones(3, np.float32)})
    with TemporaryDirectory() as folder:
        path = Path(folder, "w.safetensors")
        for data in (junk, whole[:at], whole[:at] + change + whole[at + len(change) :]):
            path.write_bytes(data)
            try:
                assert all(value is not None for value in read(path).values())
            except ResdslError as refusal:
                assert [d.code for d in refusal.diagnostics] == ["E401"]


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nothing.safetensors")
    pickled = tmp_path / "w.pth"
    torch.save({}, pickled)
    with pytest.raises(ResdslError) as refusal:
        read(pickled)
    assert codes(refusal) == ["E401"]
    assert "save_file" in refusal.value.diagnostics[0].hint
    brain = tmp_path / "w.safetensors"
    save_torch({"a": torch.ones(2, dtype=torch.bfloat16)}, brain)
    with pytest.raises(ResdslError, match="holds BF16 numbers"):
        read(brain)


def test_nothing_is_written_of_weights_that_do_not_match(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    with pytest.raises(ResdslError):
        write(path, NET, {})
    assert not list(tmp_path.iterdir())
