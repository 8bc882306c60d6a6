"""How much a network holds: its operators and its trained numbers, repeats at once."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from resdsl.ir.net import Group, Instance, Item, Join, Keep, Node, Repeat


def operators(items: Iterable[Item | Repeat]) -> int:
    """The layers and merges of `items`, each repetition counted."""
    return sum(_operators(item) for item in items)


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
    return sum(_parameters(item) for item in items)


def _parameters(item: Item | Repeat) -> int:
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
