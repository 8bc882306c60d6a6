"""The second of two processes that train one network together: see test_distributed."""

import importlib
import os
import sys
from datetime import timedelta
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

RANKS = 2


def gradients_of_rank(
    rank: int, folder: Path, model: nn.Module, x: Tensor
) -> dict[str, Tensor]:
    """One step on this rank's share of `x`; the gradients are the mean over ranks.

    The process group is left open: its end may wait for the other process.
    """
    distributed.init_process_group(
        "gloo",
        (folder / "meeting").as_uri(),
        rank=rank,
        world_size=RANKS,
        timeout=timedelta(seconds=120),
    )
    parallel = DistributedDataParallel(model.train())
    parallel(x.chunk(RANKS)[rank]).square().mean().backward()
    distributed.barrier()
    found = {key: parameter.grad for key, parameter in model.named_parameters()}
    return {key: gradient for key, gradient in found.items() if gradient is not None}


def main() -> None:
    folder, module, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    torch.set_num_threads(1)
    model = getattr(importlib.import_module(module), name)()
    # Rank 0 sends its weights first: this rank's own are others, and must not count.
    x = torch.load(folder / "x.pt", weights_only=True)
    torch.save(gradients_of_rank(1, folder, model, x), folder / "gradients.pt")
    # Gloo's threads sometimes abort a process that ends with destructors.
    os._exit(0)


if __name__ == "__main__":
    main()
