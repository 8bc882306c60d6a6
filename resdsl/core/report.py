"""Where findings are collected: one mistake, one message, and not without end."""

from __future__ import annotations

from collections.abc import Iterable

from resdsl.core.diagnostic import Diagnostic, Frame, Stop

MOST = 100
"""More findings than this help nobody; the search ends there."""


class EnoughError(Exception):
    """Ends a compilation that has found as many mistakes as anyone will read."""


class Collector:
    """Gathers diagnostics in the order found, each mistake once.

    It begins with those that are `known`.
    """

    def __init__(self, known: Iterable[Diagnostic] = ()) -> None:
        self._found = {diagnostic.key(): diagnostic for diagnostic in known}

    def add(self, diagnostic: Diagnostic, trail: tuple[Frame, ...] = ()) -> None:
        """Keep `diagnostic`, found along `trail`, unless its mistake is known.

        Raises:
            EnoughError: there are too many.
        """
        if diagnostic.key() not in self._found:
            if len(self._found) >= MOST:
                raise EnoughError
            diagnostic.trail = trail
            self._found[diagnostic.key()] = diagnostic

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All findings by file and position."""
        return tuple(
            sorted(
                self._found.values(),
                key=lambda d: (d.span.source.name, d.span.start, d.code),
            )
        )

    def first(self) -> Stop | None:
        """The first finding, as what stands for a value that it made unknown."""
        found = self.sorted()
        return Stop(found[0]) if found else None

    def __bool__(self) -> bool:
        return bool(self._found)
