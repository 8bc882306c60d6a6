"""Networks that run: generated code in a module of its own, and weights put in."""

from __future__ import annotations

import hashlib
import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from resdsl.compiler import compile_net
from resdsl.ir.net import Net

if TYPE_CHECKING:
    from resdsl.weights.arrays import Weights

_Arguments = dict[str, object]


def build(
    net: Net, target: str, weights: Weights | str | Path | None, arguments: _Arguments
) -> Any:
    """What runs `net` in a target, with its weights: read from a file, or as given.

    Raises:
        ResdslError: the target is unknown or lacks something that the net needs, or
            the weights are those of another net.
        OSError: the file cannot be read.
        ImportError: the target's framework is not installed.
    """
    if isinstance(weights, str | Path):
        from resdsl.weights.files import read

        weights = read(Path(weights), net)
    if target not in _BUILDERS:
        compile_net(net, target)  # which says why there is none
    return _BUILDERS[target](net, weights, arguments)


def _torch(net: Net, weights: Weights | None, arguments: _Arguments) -> Any:
    model = execute(net, compile_net(net, "torch"), "torch")(**arguments)
    if weights is not None:
        from resdsl.weights.torch import put

        put(model, net, weights)
    return model


def _keras(net: Net, weights: Weights | None, arguments: _Arguments) -> Any:
    model = execute(net, compile_net(net, "keras"), "keras")(**arguments)
    if weights is not None:
        from resdsl.weights.keras import put

        put(model, net, weights)
    return model


def _onnx(net: Net, weights: Weights | None, arguments: _Arguments) -> Any:
    """The model; without weights, with those that the language starts with."""
    from resdsl.weights.initial import drawn
    from resdsl.weights.match import match
    from resdsl.weights.onnx import attach

    text = compile_net(net, "onnx", **arguments)
    return attach(text, drawn(net) if weights is None else match(net, weights))


def _numpy(net: Net, weights: Weights | None, arguments: _Arguments) -> Any:
    """The reference; without weights, with those that the language starts with."""
    from resdsl.reference import Reference
    from resdsl.weights.initial import drawn
    from resdsl.weights.match import match

    if arguments:
        raise TypeError(f"numpy takes no arguments: load the net with {arguments}")
    return Reference(net, dict(drawn(net) if weights is None else match(net, weights)))


_BUILDERS: dict[str, Callable[[Net, Weights | None, _Arguments], Any]] = {
    "keras": _keras,
    "numpy": _numpy,
    "onnx": _onnx,
    "torch": _torch,
}
"""How a network of each target is made. `numpy` is run without being written."""


def execute(net: Net, source: str, target: str) -> Callable[..., Any]:
    """The class or function of the net, with which its page ends."""
    module = _module(net, source, target)
    made = [
        item
        for item in vars(module).values()
        if callable(item) and getattr(item, "__module__", "") == module.__name__
    ]
    return made[-1]


def _module(net: Net, source: str, target: str) -> ModuleType:
    """Generated code, run once.

    Its module is importable by name, so that its classes can be pickled, and its lines
    are known to tracebacks and to `inspect`.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    name = f"resdsl_{net.name}_{target}_{digest}"
    if name not in sys.modules:
        file = f"<{name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        module = ModuleType(name)
        module.__file__ = file
        exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
        sys.modules[name] = module
    return sys.modules[name]
