"""Strides along a body: what a shortcut must reach."""

from __future__ import annotations

from collections.abc import Iterable

from resdsl.ir.net import Instance, Item, Join, Keep, Merge, Node, Repeat


def steps(items: Iterable[Item | Repeat], rank: int) -> tuple[int, ...]:
    """Per spatial dimension, the product of the strides along `items`."""
    product: list[int] = [1] * rank
    kept: dict[str, list[int]] = {}
    for item in items:
        if isinstance(item, Keep):
            kept[item.name] = [*product]
        elif isinstance(item, Join) and not item.rule:
            product = [*kept.get(item.sources[0], product)]
        for axis, step in enumerate(_item_steps(item, rank)[:rank]):
            product[axis] = product[axis] * step
    return tuple(product)


def _item_steps(item: Item | Repeat, rank: int) -> tuple[int, ...]:
    if isinstance(item, Node):
        return item.kind.window(item.x.rank)[1]
    if isinstance(item, Instance):
        return item.steps
    if isinstance(item, Repeat):
        return tuple(int(s) ** item.times for s in _item_steps(item.item, rank))
    if isinstance(item, Keep | Join):
        return (1,) * rank
    if isinstance(item, Merge):
        return steps(item.paths[0].body, rank)
    return steps(item.items, rank)
