"""Data parallel and sharded training, on CPUs: the blocks are what one wraps."""

import copy
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from measure import calibrate, differing, gradients, relative
from nets import class_of, images, imported, module_name
from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from two_ranks import RANKS, gradients_of_rank

SIZES = {"resnet18": 64, "resnet50": 64, "resnet20": 32}


@pytest.fixture
def one_process(tmp_path: Path) -> Iterator[None]:
    meeting = (tmp_path / "meeting").as_uri()
    distributed.init_process_group("gloo", meeting, rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def calibrated(folder: Path, name: str) -> nn.Module:
    model = class_of(imported(folder, name), name)()
    calibrate(model, images(name, 8, SIZES[name], seed=1))
    return model.train()


def step(model: nn.Module, x: Tensor) -> Tensor:
    output = model(x)
    output.square().mean().backward()
    return output.detach()


@pytest.mark.usefixtures("one_process")
@pytest.mark.parametrize("name", SIZES)
def test_ddp_of_one_process_changes_nothing(generated: Path, name: str) -> None:
    """And finds every parameter used: it would wait for a gradient that never comes."""
    alone = calibrated(generated, name)
    together = copy.deepcopy(alone)
    x = images(name, 2, SIZES[name])
    expected, got = step(alone, x), step(DistributedDataParallel(together), x)
    assert torch.equal(got, expected)
    assert differing(gradients(together), gradients(alone)) == {}


def test_ddp_of_two_processes_gives_the_mean_gradient(
    generated: Path, tmp_path: Path
) -> None:
    """Each half of the batch here, one after the other, against one half a process."""
    name = "resnet20"
    alone = calibrated(generated, name)
    x = images(name, 4)
    torch.save(x, tmp_path / "x.pt")
    arguments = (tmp_path, module_name(name), type(alone).__name__)
    path = os.pathsep.join([str(generated), *sys.path])
    second = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("two_ranks.py"), *arguments],
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        first = gradients_of_rank(0, tmp_path, copy.deepcopy(alone), x)
        assert second.wait(timeout=120) == 0
    finally:
        second.kill()
        second.wait()
        distributed.destroy_process_group()

    halves: list[dict[str, Tensor]] = []
    for half in x.chunk(RANKS):
        model = copy.deepcopy(alone)
        step(model, half)
        halves.append(gradients(model))
    mean = {key: (halves[0][key] + halves[1][key]) / RANKS for key in halves[0]}
    assert differing(torch.load(tmp_path / "gradients.pt"), first) == {}
    # Between processes the number of threads differs, and with it a last bit.
    assert max(relative(first[key], mean[key]) for key in mean) < 1e-4


@pytest.mark.usefixtures("one_process")
@pytest.mark.parametrize("name", SIZES)
def test_fsdp_shards_block_by_block(generated: Path, name: str) -> None:
    module = imported(generated, name)
    whole = calibrated(generated, name)
    sharded = copy.deepcopy(whole)
    mesh = init_device_mesh("cpu", (1,))
    blocks = [part for part in sharded.modules() if isinstance(part, module.BLOCKS)]
    assert len(blocks) == {"resnet18": 8, "resnet50": 16, "resnet20": 9}[name]
    for part in [*blocks, sharded]:
        fully_shard(part, mesh=mesh)
    assert all(isinstance(value, DTensor) for value in sharded.parameters())

    x = images(name, 2, SIZES[name])
    expected, got = step(whole, x), step(sharded, x)
    full: dict[str, Tensor] = {}
    for key, gradient in gradients(sharded).items():
        assert isinstance(gradient, DTensor)
        full[key] = gradient.full_tensor()
    assert torch.equal(got, expected)
    assert differing(full, gradients(whole)) == {}
    assert sharded.state_dict().keys() == whole.state_dict().keys()
