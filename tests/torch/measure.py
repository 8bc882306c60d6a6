"""What "the same network" means: the same bits forward, backward and after a step."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def calibrate(model: nn.Module, x: Tensor, seed: int = 0) -> None:
    """Give random weights as a trained net has them: activations stay of order 1.

    He's normal for weights, scales of 0.5 to 1.5, and running statistics measured on
    `x`, then bent a little: nothing keeps a default, so a forgotten mean, variance,
    scale or shift shows.
    """
    generator = torch.Generator().manual_seed(seed)
    norms = [norm for norm in model.modules() if isinstance(norm, nn.BatchNorm2d)]
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
            norm.momentum = 1.0  # one batch alone decides the statistics
        model.train()(x)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
            mean, variance = norm.running_mean, norm.running_var
            assert mean is not None
            assert variance is not None
            mean += 0.1 * variance.sqrt() * torch.randn(mean.shape, generator=generator)
            variance *= 0.8 + 0.45 * torch.rand(variance.shape, generator=generator)


@dataclass
class Record:
    """One training step, seen from outside: all that two equal networks share."""

    outputs: dict[str, Tensor] = field(default_factory=dict)
    gradients: dict[str, Tensor] = field(default_factory=dict)
    state: dict[str, Tensor] = field(default_factory=dict)

    def tensors(self) -> dict[str, Tensor]:
        gradients = {f"gradient of {key}": g for key, g in self.gradients.items()}
        return {**self.outputs, **gradients, **self.state}


def one_step(model: nn.Module, x: Tensor) -> Record:
    """Evaluate, train for one step of SGD, evaluate again."""
    # The gradients of a deep net with random weights are large: a small step keeps
    # what comes after it of order 1.
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)
    with torch.no_grad():
        before = model.eval()(x)
    trained = model.train()(x)
    cross_entropy(trained, torch.arange(len(x))).backward()
    optimizer.step()
    with torch.no_grad():
        after = model.eval()(x)
    return Record(
        {
            "eval output": before,
            "train output": trained.detach(),
            "eval output after the step": after,
        },
        gradients(model),
        model.state_dict(),
    )


def gradients(model: nn.Module) -> dict[str, Tensor]:
    """Every parameter's gradient; a parameter without one is a parameter unused."""
    found = {key: parameter.grad for key, parameter in model.named_parameters()}
    without = [key for key, gradient in found.items() if gradient is None]
    assert without == []
    return {key: gradient for key, gradient in found.items() if gradient is not None}


def differing(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> dict[str, float]:
    """Which tensors differ in any bit, and by how much."""
    assert ours.keys() == theirs.keys()
    return {
        key: relative(value, theirs[key])
        for key, value in ours.items()
        if not torch.equal(value, theirs[key])
    }


def relative(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference over the largest entry."""
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    scale = theirs.abs().max().item()
    return (ours - theirs).abs().max().item() / (scale or 1.0)


def of_order_one(x: Tensor) -> bool:
    """Guard a comparison from outputs that show nothing: zeros, infinities, NaN."""
    return bool(torch.isfinite(x).all()) and 1e-2 < x.std().item() < 1e2


def in_order_of_use(model: nn.Module, x: Tensor) -> tuple[list[str], list[str]]:
    """The modules that own weights: the main path's names, then the shortcuts'.

    A shortcut may run before or after the path beside it; each kind has one order.
    """
    used: list[str] = []
    names = {
        module: name
        for name, module in model.named_modules()
        if next(module.parameters(recurse=False), None) is not None
    }
    hooks = [
        module.register_forward_pre_hook(lambda module, _: used.append(names[module]))
        for module in names
    ]
    with torch.no_grad():
        model.eval()(x)
    for hook in hooks:
        hook.remove()
    assert sorted(used) == sorted(names.values()), "each layer runs exactly once"
    main = [name for name in used if not is_shortcut(name)]
    return main, [name for name in used if is_shortcut(name)]


def is_shortcut(name: str) -> bool:
    """Whether a module's name says so; without such a name its order is a guess."""
    return any(part.startswith(("downsample", "shortcut")) for part in name.split("."))
