"""One layer of any kind, with any arguments that its signature has, that fits."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

from drawn_values import MOST_CHANNELS, Dice, Names, Speller, Value, candidates

from resdsl.ops import KINDS
from resdsl.ops.base import Kind, Signature
from resdsl.ops.fault import Fault
from resdsl.ops.order import LAST
from resdsl.ops.types import FLAG
from resdsl.values.language import Extent
from resdsl.values.shape import Shape

Fits = Callable[[Shape, Shape], bool]
Arguments = dict[str, Value]
MOST_VALUES = 1200
_TRIES = 6
# In step with what there is to draw of each, the simplest first.
_KINDS = sorted(
    # What takes whole numbers can only begin a net.
    (
        name
        for name in KINDS
        if not KINDS[name].whole
        for _ in range(1 + len(KINDS[name].signature))
    ),
    key=lambda name: len(KINDS[name].signature),
)
# What nothing but a sequence can have: else seldom drawn, and then refused.
_ON_SEQUENCES = [name for name in _KINDS if KINDS[name].orders == LAST]


class Layer(NamedTuple):
    """A call of a layer as text, and what it gives."""

    text: str
    y: Shape
    member: bool
    """Whether a sequence has a place for it."""


def anything(_: Shape, __: Shape) -> bool:
    return True


def same_sizes(x: Shape, y: Shape) -> bool:
    return x.spatial == y.spatial


def same_width(x: Shape, y: Shape) -> bool:
    return x == y._replace(spatial=x.spatial) and x.rank == y.rank


def same_shape(x: Shape, y: Shape) -> bool:
    return x == y


def extents(shape: Shape) -> list[int]:
    """Channels and sizes, which are numbers here: names come in at the end."""
    sizes = [size for size in shape.spatial if isinstance(size, int)]
    assert len(sizes) == shape.rank
    return [int(size) for size in (shape.channels, *sizes)]


def strided(x: Shape, y: Shape) -> bool:
    """Sizes that a shortcut rule can reach: those of a step, rounded up."""
    sizes = list(zip(extents(x)[1:], extents(y)[1:], strict=False))
    return x.rank == y.rank and any(
        all(b == -(-a // step) for a, b in sizes) for step in (1, 2, 3)
    )


def small(shape: Shape) -> bool:
    many = prod(extents(shape)) > MOST_VALUES
    return not many and (not shape.rank or int(shape.channels) <= MOST_CHANNELS)


class Layers:
    """Draws layers; `defaults` are the arguments that the file gives to each kind."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.defaults: dict[str, Arguments] = {}

    def draw(
        self, x: Shape, names: Names, fits: Fits = anything, value: bool = False
    ) -> Layer | None:
        """A layer on `x` whose output is small and `fits`; none where luck runs out.

        Args:
            x: the input.
            names: what is known by name.
            fits: whether an output will do.
            value: written as a value, `name(arguments)`, where no tensor is yet.
        """
        for _ in range(_TRIES):
            kinds = _ON_SEQUENCES if x.last and self.dice.once_in(2) else _KINDS
            kind = KINDS[self.dice.pick(kinds)]
            for _ in range(1 + len(kind.signature)):
                given = self.arguments(kind, x, names)
                y = self.output(kind, given, x)
                if y is not None and small(y) and fits(x, y):
                    here = None if value else int(x.channels)
                    spell = Speller(self.dice, names, here, x.rank)
                    bare = any(weight.bare for weight in kind(**given).weights(x))
                    return Layer(self.call(kind, given, spell, value), y, not bare)
        return None

    def arguments(
        self, kind: type[Kind], x: Shape, names: Names, required: bool = True
    ) -> Arguments:
        """What is required, and now and then each of the others."""
        given: Arguments = {}
        for item in kind.signature:
            if (item.required and required) or self.dice.once_in(3):
                options = candidates(
                    item.type, names, int(x.channels), x.rank, self.dice
                )
                given[item.name] = self.dice.pick(options)
        return given

    def output(self, kind: type[Kind], given: Arguments, x: Shape) -> Shape | None:
        """The shape behind a layer; none where it does not fit."""
        checked = {
            item.name: item.type.check(value)
            for item in kind.signature
            for value in [(self.defaults.get(kind.name, {}) | given).get(item.name)]
            if value is not None
        }
        try:
            return kind(**checked).output(x)
        except Fault:
            return None

    def call(
        self, kind: type[Kind], given: Arguments, spell: Speller, value: bool
    ) -> str:
        """The layer as text, with its arguments by position or by name."""
        parts: list[str] = []
        named = False
        for item in kind.signature:
            if item.name not in given:
                named = True
                continue
            named = named or not item.positional or self.dice.once_in(5)
            parts.append(self._argument(item, given[item.name], spell, named))
        if value or self.dice.once_in(8):
            return f"{kind.name}({', '.join(parts)})"
        return f"{kind.name} {', '.join(parts)}".rstrip()

    def _argument(
        self, item: Signature, value: Value, spell: Speller, named: bool
    ) -> str:
        if (
            item.name == "stride"
            and isinstance(value, int | Extent)
            and not self.dice.once_in(4)
        ):
            return f"/{spell.step(value)}"
        text = spell(value) if item.type is not FLAG else spell.truth(value is True)
        return f"{item.name}={text}" if named else text
