"""Shapes in words, for docstrings."""

from __future__ import annotations

from resdsl.emit.text import formula
from resdsl.ir.net import Net, Unit
from resdsl.values.expr import expr_of

_SIZES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


def describe_unit(unit: Unit, channels_last: bool = False) -> str:
    """`(N, in_channels, H, W) -> (N, width, H / stride, W / stride)`."""
    names = list(_SIZES[unit.x.rank])
    before = _shape(formula(expr_of(unit.x.channels), {}), names, channels_last)
    sizes: list[str] = []
    for axis, size in enumerate(unit.y.spatial):
        step = unit.steps[axis] if axis < len(unit.steps) else 1
        text = formula(expr_of(step), {})
        if size == 1 and unit.x.spatial[axis] != 1:
            sizes.append("1")
        else:
            over = f"({text})" if " " in text else text
            sizes.append(names[axis] if text == "1" else f"{names[axis]} / {over}")
    after = _shape(formula(expr_of(unit.y.channels), {}), sizes, channels_last)
    return f"{before} -> {after}"


def describe_net(net: Net, channels_last: bool = False) -> list[str]:
    """The shapes of a whole network, and what it costs."""
    unit = net.unit
    before, *outputs = (
        _shape(str(int(shape.channels)), [str(s) for s in shape.spatial], channels_last)
        for shape in (unit.x, *(o.shape for o in unit.outputs), unit.y)
    )
    named = zip(unit.outputs, outputs, strict=False)
    parts = [f"{output.name}: {shape}" for output, shape in named]
    lines = [f"{before} ->", *parts] if parts else [f"{before} -> {outputs[0]}"]
    cost = unit.macs
    if cost is None:
        return [*lines, f"{unit.parameters:,} parameters."]
    return [*lines, f"{unit.parameters:,} parameters, {cost:,} multiply-accumulates."]


def _shape(channels: str, sizes: list[str], channels_last: bool) -> str:
    parts = [*sizes, channels] if channels_last else [channels, *sizes]
    return f"({', '.join(('N', *parts))})"
