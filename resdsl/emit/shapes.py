"""Shapes in words, for docstrings."""

from __future__ import annotations

from resdsl.emit.text import formula
from resdsl.ir.net import Net, Unit
from resdsl.values.expr import expr_of

_SIZES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
_OTHER = "M"
"""The length of a sequence that is not the one before."""


def describe_unit(unit: Unit, last: bool = False) -> str:
    """`(N, in_channels, H, W) -> (N, width, H / stride, W / stride)`."""
    names = list(_SIZES[unit.x.rank])
    x, y = (formula(expr_of(shape.channels), {}) for shape in (unit.x, unit.y))
    before = _shape(x, names, last or unit.x.last)
    if unit.x.rank == unit.y.rank:
        sizes = [_size(unit, axis) for axis in range(unit.y.rank)]
    else:
        sizes = list(_SIZES[unit.y.rank])
    after = _shape(y, sizes, last or unit.y.last)
    return f"{before} -> {after}"


def _size(unit: Unit, axis: int) -> str:
    """A size of the output in terms of the input's."""
    name = _SIZES[unit.x.rank][axis]
    before, after = unit.x.spatial[axis], unit.y.spatial[axis]
    step = formula(expr_of(unit.steps[axis]), {})
    if after == 1 and before != 1:
        return "1"
    if step == "1":
        return name if before == after or not unit.y.last else _OTHER
    return f"{name} / {f'({step})' if ' ' in step else step}"


def describe_net(net: Net, last: bool = False) -> list[str]:
    """The shapes of a whole network, and what it costs."""
    unit = net.unit
    before, *outputs = (
        _shape(
            str(int(shape.channels)),
            [str(s) for s in shape.spatial],
            last or shape.last,
        )
        for shape in (unit.x, *(o.shape for o in unit.outputs), unit.y)
    )
    named = zip(unit.outputs, outputs, strict=False)
    parts = [f"{output.name}: {shape}" for output, shape in named]
    lines = [f"{before} ->", *parts] if parts else [f"{before} -> {outputs[0]}"]
    cost = unit.macs
    if cost is None:
        return [*lines, f"{unit.parameters:,} parameters."]
    return [*lines, f"{unit.parameters:,} parameters, {cost:,} multiply-accumulates."]


def _shape(channels: str, sizes: list[str], last: bool) -> str:
    parts = [*sizes, channels] if last else [channels, *sizes]
    return f"({', '.join(('N', *parts))})"
