"""Diagnostics as text for people and as plain data for programs."""

from __future__ import annotations

from collections.abc import Iterable

from resdsl.core.diagnostic import Diagnostic, Frame
from resdsl.core.source import Span

_WIDTH = 120


def as_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Every diagnostic with its source line, evidence, trail and hint."""
    return "\n\n".join(_one(d) for d in diagnostics)


def as_data(diagnostic: Diagnostic) -> dict[str, object]:
    """A diagnostic as JSON-ready data."""
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "found": diagnostic.found,
        "expected": diagnostic.expected,
        "hint": diagnostic.hint,
        "related": [_frame(f) for f in diagnostic.related],
        "trail": [_frame(f) for f in diagnostic.trail],
    }


def excerpt(span: Span, gutter: int = 0) -> list[str]:
    """The first line of `span` with a marker line under it."""
    line, column = span.source.position(span.start)
    view, at = _view(span.source.line(line), column - 1)
    # A tab counts one column everywhere, so it is shown as one space.
    shown = "".join(c if c.isprintable() else " " for c in view)
    length = max(1, min(span.end - span.start, len(shown) - at))
    marker = " " * at + "^" * length
    margin = " " * max(gutter, len(str(line)))
    return [f"{margin} |", f"{line:>{len(margin)}} | {shown}", f"{margin} | {marker}"]


def _view(text: str, at: int) -> tuple[str, int]:
    """What to show of a line so that position `at` is in sight, and its place there."""
    if len(text) <= _WIDTH:
        return text, at
    begin = max(0, at - _WIDTH // 2)
    left = "..." if begin else ""
    right = "..." if begin + _WIDTH < len(text) else ""
    return left + text[begin : begin + _WIDTH] + right, at - begin + len(left)


def _one(d: Diagnostic) -> str:
    line, _ = d.span.source.position(d.span.start)
    margin = " " * len(str(line))
    rows = [f"error[{d.code}]: {d.message}", f"{margin}--> {d.span}"]
    rows += excerpt(d.span)
    if d.found:
        rows.append(f"{margin} = found:    {d.found}")
    if d.expected:
        rows.append(f"{margin} = expected: {d.expected}")
    rows += [f"{margin} = see:      {f.what} ({f.span})" for f in d.related]
    for depth, frame in enumerate(d.trail):
        lead = "in:       " if depth == 0 else "          "
        rows.append(f"{margin} = {lead}{'  ' * depth}{frame.what} ({frame.span})")
    if d.hint:
        rows.append(f"{margin} = help:     {d.hint}")
    return "\n".join(rows)


def _frame(frame: Frame) -> dict[str, object]:
    return {"what": frame.what, **_place(frame.span)}


def _place(span: Span) -> dict[str, object]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }
