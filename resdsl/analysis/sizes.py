"""Which sizes of the input are only an example: any other gives the same network."""

from __future__ import annotations

from resdsl.ir.net import Instance, Item, Join, Keep, Merge, Net, Node, Repeat
from resdsl.ops.fault import Fault
from resdsl.ops.merge import MERGES
from resdsl.values.shape import Shape
from resdsl.values.sizes import Size, Sym

_NAMES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


Kept = dict[str, Shape]
"""The shapes of the tensors of one unit that have names."""


class _Fixed(Exception):
    """A layer that has another meaning for another size."""


class Sizes(tuple[Shape, ...]):
    """The input and the outputs of a net, with a name for every size that is free."""

    __slots__ = ()


def open_sizes(net: Net) -> Sizes:
    """The shapes of `net` with all those sizes symbolic that nothing depends on.

    The shape rules are run again with names for numbers: what flattens a size, or
    merges paths that fit only for the declared one, refuses the name.
    """
    x = net.unit.x
    outputs = [output.shape for output in net.unit.outputs] or [net.unit.y]
    for axis, size in enumerate(x.spatial):
        if not isinstance(size, Sym):
            free = _with(x, axis, Sym.named(_name(x, axis)))
            try:
                x, outputs = free, _outputs(net, free)
            except (Fault, _Fixed):
                continue
    return Sizes((x, *outputs))


def _outputs(net: Net, x: Shape) -> list[Shape]:
    kept: Kept = {}
    y = _run(net.unit.body, x, kept)
    return [kept[output.tensor] for output in net.unit.outputs] or [y]


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


def _run(items: tuple[Item | Repeat, ...], x: Shape, kept: Kept) -> Shape:
    for item in items:
        if isinstance(item, Repeat):
            y = _item(item.item, x, kept)
            if item.times > 1 and y != x:
                raise _Fixed
            x = y
        else:
            x = _item(item, x, kept)
    return x


def _item(item: Item, x: Shape, kept: Kept) -> Shape:
    if isinstance(item, Join):
        return _join(item, x, kept)
    if int(item.x.channels) != int(x.channels) or item.x.rank != x.rank:
        raise _Fixed
    if isinstance(item, Node):
        return item.kind.output(x)
    if isinstance(item, Instance):
        return _run(item.unit.body, x, {})
    if isinstance(item, Keep):
        kept[item.name] = x
        return x
    if isinstance(item, Merge):
        return _merge(item, x, kept)
    return _run(item.items, x, kept)


def _join(join: Join, x: Shape, kept: Kept) -> Shape:
    shapes = [kept[name] if name else x for name in join.sources]
    return MERGES[join.rule].combine(shapes) if join.rule else shapes[0]


def _merge(merge: Merge, x: Shape, kept: Kept) -> Shape:
    rule = MERGES[merge.rule]
    outputs = [_run(path.body, x, kept) for path in merge.paths]
    if merge.shortcut is not None:
        x = _run(merge.shortcut.unit.body, x, {})
    return rule.combine([x, *outputs] if rule.takes_input else outputs)
