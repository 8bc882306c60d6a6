"""Multiply-accumulates of convolutions and matrix products, per example.

Twice this number equals what torch's FlopCounterMode counts.
"""

from __future__ import annotations

from resdsl.ir.net import Group, Instance, Item, Join, Keep, Node, Repeat, Unit
from resdsl.values.shape import Shape


def macs(unit: Unit) -> int | None:
    """The multiply-accumulates of a unit; none where a size is symbolic."""
    return _Counter().unit(unit)


class _Counter:
    """Counts each unit once, however often it is used."""

    def __init__(self) -> None:
        self._known: dict[int, int | None] = {}

    def unit(self, unit: Unit) -> int | None:
        if id(unit) not in self._known:
            self._known[id(unit)] = self._items(unit.body)
        return self._known[id(unit)]

    def _items(self, items: tuple[Item | Repeat, ...]) -> int | None:
        total = 0
        for item in items:
            cost = self._item(item)
            if cost is None:
                return None
            total += cost
        return total

    def _item(self, item: Item | Repeat) -> int | None:
        if isinstance(item, Node):
            return node_macs(item)
        if isinstance(item, Instance):
            return self.unit(item.unit)
        if isinstance(item, Repeat):
            each = self._item(item.item)
            return None if each is None else item.times * each
        if isinstance(item, Group):
            return self._items(item.items)
        if isinstance(item, Keep | Join):
            return 0
        costs = [self._items(path.body) for path in item.paths]
        if item.shortcut is not None:
            costs.append(self.unit(item.shortcut.unit))
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None


def node_macs(node: Node) -> int | None:
    """The multiply-accumulates of one layer; none where its output is symbolic."""
    if _symbolic(node.y):
        return None if node.kind.macs(node.x, node.y) else 0
    return node.kind.macs(node.x, node.y)


def _symbolic(shape: Shape) -> bool:
    return any(not isinstance(size, int) for size in shape.spatial)
