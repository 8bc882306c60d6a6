"""A rule of the language that was broken, before anyone knows where in the text."""

from __future__ import annotations

from resdsl.core.diagnostic import Diagnostic
from resdsl.core.source import Span


class Fault(Exception):
    """A finding without its place; the caller that knows the span adds it."""

    def __init__(
        self,
        kind: type[Diagnostic],
        message: str,
        *,
        found: str = "",
        expected: str = "",
        hint: str = "",
        part: int = 0,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.found = found
        self.expected = expected
        self.hint = hint
        self.part = part
        """Which of several things it is about."""

    def at(self, span: Span) -> Diagnostic:
        """The same finding with its place."""
        return self.kind(
            span,
            str(self),
            found=self.found,
            expected=self.expected,
            hint=self.hint,
        )
