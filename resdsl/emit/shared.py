"""What a body uses more than once, with the same weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resdsl.core.catalog import NotAvailable
from resdsl.core.diagnostic import Stop
from resdsl.emit.text import Code
from resdsl.ir.net import Group, Instance, Item, Merge, Named, Node
from resdsl.ir.resized import Fixed, resized_one
from resdsl.ops.fault import Fault
from resdsl.values.sizes import Sym


def reused(body: Iterable[Item]) -> dict[str, tuple[Named, ...]]:
    """The later uses of each layer, block or group that has some, by its name."""
    found: dict[str, tuple[Named, ...]] = {}
    for item in _later(body):
        found[item.name] = (*found.get(item.name, ()), item)
    return found


def opened(item: Named, uses: Iterable[Named]) -> tuple[Named, Code]:
    """An item as all its uses have it, and the sizes of its input as code, if open.

    Raises:
        Stop: the uses have inputs of several sizes, and it cannot leave them open.
    """
    if all(use.x.spatial == item.x.spatial for use in uses):
        return item, Code("")
    rank = item.x.rank
    sizes = tuple(Sym.named(name) for name in "DHW"[3 - rank :])
    try:
        return resized_one(item, item.x._replace(spatial=sizes)), Code("None, " * rank)
    except (Fault, Fixed):
        message = f"'{item.name}' cannot be used with inputs of several sizes here"
        hint = "it needs to know the size of its input"
        raise Stop(NotAvailable(item.span, message, hint=hint)) from None


def _later(items: Iterable[Item]) -> Iterator[Named]:
    for item in items:
        if isinstance(item, Merge):
            for path in item.paths:
                yield from _later(path.body)
        elif isinstance(item, Node | Instance | Group) and item.again:
            yield item
