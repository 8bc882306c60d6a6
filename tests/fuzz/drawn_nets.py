"""The text of a random net: most are valid, and those that are not are refused."""

from __future__ import annotations

from drawn_bodies import Bodies, Known
from drawn_joins import Body
from drawn_layers import anything, extents, small
from drawn_values import Dice, Speller
from hypothesis import strategies as st

import resdsl
from resdsl.core.diagnostic import ResdslError
from resdsl.ir.resized import Fixed, resized
from resdsl.ops import KINDS
from resdsl.ops.fault import Fault
from resdsl.values.shape import Shape

_CHANNELS = (4, 3, 2, 6, 8, 5)
_SIZES = ((), (8, 9, 5, 4, 12, 3, 1), (8, 5, 9, 4, 7, 3, 12), (4, 3, 5, 6, 2))
_RANKS = (2, 2, 1, 0, 3)


@st.composite
def nets(draw: st.DrawFn) -> str:
    """A file with one net called `n` that is complete.

    A size that may be anything is called by the number that stands for it in a run:
    `input 3 x H9 x W8`.
    """
    dice = Dice(draw)
    rank = dice.pick(_RANKS)
    channels = dice.pick(_CHANNELS)
    sizes = tuple(dice.pick([*_SIZES[rank], channels]) for _ in range(rank))
    x = Shape(channels, sizes)
    bodies = Bodies(dice, x)
    first, y = _first(dice, x, bodies)
    scope = bodies.parameters(y)
    lines, _ = bodies.lines(y, scope, 2, anything, 1 + dice.up_to(3))
    lines = [*first, *lines]
    text = "\n".join([*bodies.declarations, *_net(dice, x, scope, bodies, lines), ""])
    return _loosened(dice, x, text)


def _first(dice: Dice, x: Shape, bodies: Bodies) -> Body:
    """Now and then a layer that makes a sequence, which few other layers do."""
    if not dice.once_in(4):
        return [], x
    kind = KINDS[dice.pick(("tokens", "channels_last") if x.rank else ("embedding",))]
    given = bodies.layers.arguments(kind, x, {})
    y = bodies.layers.output(kind, given, x)
    if y is None or not small(y):
        return [], x
    spell = Speller(dice, {}, None, x.rank)
    return [bodies.layers.call(kind, given, spell, value=False)], y


def _net(
    dice: Dice, x: Shape, scope: Known, bodies: Bodies, lines: list[str]
) -> list[str]:
    """The net itself; where it has parameters, sometimes as one of a family."""
    body = [f"    {line}" for line in [f"input {_input(x)}", *bodies.opening, *lines]]
    header = scope.header()
    if not scope.parameters or not dice.once_in(3):
        return [f"net n{header}:", *body]
    spell = Speller(dice, {}, None, x.rank)
    given = [
        f"{name}={text}" if dice.once_in(2) else (name, text)
        for name, value in scope.parameters.items()
        for text in [scope.written.get(name) or spell(value)]
    ]
    by_place = [text for pair in given if isinstance(pair, tuple) for text in pair[1:]]
    if any(isinstance(pair, str) for pair in given[: len(by_place)]):
        by_place = []
        given = [f"{p[0]}={p[1]}" if isinstance(p, tuple) else p for p in given]
    by_name = [pair for pair in given if isinstance(pair, str)]
    required = f"({', '.join(scope.parameters)})"
    member = f"net n = family {', '.join([*by_place, *by_name])}"
    return [f"net family{required}:", *body, "", member]


def _input(x: Shape) -> str:
    return " x ".join(map(str, extents(x)))


def _loosened(dice: Dice, x: Shape, text: str) -> str:
    """Now and then with sizes that may be anything, where the net allows it.

    Torch cannot average over more than there is, which only numbers tell in time. With
    a name, a residual has a shortcut that the number might have done without.
    """
    if not x.rank or not dice.once_in(4):
        return text
    loose = [
        f"{name}{size}" if dice.once_in(2) else str(size)
        for name, size in zip("DHW"[-x.rank :], x.spatial, strict=True)
    ]
    wanted = " x ".join([str(int(x.channels)), *loose])
    made = text.replace(f"    input {_input(x)}\n", f"    input {wanted}\n")
    try:
        resdsl.load(text, net="n").source("torch")
        resized(resdsl.load(made, net="n").ir.unit.body, x, {})
    except (ResdslError, Fault, Fixed):
        return text
    return made
