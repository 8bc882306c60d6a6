"""Statements that come again and again in a row become a loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TypeVar

from resdsl.emit.runs import runs
from resdsl.emit.text import Code, number

INDENT = " " * 4

Row = TypeVar("Row")
_LONGEST = 8
"""Statements in a loop: more are no longer seen to be the same."""
_LEAST = 3
"""Times: what comes twice is read as fast as a loop."""


def looped(rows: Sequence[Row]) -> Iterator[tuple[int, Sequence[Row]]]:
    """The rows in parts, each with how often it comes."""
    at = start = 0
    while at < len(rows):
        length, times = _best(rows, at)
        if times < _LEAST:
            at += 1
            continue
        # What is left over stands before the loop, as where its source is written out.
        at += _common(rows[at:], rows[at + length * times :], length)
        if start < at:
            yield 1, rows[start:at]
        yield times, rows[at : at + length]
        at = start = at + length * times
    if start < at:
        yield 1, rows[start:at]


def _best(rows: Sequence[Row], at: int) -> tuple[int, int]:
    """The length that covers the most rows from here on, and how often it comes."""
    found = ((length, _times(rows, at, length)) for length in range(1, _LONGEST + 1))
    return max(found, key=lambda pair: (pair[0] * pair[1]) * (pair[1] >= _LEAST))


def _common(some: Sequence[Row], others: Sequence[Row], most: int) -> int:
    """How many rows, of at most so many, are the same from the first on."""
    pairs = zip(some[:most], others, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _times(rows: Sequence[Row], at: int, length: int) -> int:
    part = rows[at : at + length]
    times = 1
    while rows[at + times * length : at + (times + 1) * length] == part:
        times += 1
    return times


def rolled(
    members: list[tuple[Code, int]], index: str, depth: int, at: int
) -> Iterator[str]:
    """The statements of all members; their mark becomes a number, from `at` on.

    Args:
        members: the statements of each, and how often they come.
        index: the name that a loop gives to the number, whose mark is in the text.
        depth: how many loops are around.
        at: the number of the first.
    """
    mark = f"\0{index}\0"
    for run in runs(members, index):
        lines = run.text.split("\n") if run.text else []
        if run.times == 1 or not lines:
            yield from (_settled(line, mark, str(at), depth) for line in lines)
        else:
            start, stop = (0, run.times) if run.counted else (at, at + run.times)
            shown = f"{{{index} + {at}}}" if run.counted and at else f"{{{index}}}"
            bounds = number(stop) if start == 0 else f"{start}, {stop}"
            yield f"for {index} in range({bounds}):"
            yield from (INDENT + line.replace(mark, shown) for line in lines)
        at += run.times


def _settled(line: str, mark: str, index: str, depth: int) -> str:
    """A line outside a loop: its index is known, and its name may need no braces."""
    line = line.replace(mark, index)
    plain = depth == 0 and "{" not in line
    return line.replace('f"', '"') if plain else line
