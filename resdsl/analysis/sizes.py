"""Which sizes of the input are only an example: any other gives the same network."""

from __future__ import annotations

from resdsl.ir.net import Net
from resdsl.ir.resized import Fixed, Kept, resized
from resdsl.ops.fault import Fault
from resdsl.values.shape import Shape
from resdsl.values.sizes import Size, Sym

_NAMES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


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
            except (Fault, Fixed):
                continue
    return Sizes((x, *outputs))


def _outputs(net: Net, x: Shape) -> list[Shape]:
    kept: Kept = {}
    body = resized(net.unit.body, x, kept)
    return [kept[output.tensor] for output in net.unit.outputs] or [body[-1].y]


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
