"""The originals, as their packages build them, with weights that show mistakes.

What no package has is in `papers`.
"""

from functools import reduce
from importlib import import_module
from typing import Any

import torch
from peers import timm, torchvision
from registry import Model
from torch import Tensor, nn

_SCALES = ("gamma", "scale", "gain")
"""In the name of a tensor that multiplies, whatever its rank."""
_OWN = 0.05
"""How much of a channel's own statistics a norm gets."""


def original(model: Model) -> nn.Module:
    """The package's own network, its weights as the package draws them."""
    if model.source == "paper":
        module = import_module(f"papers.{model.family}")
        return getattr(module, model.constructor)(**model.arguments)
    if model.source == "timm":
        return timm.create_model(model.constructor, pretrained=False, **model.arguments)
    names = model.constructor.split(".")
    maker: Any = reduce(getattr, names, torchvision.models)
    return maker(weights=None, **model.arguments)


def noise(model: Model, batch: int, seed: int) -> Tensor:
    """A batch of order 1; of all words, where the input is whole numbers."""
    generator = torch.Generator().manual_seed(seed)
    if model.words:
        return torch.randint(model.words, (batch, *model.input), generator=generator)
    return torch.randn(batch, *model.input, generator=generator)


@torch.no_grad()
def randomise(theirs: nn.Module, x: Tensor, gates: str = "", seed: int = 0) -> None:
    """Give random weights as a trained net has them: activations stay of order 1.

    Nothing keeps a default, be it a shift of 0, a layer scale of 1e-6 or the scale that
    starts a branch as nothing: so every tensor that is forgotten shows. Products are
    scaled, and running statistics set, by what they meet on `x`, as
    `resdsl.reference.calibrated` has it. Biases whose names end in `gates` keep gates
    nearly closed, as a highway's paper does: open, a hundred layers make a tenth of the
    output out of the rounding of float32.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in theirs.named_parameters():
        if gates and name.endswith(gates):
            parameter.uniform_(-2.2, -1.8, generator=generator)
        else:
            _draw(name, parameter, generator)
    hooks = [
        module.register_forward_hook(_scale)
        for module in theirs.modules()
        if isinstance(module, nn.modules.conv._ConvNd | nn.Linear)
    ]
    hooks += [
        module.register_forward_pre_hook(_measure)
        for module in theirs.modules()
        if getattr(module, "running_mean", None) is not None
    ]
    theirs.eval()(x)
    for hook in hooks:
        hook.remove()


def _scale(module: Any, given: tuple[Tensor, ...], y: Tensor) -> Tensor:
    """Give the weight such a scale that outputs have a mean square near 1."""
    module.weight /= y.square().mean().sqrt()
    return module.forward(*given)


def _measure(module: Any, given: tuple[Tensor, ...]) -> None:
    """Set statistics near those of a batch, mostly of all channels together.

    A channel's own alone would enlarge every rounding, layer after layer (Yang et al.
    2019), until a framework's rounding looks like a fault of it.
    """
    x = given[0]
    over = [axis for axis in range(x.ndim) if axis != 1]
    mean = _OWN * x.mean(over) + (1 - _OWN) * x.mean()
    square = _OWN * x.square().mean(over) + (1 - _OWN) * x.square().mean()
    module.running_mean.copy_(mean)
    module.running_var.copy_(square - mean.square())


def _draw(path: str, parameter: Tensor, generator: torch.Generator) -> None:
    """A scale, a shift, a matrix or kernel, or else a table of order 1."""
    name = path.rpartition(".")[2]
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
