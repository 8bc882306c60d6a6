"""The same layers on an input of other sizes: what a module does when called again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resdsl.ir.count import cost
from resdsl.ir.net import (
    Instance,
    Item,
    Join,
    Keep,
    Merge,
    Named,
    Node,
    Path,
    Repeat,
)
from resdsl.ops.merge import MERGES
from resdsl.values.plain import plain
from resdsl.values.shape import Shape

Kept = dict[str, Shape]
"""The shapes of the tensors of one unit that have names."""


class Fixed(Exception):
    """A layer that has another meaning for another size."""


def resized(items: Iterable[Item], x: Shape, kept: Kept) -> tuple[Item, ...]:
    """A body on an input whose sizes are those of `x`; nothing but sizes changes.

    Args:
        items: the body.
        x: the input.
        kept: the tensors that have names so far; those of the body are added.

    Raises:
        Fault: a layer or merge cannot take its new sizes.
        Fixed: one would have another meaning.
    """
    made: list[Item] = []
    for item in items:
        if isinstance(item, Join):
            new: Item = _join(item, x, kept)
        elif isinstance(item, Keep):
            kept[item.name] = x
            new = item._replace(x=x, y=x)
        elif isinstance(item, Merge):
            new = _merge(item, x, kept)
        else:
            new = resized_one(item, x)
        made.append(new)
        x = new.y
    return tuple(made)


def resized_one(item: Named, x: Shape) -> Named:
    """A layer, block or group on an input whose sizes are those of `x`.

    Raises:
        Fault: it cannot take them.
        Fixed: it would have another meaning.
    """
    if int(item.x.channels) != int(x.channels) or item.x.rank != x.rank:
        raise Fixed
    x = _with(item.x, x)
    if isinstance(item, Node):
        if item.kind.sized and x.spatial != item.x.spatial:
            raise Fixed
        y = item.kind.output(x)
        if int(y.channels) != int(item.y.channels):
            raise Fixed
        return item._replace(x=x, y=_with(item.y, y))
    if isinstance(item, Instance):
        return _instance(item, x)
    members = tuple(_members(item.items, x))
    last = members[-1]
    y = (last.item if isinstance(last, Repeat) else last).y
    return item._replace(items=members, x=x, y=_with(item.y, y))


def _members(items: Iterable[Named | Repeat], x: Shape) -> Iterator[Named | Repeat]:
    for item in items:
        if not isinstance(item, Repeat):
            new = resized_one(item, x)
            x = new.y
            yield new
            continue
        one = resized_one(item.item, x)
        if item.times > 1 and one.y.spatial != x.spatial:
            raise Fixed
        x = one.y
        yield item._replace(item=one)


def _instance(item: Instance, x: Shape) -> Instance:
    unit = item.unit
    entry = _with(unit.x, x)
    body = resized(unit.body, entry, {})
    y = body[-1].y if body else entry
    macs = cost(body).macs
    made = unit._replace(body=body, x=entry, y=_with(unit.y, y), macs=macs)
    return item._replace(unit=made, x=_with(item.x, x), y=_with(item.y, y))


def _with(shape: Shape, sizes: Shape) -> Shape:
    """A shape with the sizes of another."""
    return shape._replace(spatial=plain(sizes.spatial))


def _join(join: Join, x: Shape, kept: Kept) -> Join:
    shapes = [kept[name] if name else x for name in join.sources]
    y = MERGES[join.rule].combine(shapes) if join.rule else shapes[0]
    return join._replace(x=_with(join.x, x), y=_with(join.y, y))


def _merge(merge: Merge, x: Shape, kept: Kept) -> Merge:
    rule = MERGES[merge.rule]
    x = _with(merge.x, x)
    paths: list[Path] = []
    for path in merge.paths:
        body = resized(path.body, x, kept)
        paths.append(path._replace(body=body, y=_with(path.y, body[-1].y)))
    shortcut = merge.shortcut and _instance(merge.shortcut, x)
    begun = x if shortcut is None else shortcut.y
    outputs = [path.y for path in paths]
    y = rule.combine([begun, *outputs] if rule.takes_input else outputs)
    made = merge._replace(paths=tuple(paths), shortcut=shortcut, x=x)
    return made._replace(y=_with(merge.y, y))
