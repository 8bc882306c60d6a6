"""What "the same network" means here: the same bits forward, backward and after a step."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def calibrate(model: nn.Module, x: Tensor, seed: int = 0) -> None:
    """Random weights as a trained net has them, so that every activation stays of order 1.

    He's normal for weights, scales of 0.5 to 1.5, and running statistics measured on `x`, then
    bent a little: nothing keeps a default, so a forgotten mean, variance, scale or shift shows.
    """
    generator = torch.Generator().manual_seed(seed)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                fan_in = module.weight[0].numel()
                module.weight.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
                if module.bias is not None:
                    module.bias.uniform_(-0.2, 0.2, generator=generator)
        for norm in norms:
            norm.reset_running_stats()
            norm.weight.uniform_(0.5, 1.5, generator=generator)
            norm.bias.uniform_(-0.2, 0.2, generator=generator)
            norm.momentum = 1.0  # one batch decides the statistics alone
        model.train()(x)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
            mean, variance = norm.running_mean, norm.running_var
            assert mean is not None and variance is not None
            mean += 0.1 * variance.sqrt() * torch.randn(mean.shape, generator=generator)
            variance *= torch.empty(variance.shape).uniform_(
                0.8, 1.25, generator=generator
            )


@dataclass
class Record:
    """One training step, seen from outside: all that two equal networks share."""

    outputs: dict[str, Tensor]
    gradients: dict[str, Tensor] = field(default_factory=dict)
    state: dict[str, Tensor] = field(default_factory=dict)

    def tensors(self) -> dict[str, Tensor]:
        gradients = {
            f"gradient of {name}": value for name, value in self.gradients.items()
        }
        return {**self.outputs, **gradients, **self.state}


def one_step(model: nn.Module, x: Tensor) -> Record:
    """Evaluate, train for one step of SGD, evaluate again."""
    targets = torch.arange(len(x))
    model.eval()
    with torch.no_grad():
        outputs = {"eval output": model(x)}
    model.train()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=1e-5
    )  # gradients of random deep nets are large
    trained = model(x)
    F.cross_entropy(trained, targets).backward()
    gradients = {
        name: parameter.grad
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }
    optimizer.step()
    model.eval()
    with torch.no_grad():
        outputs |= {
            "train output": trained.detach(),
            "eval output after the step": model(x),
        }
    return Record(outputs, gradients, model.state_dict())


def differing(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> dict[str, float]:
    """Which tensors differ in any bit, and by how much, relative to the largest entry."""
    assert ours.keys() == theirs.keys()
    return {
        name: relative(ours[name], theirs[name])
        for name in ours
        if not torch.equal(ours[name], theirs[name])
    }


def relative(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference over the largest entry: the measure of docs and tests alike."""
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    scale = theirs.abs().max().item()
    return (ours - theirs).abs().max().item() / (scale or 1.0)


def of_order_one(x: Tensor) -> bool:
    """Guards a comparison against the outputs it would not notice: zeros, infinities, NaN."""
    return bool(torch.isfinite(x).all()) and 1e-3 < x.std().item() < 1e3
