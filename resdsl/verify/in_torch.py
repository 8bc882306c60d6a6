"""A network in PyTorch, as verification runs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from resdsl.analysis.unroll import layers
from resdsl.ir.net import Net
from resdsl.network import Network
from resdsl.verify.compare import joined, named
from resdsl.verify.job import Arrays, Step

# Torch's module and hook types are only partly known.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false


class Run:
    """The generated module with given weights."""

    def __init__(
        self, net: Net, weights: Arrays, dtype: str, sizes: tuple[int, ...]
    ) -> None:
        self.net = net
        self.dtype: torch.dtype = getattr(torch, dtype)
        built = Network(net).build("torch", weights=weights)
        self.model: nn.Module = built.to(self.dtype)

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        """The output for a batch, in evaluation."""
        with torch.no_grad():
            y = self.model.eval()(self._tensor(x))
        outputs = self.net.unit.outputs
        return joined({o.name: y[o.name].numpy() for o in outputs} or y.numpy())

    def trace(self, x: NDArray[Any]) -> Arrays:
        """The output of each layer and block, by its path in the checkpoint.

        Layers without weights share a module that is called as their kind.
        """
        calls: defaultdict[str, list[NDArray[Any]]] = defaultdict(list)

        def noting(name: str) -> Callable[..., None]:
            def note(
                module: nn.Module,
                given: object,
                y: torch.Tensor | tuple[torch.Tensor, object],
            ) -> None:
                del module, given
                y = y[0] if isinstance(y, tuple) else y  # attention gives its scores
                calls[name].append(y.numpy().copy())  # the next may work in place

            return note

        for name, module in self.model.named_modules():
            if name:
                module.register_forward_hook(noting(name))
        self(x)
        found: Arrays = {}
        for path, node in layers(self.net):
            shared = f"{path.rpartition('.')[0]}.{node.kind.name}".lstrip(".")
            outputs = calls[path if path in calls else shared]
            if outputs:
                found[path] = outputs.pop(0)
        return {**{name: y[0] for name, y in calls.items() if len(y) == 1}, **found}

    def step(self, x: NDArray[Any], wanted: Arrays) -> Step:
        """One step of gradient descent on the mean squared errors of all outputs."""
        output: torch.Tensor = self.model.train()(self._tensor(x))
        y = named(output)
        errors = [y[name] - self._tensor(array) for name, array in wanted.items()]
        loss = torch.stack([error.square().mean() for error in errors]).sum()
        loss.backward()
        gradients = {
            name: parameter.grad.numpy()
            for name, parameter in self.model.named_parameters()
            if parameter.grad is not None
        }
        statistics = {
            name: buffer.numpy()
            for name, buffer in self.model.named_buffers()
            if buffer.is_floating_point()
        }
        return Step(loss.item(), gradients, statistics)

    def _tensor(self, array: NDArray[Any]) -> torch.Tensor:
        tensor = torch.from_numpy(array)
        return tensor.to(self.dtype) if tensor.is_floating_point() else tensor
