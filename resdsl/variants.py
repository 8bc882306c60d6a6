"""One net with many values for its parameters: a grid, and what its points are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod

from resdsl.compiler import Checked, Opened
from resdsl.core.catalog import CompilerFault
from resdsl.core.diagnostic import Diagnostic
from resdsl.core.record import NamedTuple
from resdsl.core.source import Source, Span

Values = Sequence[object]
"""What one parameter is given in turn; text is an expression of the language."""

_WHOLE = r"\s*([+-]?\d{1,18})\s*"
_RANGE = re.compile(rf"{_WHOLE}\.\.{_WHOLE}(?::{_WHOLE})?")
_BRACKETS = {"(": 1, "[": 1, ")": -1, "]": -1}


class Grid:
    """Every combination of the values of some parameters, the last varying fastest.

    Its points are numbered, and made only when they are asked for.
    """

    def __init__(
        self, axes: Mapping[str, Values], fixed: Mapping[str, object] | None = None
    ) -> None:
        self.axes = dict(axes)
        self.fixed = dict(fixed or {})

    def __len__(self) -> int:
        return prod(len(values) for values in self.axes.values())

    def __getitem__(self, number: int) -> dict[str, object]:
        point: dict[str, object] = {}
        for name, values in reversed(self.axes.items()):
            number, at = divmod(number, len(values))
            point[name] = values[at]
        return self.fixed | dict(reversed(point.items()))


class Variant(NamedTuple):
    """One point of a grid: the parameters as they were given, and what came of them."""

    given: dict[str, object]
    checked: Checked


def variants(
    opened: Opened, net: str, grid: Grid, numbers: Iterable[int] | None = None
) -> Iterator[Variant]:
    """Check a net at the points with these `numbers`, all if none are named.

    Each is what `opened.check` makes of it. A fault of the compiler's own is a finding
    of that point alone.
    """
    for number in range(len(grid)) if numbers is None else numbers:
        given = grid[number]
        try:
            checked = opened.check(net, given)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            checked = Checked((), (crash(f"{type(error).__name__}: {error}"),))
        yield Variant(given, checked)


def crash(how: str) -> Diagnostic:
    """What is said of a point where the compiler itself failed."""
    hint = "this is a mistake in resdsl: please report it with the net and its values"
    span = Span(Source("<resdsl>", ""), 0, 0)
    return CompilerFault(span, f"the compiler failed: {how}", hint=hint)


class _Joined(Sequence[object]):
    """Sequences one behind the other, without a copy of what a range stands for."""

    def __init__(self, parts: Sequence[Values]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __getitem__(self, at: int) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        for part in self._parts:
            if at < len(part):
                return part[at]
            at -= len(part)
        raise IndexError(at)


def parse_values(text: str) -> Values:
    """The values that `text` lists: expressions and ranges, with commas between.

    `a..b` is every whole number from `a` to `b`, both included, and `a..b:step` every
    `step`-th. A comma in brackets belongs to its expression.

    Raises:
        ValueError: a value is empty, or a range has no numbers; the message says which.
    """
    parts = [_part(piece) for piece in _split(text)]
    return parts[0] if len(parts) == 1 else _Joined(parts)


def _part(piece: str) -> Values:
    if not piece.strip():
        raise ValueError("a value is missing")
    if ".." not in piece:
        return (piece.strip(),)
    match = _RANGE.fullmatch(piece)
    if match is None:
        raise ValueError(
            f"'{piece.strip()}' is no range: write FIRST..LAST or FIRST..LAST:STEP, "
            "in whole numbers"
        )
    first, last, step = (int(number or 1) for number in match.groups())
    if step == 0:
        raise ValueError(f"'{piece.strip()}' advances by 0")
    found = range(first, last + (1 if step > 0 else -1), step)
    if not found:
        raise ValueError(f"'{piece.strip()}' holds no number")
    return found


def _split(text: str) -> Iterator[str]:
    depth = start = 0
    for at, sign in enumerate(text):
        depth += _BRACKETS.get(sign, 0)
        if sign == "," and depth <= 0:
            yield text[start:at]
            start = at + 1
    yield text[start:]
