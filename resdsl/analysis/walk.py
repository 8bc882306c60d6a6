"""Every layer of a network with its full name, repeats still rolled up."""

from __future__ import annotations

from collections.abc import Iterator

from resdsl.core.record import NamedTuple
from resdsl.ir.net import Group, Instance, Item, Merge, Net, Node, Repeat


class Placed(NamedTuple):
    """An item, its name in the state dict, and how often it stands.

    In a rolled repeat the name holds the range of indices: `layer1.[1-2].conv1`.
    """

    name: str
    item: Node | Merge
    times: int


def walk(net: Net) -> Iterator[Placed]:
    """The layers and merges of `net` in the order of computation."""
    yield from _items(net.unit.body, "", 1)


def _items(
    items: tuple[Item | Repeat, ...], prefix: str, times: int
) -> Iterator[Placed]:
    for item in items:
        if isinstance(item, Repeat):
            stop = item.first + item.times - 1
            name = str(item.first) if item.times == 1 else f"[{item.first}-{stop}]"
            yield from _one(item.item, f"{prefix}{name}", prefix, times * item.times)
        else:
            name = "" if isinstance(item, Merge) else item.name
            yield from _one(item, prefix + name, prefix, times)


def _one(item: Item, name: str, prefix: str, times: int) -> Iterator[Placed]:
    if isinstance(item, Node):
        yield Placed(name, item, times)
    elif isinstance(item, Instance):
        yield from _items(item.unit.body, f"{name}.", times)
    elif isinstance(item, Group):
        yield from _items(item.items, f"{name}.", times)
    else:
        yield from _items(item.body, prefix, times)
        if item.shortcut is not None:
            bridge = f"{prefix}{item.shortcut.name}."
            yield from _items(item.shortcut.unit.body, bridge, times)
        yield Placed(prefix.removesuffix("."), item, times)
