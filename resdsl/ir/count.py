"""What a network holds and costs: operators, trained numbers, multiply-accumulates.

The last are those of convolutions and matrix products, for one example: half of what
torch's FlopCounterMode counts. Repeats are counted at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from resdsl.ir.net import Group, Instance, Item, Join, Keep, Merge, Node, Repeat


def operators(items: Iterable[Item | Repeat]) -> int:
    """The layers and merges of `items`, each repetition counted."""
    return sum([_operators(item) for item in items])


def _operators(item: Item | Repeat) -> int:
    if isinstance(item, Node):
        return 1
    if isinstance(item, Instance):
        return item.unit.operators
    if isinstance(item, Repeat):
        return item.times * _operators(item.item)
    if isinstance(item, Group):
        return operators(item.items)
    if isinstance(item, Keep | Join):
        return int(isinstance(item, Join) and bool(item.rule))
    shortcut = item.shortcut.unit.operators if item.shortcut else 0
    return sum(operators(path.body) for path in item.paths) + shortcut + 1


def parameters(items: Iterable[Item | Repeat]) -> int:
    """The trained numbers of `items`, each repetition counted."""
    return sum([_parameters(item) for item in items])


def _parameters(item: Item | Repeat) -> int:
    if not isinstance(item, Repeat | Merge | Keep | Join) and item.again:
        return 0
    if isinstance(item, Node):
        return node_parameters(item)
    if isinstance(item, Instance):
        return item.unit.parameters
    if isinstance(item, Repeat):
        return item.times * _parameters(item.item)
    if isinstance(item, Group):
        return parameters(item.items)
    if isinstance(item, Keep | Join):
        return 0
    shortcut = item.shortcut.unit.parameters if item.shortcut else 0
    return sum(parameters(path.body) for path in item.paths) + shortcut


def node_parameters(node: Node) -> int:
    """The trained numbers of one layer."""
    return sum(
        prod(int(extent) for extent in weight.shape)
        for weight in node.kind.weights(node.x)
        if weight.trainable
    )


def macs(items: Iterable[Item | Repeat]) -> int | None:
    """The multiply-accumulates of `items`; none where a symbolic size decides."""
    total = 0
    for item in items:
        cost = _macs(item)
        if cost is None:
            return None
        total += cost
    return total


def _macs(item: Item | Repeat) -> int | None:
    if isinstance(item, Node):
        return node_macs(item)
    if isinstance(item, Instance):
        return item.unit.macs
    if isinstance(item, Repeat):
        each = _macs(item.item)
        return None if each is None else item.times * each
    if isinstance(item, Group):
        return macs(item.items)
    if isinstance(item, Keep | Join):
        return 0
    costs = [macs(path.body) for path in item.paths]
    if item.shortcut is not None:
        costs.append(item.shortcut.unit.macs)
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def node_macs(node: Node) -> int | None:
    """The multiply-accumulates of one layer; none where its output is symbolic."""
    cost = node.kind.macs(node.x, node.y)
    symbolic = cost and not all(isinstance(size, int) for size in node.y.spatial)
    return None if symbolic else cost
