"""Which sizes of the input are only an example: any other gives the same network."""

from __future__ import annotations

from resdsl.ir.net import Group, Instance, Item, Net, Node, Repeat
from resdsl.ops.fault import Fault
from resdsl.ops.merge import MERGES
from resdsl.values.shape import Shape
from resdsl.values.sizes import Size, Sym

_NAMES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


class _Fixed(Exception):
    """A layer that has another meaning for another size."""


class Sizes(tuple[Shape, Shape]):
    """The input and the output of a net, with a name for every size that is free."""

    __slots__ = ()


def open_sizes(net: Net) -> Sizes:
    """The shapes of `net` with all those sizes symbolic that nothing depends on.

    The shape rules are run again with names for numbers: what flattens a size, or
    merges paths that fit only for the declared one, refuses the name.
    """
    x, y = net.unit.x, net.unit.y
    for axis, size in enumerate(x.spatial):
        if not isinstance(size, Sym):
            free = _with(x, axis, Sym.named(_name(x, axis)))
            try:
                x, y = free, _run(net.unit.body, free)
            except (Fault, _Fixed):
                continue
    return Sizes((x, y))


def _with(x: Shape, axis: int, size: Size) -> Shape:
    return x._replace(spatial=(*x.spatial[:axis], size, *x.spatial[axis + 1 :]))


def _name(x: Shape, axis: int) -> str:
    """The usual letter of a dimension, unless the source gave it to another."""
    names = _NAMES.get(x.rank, ())
    wanted = names[axis] if axis < len(names) else f"D{axis}"
    taken = {str(size) for size in x.spatial}
    while wanted in taken:
        wanted += "_"
    return wanted


def _run(items: tuple[Item | Repeat, ...], x: Shape) -> Shape:
    for item in items:
        if isinstance(item, Repeat):
            y = _item(item.item, x)
            if item.times > 1 and y != x:
                raise _Fixed
            x = y
        else:
            x = _item(item, x)
    return x


def _item(item: Item, x: Shape) -> Shape:
    if int(item.x.channels) != int(x.channels) or item.x.rank != x.rank:
        raise _Fixed
    if isinstance(item, Node):
        return item.kind.shape(x)
    if isinstance(item, Instance):
        return _run(item.unit.body, x)
    if isinstance(item, Group):
        return _run(item.items, x)
    kept = x if item.shortcut is None else _run(item.shortcut.unit.body, x)
    return MERGES[item.rule].combine(kept, _run(item.body, x))
