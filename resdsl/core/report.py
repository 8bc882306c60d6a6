"""Where findings are collected: one mistake, one message."""

from __future__ import annotations

from resdsl.core.diagnostic import Diagnostic, Frame


class Collector:
    """Gathers diagnostics in the order found, each mistake once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, int, int], Diagnostic] = {}

    def add(self, diagnostic: Diagnostic, trail: tuple[Frame, ...] = ()) -> None:
        """Keep `diagnostic`, found along `trail`, unless its mistake is known."""
        if diagnostic.key() not in self._found:
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

    def __bool__(self) -> bool:
        return bool(self._found)
