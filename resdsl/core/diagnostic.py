"""A diagnostic is data: what is wrong, where, how we got there, and the likely fix."""

from __future__ import annotations

import re
from typing import ClassVar

from resdsl.core.record import NamedTuple
from resdsl.core.source import Span

_LONG_TEXT = 400


class Frame(NamedTuple):
    """One step of the trail that led to a finding: an instance of a block or net."""

    what: str
    span: Span


class Diagnostic:
    """One finding. Each kind of finding is a subclass in `resdsl.core.catalog`.

    A subclass states its `code`, one `title`, a `bad` example that raises it and a
    `good` one that does not; its instances carry the message made from the evidence.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    bad: ClassVar[str]
    good: ClassVar[str]

    def __init__(
        self,
        span: Span,
        message: str,
        *,
        found: str = "",
        expected: str = "",
        hint: str = "",
        related: tuple[Frame, ...] = (),
    ) -> None:
        self.span = span
        self.message = _readable(message)
        self.found = _readable(found)
        self.expected = _readable(expected)
        self.hint = _readable(hint)
        self.related = related
        self.trail: tuple[Frame, ...] = ()

    def key(self) -> tuple[str, str, int, int]:
        """Findings with equal keys are one mistake seen twice."""
        return self.code, self.span.source.name, self.span.start, self.span.end


def _readable(text: str) -> str:
    """`text` for a terminal, its long words cut: no name of a million letters."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "?" for c in text)
    if len(text) < _LONG_TEXT:
        return text
    cut = re.sub(r"(\S{40})\S{40,}", r"\1...", text)
    return cut if len(cut) < _LONG_TEXT else f"{cut[:_LONG_TEXT]} ..."


class ResdslError(Exception):
    """Raised by `resdsl.load` for a text with findings; carries them all."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...], text: str) -> None:
        super().__init__(text)
        self.diagnostics = diagnostics


class Stop(Exception):
    """Ends one declaration's analysis; its diagnostic is already made."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
