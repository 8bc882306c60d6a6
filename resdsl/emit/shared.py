"""What a body uses more than once, with the same weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from resdsl.analysis.walk import within
from resdsl.core.catalog import NotAvailable
from resdsl.core.diagnostic import Stop
from resdsl.emit.text import Code
from resdsl.ir.net import Body, Group, Instance, Item, Merge, Named, Node, Repeat
from resdsl.ir.resized import Fixed, resized_one
from resdsl.ops.fault import Fault
from resdsl.values.sizes import Sym


def reused(body: Iterable[Item]) -> dict[str, Named]:
    """The first use of each layer, block or group that has later ones, by its name."""
    found: dict[str, Named] = {}
    again: set[str] = set()
    for item in _named(body):
        found.setdefault(item.name, item)
        again |= {item.name} if item.again else set()
    return {name: item for name, item in found.items() if name in again}


def spread(body: Body) -> set[str]:
    """The names of what is used with inputs of several sizes."""
    firsts = reused(body)
    again = (item for item in _named(body) if item.name in firsts)
    return {i.name for i in again if i.x.spatial != firsts[i.name].x.spatial}


def opened(item: Named, check: Callable[[Node], None]) -> tuple[Named, Code]:
    """An item that takes inputs of any sizes, and these sizes as code.

    Args:
        item: what is used with several.
        check: raises a finding where the target lacks what a layer asks for.

    Raises:
        Stop: it cannot leave them open, or the target has not all that it then needs.
    """
    rank = item.x.rank
    sizes = tuple(Sym.named(name) for name in "DHW"[3 - rank :])
    try:
        made = resized_one(item, item.x._replace(spatial=sizes))
    except (Fault, Fixed):
        message = f"'{item.name}' cannot be used with inputs of several sizes here"
        hint = "it needs to know the size of its input"
        raise Stop(NotAvailable(item.span, message, hint=hint)) from None
    for placed in within(made):
        if isinstance(placed.item, Node):
            check(placed.item)
    return made, Code("None, " * rank)


def shared_paths(items: Iterable[Item | Repeat], prefix: str = "") -> Iterator[str]:
    """The names in the checkpoint of all that is used more than once."""
    items = tuple(items)
    body = [item for item in items if not isinstance(item, Repeat)]
    yield from (f"{prefix}{name}" for name in reused(body))
    for item in items:
        if isinstance(item, Repeat):
            for index in range(item.first, item.first + item.times):
                yield from _inner(item.item, f"{prefix}{index}.")
    for item in _named(body):
        yield from _inner(item, f"{prefix}{item.name}.")


def _inner(item: Named, prefix: str) -> Iterator[str]:
    if isinstance(item, Instance):
        yield from shared_paths(item.unit.body, prefix)
    elif isinstance(item, Group):
        yield from shared_paths(item.items, prefix)


def _named(items: Iterable[Item]) -> Iterator[Named]:
    for item in items:
        if isinstance(item, Merge):
            for path in item.paths:
                yield from _named(path.body)
        elif isinstance(item, Node | Instance | Group):
            yield item
