"""Merges of several tensors: paths side by side, gates, tensors that have names."""

from __future__ import annotations

from typing import Protocol

from drawn_layers import Fits, Layers, same_shape, same_sizes, same_width
from drawn_scope import Known
from drawn_values import Dice

from resdsl.ops.merge import JOINS
from resdsl.values.shape import Shape

Lines = list[str]
Body = tuple[Lines, Shape]
_WORDS = sorted(JOINS)
# Those that a page might mistake for something of its own.
_NAMES = ("t", "branch", "shortcut", "layers", "range", "x", "torch", "name", "H")


class Drawing(Protocol):
    """What the drawing of a body offers."""

    dice: Dice
    layers: Layers

    def fresh(self, word: str = "v") -> str: ...
    def shape_after(self, lines: Lines, x: Shape, scope: Known) -> Shape | None: ...
    def lines(
        self, x: Shape, scope: Known, depth: int, fits: Fits, count: int
    ) -> Body: ...


def indented(lines: Lines) -> Lines:
    return [f"    {line}" for line in lines]


def branches(b: Drawing, x: Shape, scope: Known, depth: int) -> Body | None:
    """One to three paths, joined in any way."""
    word = b.dice.pick(_WORDS)
    shapes, split = _shares(b, x, 1 + b.dice.up_to(2))
    said = [word] if word != "concat" or b.dice.once_in(2) else []
    made = [f"branches {', '.join([*said, *split])}".rstrip() + ":"]
    channels = 0
    for share in shapes:
        lines, y = b.lines(share, scope, depth - 1, same_sizes, 1)
        if channels and word != "concat":
            lines = _fitted(lines, y, channels)
        elif word == "multiply" and channels and x.rank and b.dice.once_in(3):
            lines = [*lines, "avgpool"]
        channels = channels or int(y.channels)
        made += indented(_path(b, lines))
    z = b.shape_after(made, x, scope)
    return None if z is None else (made, z)


def _shares(b: Drawing, x: Shape, count: int) -> tuple[list[Shape], Lines]:
    """What each path takes, and how that is said: all channels, or some of them."""
    channels = int(x.channels)
    if x.last or channels < count or not b.dice.once_in(3):
        return [x] * count, b.dice.pick([[], [], ["split=1"]])
    sizes = [channels // count] * count
    said = str(count)
    if channels % count or b.dice.once_in(2):
        sizes[0] += channels % count
        said = str(sizes)
    return [x._replace(channels=size) for size in sizes], [f"split={said}"]


def gate(b: Drawing, x: Shape, scope: Known, depth: int) -> Body | None:
    """Two paths that keep the shape: the transform and the gate."""
    made = ["gate:"]
    for _ in range(2):
        lines, y = b.lines(x, scope, depth - 1, same_sizes, 1)
        made += indented(_path(b, _fitted(lines, y, int(x.channels))))
    z = b.shape_after(made, x, scope)
    return None if z is None else (made, z)


def _path(b: Drawing, lines: Lines) -> Lines:
    """The statements of a path: one that stands alone needs no word around it."""
    if len(lines) == 1 and not lines[0].startswith(("let ", "use ")):
        plain = lines[0].split()[0].endswith(":") or b.dice.once_in(3)
        label = "" if plain or "|" in lines[0] else f"{b.fresh(b.dice.pick(_NAMES))}: "
        return [f"{label}{lines[0]}"]
    return ["path:", *indented(lines)]


def _fitted(lines: Lines, y: Shape, channels: int) -> Lines:
    if int(y.channels) == channels:
        return lines
    word = "conv 1," if y.rank and not y.last else "linear"
    return [*lines, f"{word} {channels}"]


def named(b: Drawing, x: Shape, scope: Known, depth: int) -> Body | None:
    """A tensor with a name, something else, and both joined."""
    first = b.layers.draw(x, scope.names, same_sizes)
    if first is None:
        return None
    name = b.fresh(b.dice.pick(_NAMES))
    middle, y = b.lines(first.y, scope, depth - 1, same_sizes, 1)
    ways = (_joined, _inside, _going_on, _joined)
    ending = b.dice.pick(ways)(b, name, first.y, y)
    made = [f"{name}: {first.text}", *middle, *ending]
    z = b.shape_after(made, x, scope)
    return None if z is None else (made, z)


def _joined(b: Drawing, name: str, kept: Shape, y: Shape) -> Lines:
    """The tensor at hand with the other, in a chain or alone."""
    word = b.dice.pick(_WORDS)
    lines = [] if word == "concat" else _fitted([], y, int(kept.channels))
    again = f", {name}" if b.dice.once_in(4) else ""
    before = b.dice.pick(["", "relu | ", "tanh | ", "sigmoid | "])
    behind = b.dice.pick(["", " | relu", " | silu"])
    return [*lines, f"{before}{word} {name}{again}{behind}"]


def _inside(b: Drawing, name: str, kept: Shape, y: Shape) -> Lines:
    """The other joins in the body of a merge, or in a path."""
    head = b.dice.pick(["residual:", "dense:", "branches:"])
    joined = _joined(b, name, kept, y)
    if head == "branches:":
        return [head, "    tanh", "    path:", *indented(indented(joined))]
    return [head, *indented(joined)]


def _going_on(b: Drawing, name: str, kept: Shape, y: Shape) -> Lines:
    """From the first tensor again; what came between is joined at the end."""
    other = b.fresh("u")
    word = b.dice.pick(["concat", "concat", "add"])
    back = [] if word == "concat" else _fitted([], kept, int(y.channels))
    after = b.dice.pick([f"{name} | relu", name, f"{name} | tanh"])
    return [
        f"{other}: {b.dice.pick(['relu', 'tanh'])}",
        after,
        *back,
        f"{word} {other}",
    ]


def counted(b: Drawing, x: Shape, scope: Known, depth: int) -> Body | None:
    """Tensors whose names have numbers: those of one loop joined in another."""
    name, index = b.fresh(b.dice.pick(_NAMES)) + "_", b.fresh("i")
    layer = b.layers.draw(x, scope.names, same_shape)
    if layer is None:
        return None
    middle, _ = b.lines(x, scope, depth - 1, same_shape, 1)
    word = b.dice.pick(_WORDS)
    number = b.dice.pick([f"1 - {index}", index, f"({index} + 1) % 2"])
    made = [
        f"for {index} in range(2):",
        f"    {name}{{{index}}}: {layer.text}",
        *middle,
        f"for {index} in range(2):",
        f"    {b.dice.pick(['', 'relu | '])}{word} {name}{{{number}}}",
    ]
    z = b.shape_after(made, x, scope)
    return None if z is None else (made, z)


def again(b: Drawing, x: Shape, scope: Known, depth: int) -> Body | None:
    """A layer or group with weights, something else, and the first once more."""
    name = b.fresh(b.dice.pick(_NAMES))
    word = "conv 3," if x.rank and not x.last else "linear"
    layer = b.layers.draw(x, scope.names, same_shape)
    sure = f"{word} {int(x.channels)}"
    text = layer.text if layer and b.dice.once_in(3) else sure
    first = [f"{name}: {text}"]
    if b.dice.once_in(3):
        first = [f"{name}:", *indented([text, "tanh"])]
    middle, _ = b.lines(x, scope, depth - 1, same_width, 1)
    count = b.dice.pick(["", "", "2 * "])
    before = b.dice.pick(["", "relu | ", "tanh | "])
    behind = b.dice.pick(["", " | relu", f" | add {name}"])
    made = [*first, *middle, f"{before}{count}again {name}{behind}"]
    y = b.shape_after(made, x, scope)
    return None if y is None else (made, y)
