"""The originals: built as their packages build them, with weights that show mistakes."""

from functools import reduce
from typing import Any

import torch
from peers import timm, torchvision
from registry import Model
from torch import Tensor, nn

_SCALES = ("gamma", "scale", "gain")
"""In the name of a tensor that multiplies, whatever its rank."""


def original(model: Model) -> nn.Module:
    """The package's own network, its weights as the package draws them."""
    if model.source == "timm":
        return timm.create_model(model.constructor, pretrained=False, **model.arguments)
    names = model.constructor.split(".")
    maker: Any = reduce(getattr, names, torchvision.models)
    return maker(weights=None, **model.arguments)


def noise(model: Model, batch: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, *model.input, generator=generator)


@torch.no_grad()
def randomise(theirs: nn.Module, x: Tensor, seed: int = 0) -> None:
    """Give random weights as a trained net has them: activations stay of order 1.

    Nothing keeps a default, be it a shift of 0, a layer scale of 1e-6 or the scale that
    starts a branch as nothing: so every tensor that is forgotten shows. Running
    statistics are measured on `x`, then bent a little.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in theirs.named_parameters():
        _draw(name.rpartition(".")[2], parameter, generator)
    norms = [norm for norm in theirs.modules() if _measures(norm)]
    momenta = [norm.momentum for norm in norms]
    theirs.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = 1.0  # one batch alone decides the statistics
        norm.train()
    theirs(x)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        mean, variance = norm.running_mean, norm.running_var
        mean += 0.1 * variance.sqrt() * torch.randn(mean.shape, generator=generator)
        variance *= 0.8 + 0.45 * torch.rand(variance.shape, generator=generator)
    theirs.eval()


def _draw(name: str, parameter: Tensor, generator: torch.Generator) -> None:
    """A scale, a shift, a matrix or kernel, or else a table of order 1."""
    if any(word in name for word in _SCALES):
        parameter.uniform_(0.5, 1.5, generator=generator)
    elif parameter.ndim <= 1 and "bias" in name:
        parameter.uniform_(-0.2, 0.2, generator=generator)
    elif parameter.ndim <= 1:
        parameter.uniform_(0.5, 1.5, generator=generator)
    elif "weight" in name:
        fan_in = parameter[0].numel()
        parameter.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
    else:
        parameter.normal_(0, 0.5, generator=generator)


def _measures(module: Any) -> bool:
    return getattr(module, "running_mean", None) is not None
