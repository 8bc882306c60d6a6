"""Generated code run in a module of its own, without a file."""

from __future__ import annotations

import hashlib
import linecache
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from resdsl.emit.text import pascal
from resdsl.ir.net import Net


def execute(net: Net, source: str, target: str) -> Callable[..., Any]:
    """The class of the net.

    Its module is importable by name, so that it can be pickled, and its lines are known
    to tracebacks and to `inspect`.
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
    module = sys.modules[name]
    return next(
        item
        for item in reversed(list(module.__dict__.values()))
        if isinstance(item, type) and item.__module__ == name and _is_net(item, net)
    )


def _is_net(item: type, net: Net) -> bool:
    return item.__name__.rstrip("0123456789") == pascal(net.name).rstrip("0123456789")
