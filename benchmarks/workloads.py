"""What a network is asked to do, each as a maker that starts from a fresh network."""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn
from torch.nn import functional

from benchmarks.measure import Timer
from benchmarks.timers import call

Construct = Callable[[], nn.Module]
Workload = Callable[[Construct], Timer]

THREADS = 2
BATCHES = (1, 8)
SIDE = 224
CLASSES = 1000


def construct(network: Construct) -> Timer:
    """Building it, its random initial weights included."""
    return call(network)


def forward(batch: int, network: Construct) -> Timer:
    model, images = network().eval(), pictures(batch)

    def run() -> None:
        with torch.inference_mode():
            model(images)

    return call(run)


def training(batch: int, network: Construct) -> Timer:
    """Forward, loss and backward; the optimizer would be the same for both."""
    model, images = network().train(), pictures(batch)
    labels = torch.arange(batch) % CLASSES

    def run() -> None:
        model.zero_grad(set_to_none=True)
        torch.autograd.backward(functional.cross_entropy(model(images), labels))

    return call(run)


def pictures(batch: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(batch, 3, SIDE, SIDE, generator=generator)


WORKLOADS: dict[str, Workload] = {"construct": construct} | {
    f"{name}, batch {batch}": partial(workload, batch)
    for name, workload in (("forward", forward), ("forward + backward", training))
    for batch in BATCHES
}
