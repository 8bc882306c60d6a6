"""Every layer of a network with its full name, repeats still rolled up."""

from __future__ import annotations

from collections.abc import Iterator

from resdsl.core.record import NamedTuple
from resdsl.ir.net import (
    Group,
    Instance,
    Item,
    Join,
    Merge,
    Named,
    Net,
    Node,
    Repeat,
)


class Placed(NamedTuple):
    """An item, its name in the state dict, and how often it stands.

    In a rolled repeat the name holds the range of indices: `layer1.[1-2].conv1`.
    """

    name: str
    item: Node | Merge | Join
    times: int
    again: bool
    """Whether its weights have been met before."""


def walk(net: Net) -> Iterator[Placed]:
    """The layers and merges of `net` in the order of computation."""
    yield from _items(net.unit.body, "", 1, False)


def within(item: Named) -> Iterator[Placed]:
    """The layers and merges of one item, with names from there on."""
    yield from _one(item, item.name, 1, False)


def _items(
    items: tuple[Item | Repeat, ...], prefix: str, times: int, again: bool
) -> Iterator[Placed]:
    for item in items:
        if isinstance(item, Repeat):
            stop = item.first + item.times - 1
            name = str(item.first) if item.times == 1 else f"[{item.first}-{stop}]"
            yield from _one(item.item, f"{prefix}{name}", times * item.times, again)
        elif isinstance(item, Merge):
            yield from _merge(item, prefix, times, again)
        elif isinstance(item, Node | Instance | Group):
            yield from _one(item, prefix + item.name, times, again)
        elif isinstance(item, Join) and item.rule:
            yield Placed(prefix.removesuffix("."), item, times, again)


def _one(item: Named, name: str, times: int, again: bool) -> Iterator[Placed]:
    again = again or item.again
    if isinstance(item, Node):
        yield Placed(name, item, times, again)
    else:
        body = item.unit.body if isinstance(item, Instance) else item.items
        yield from _items(body, f"{name}.", times, again)


def _merge(merge: Merge, prefix: str, times: int, again: bool) -> Iterator[Placed]:
    for path in merge.paths:
        yield from _items(path.body, prefix, times, again)
    if merge.shortcut is not None:
        name = f"{prefix}{merge.shortcut.name}"
        yield from _one(merge.shortcut, name, times, again)
    yield Placed(prefix.removesuffix("."), merge, times, again)
