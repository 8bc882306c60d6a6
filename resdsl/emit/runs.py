"""Repeated members of a sequence: equal ones, or ones whose numbers advance in step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resdsl.core.record import NamedTuple
from resdsl.emit.text import Code

_NUMBER = re.compile(r"(?<![\w.])(?<!e-)(\d+)(?![\w.])")
"""A whole number: no part of a name, nor of 1.5 or 1e-6."""
_TIGHT_BEFORE = re.compile(r"[-*/%] ?$")
_TIGHT_BEHIND = re.compile(r" ?[*/%]")
_NEEDLESS = re.compile(r"(?<!\w)\((\w+)\)")
_TOLD_BY = ((0, 1), (0, 2), (1, 2))
"""Two members tell a formula; a third may lack a number, as `n` does for `n * 1`."""
_LEFT_OUT_BEFORE = {0: (" + ", " - "), 1: (" * ", " // ")}
"""What `values.expr` leaves out, with the number behind it."""
_LEFT_OUT_BEHIND = {0: (" + ",), 1: (" * ",)}


class Run(NamedTuple):
    """Members of a sequence; `text` holds an index where their numbers advance."""

    text: Code
    times: int
    counted: bool


class _Formula(NamedTuple):
    """A text with a number between any two words; each advances by its step."""

    words: list[str]
    start: list[int]
    steps: list[int]

    def at(self, index: int) -> str:
        """The text of one member."""
        text = self.words[0]
        for start, step, word in self._parts():
            number = start + step * index
            text = _joined(text, number, word) if step else f"{text}{number}{word}"
        return _NEEDLESS.sub(r"\1", text)

    def of(self, index: str) -> Code:
        """The text of every member, by the name of the index."""
        text = self.words[0]
        for start, step, word in self._parts():
            term = _term(start, step, index)
            tight = _TIGHT_BEFORE.search(text) or _TIGHT_BEHIND.match(word)
            text += f"({term})" if tight and " " in term else term
            text += word
        return Code(text)

    def _parts(self) -> Iterator[tuple[int, int, str]]:
        return zip(self.start, self.steps, self.words[1:], strict=True)


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
        run = _advancing(merged, at, index)
        yield run or Run(*merged[at], counted=False)
        at += run.times if run else 1


def _advancing(members: list[tuple[Code, int]], at: int, index: str) -> Run | None:
    """The members, from `at` on, that follow one formula, if three do."""
    opening = [text for text, _ in members[at : at + 3]]
    for first, second in _TOLD_BY:
        formula = _told(opening, first, second)
        if formula is None:
            continue
        length = 0
        while members[at + length : at + length + 1] == [(formula.at(length), 1)]:
            length += 1
        if length > 2:
            return Run(formula.of(index), length, counted=True)
    return None


def _told(members: list[Code], first: int, second: int) -> _Formula | None:
    """The formula that two members follow, unless their words differ."""
    if second >= len(members):
        return None
    words, a = _split(members[first])
    others, b = _split(members[second])
    apart = second - first
    if words != others or any((y - x) % apart for x, y in zip(a, b, strict=True)):
        return None
    steps = [(y - x) // apart for x, y in zip(a, b, strict=True)]
    start = [x - step * first for x, step in zip(a, steps, strict=True)]
    return _Formula(words, start, steps)


def _split(text: str) -> tuple[list[str], list[int]]:
    pieces = _NUMBER.split(text)
    return pieces[::2], [int(n) for n in pieces[1::2]]


def _joined(before: str, number: int, behind: str) -> str:
    """The text with the number in it, or without what changes nothing."""
    for mark in _LEFT_OUT_BEFORE.get(number, ()):
        if before.endswith(mark):
            return before.removesuffix(mark) + behind
    for mark in _LEFT_OUT_BEHIND.get(number, ()):
        if behind.startswith(mark):
            return before + behind.removeprefix(mark)
    return f"{before}{number}{behind}"


def _term(number: int, step: int, index: str) -> str:
    if step == 0:
        return str(number)
    term = index if abs(step) == 1 else f"{abs(step)} * {index}"
    if number == 0 and step > 0:
        return term
    return f"{term} + {number}" if step > 0 else f"{number} - {term}"
