"""Repeated members of a sequence: equal ones, or ones whose numbers advance in step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resdsl.core.record import NamedTuple
from resdsl.emit.text import Code

_NUMBER = re.compile(r"(?<![\w.])(\d+)(?![\w.])")


class Run(NamedTuple):
    """Members of a sequence; `text` holds an index where their numbers advance."""

    text: Code
    times: int
    counted: bool


def runs(members: list[tuple[Code, int]], index: str = "i") -> Iterator[Run]:
    """The members, each with how often it stands, as the fewest runs."""
    merged: list[tuple[Code, int]] = []
    for text, count in members:
        if merged and merged[-1][0] == text:
            merged[-1] = (text, merged[-1][1] + count)
        else:
            merged.append((text, count))
    at = 0
    while at < len(merged):
        length, text = _advancing(merged, at, index)
        if length > 2:
            yield Run(text, length, counted=True)
            at += length
        else:
            yield Run(*merged[at], counted=False)
            at += 1


def _advancing(
    members: list[tuple[Code, int]], at: int, index: str
) -> tuple[int, Code]:
    """How many members from `at` follow one formula in `index`, and that formula."""
    if at + 1 >= len(members) or members[at][1] != 1:
        return 1, members[at][0]
    words, start = _split(members[at][0])
    steps: list[int] | None = None
    length = 1
    for text, count in members[at + 1 :]:
        other_words, numbers = _split(text)
        if count != 1 or other_words != words:
            break
        before = _split(members[at + length - 1][0])[1]
        these = [b - a for a, b in zip(before, numbers, strict=True)]
        if steps is not None and these != steps:
            break
        steps = these
        length += 1
    if steps is None:
        return 1, members[at][0]
    formulas = [_formula(n, step, index) for n, step in zip(start, steps, strict=True)]
    pieces = [words[0]]
    for before, formula, after in zip(words, formulas, words[1:], strict=False):
        pieces += [_enclosed(before, formula, after), after]
    return length, Code("".join(pieces))


def _split(text: str) -> tuple[list[str], list[int]]:
    pieces = _NUMBER.split(text)
    return pieces[::2], [int(n) for n in pieces[1::2]]


def _enclosed(before: str, formula: str, after: str) -> str:
    """The formula, in parentheses where what stands beside it would bind its parts."""
    alone = " " not in formula
    last, first = before.rstrip()[-1:], after.lstrip()[:1]
    loose = last in ("", *"([{,=:+") and first in ("", *")]},:+-")
    return formula if alone or loose else f"({formula})"


def _formula(number: int, step: int, index: str) -> str:
    if step == 0:
        return str(number)
    term = index if abs(step) == 1 else f"{abs(step)} * {index}"
    if number == 0 and step > 0:
        return term
    return f"{number} {'+' if step > 0 else '-'} {term}"
