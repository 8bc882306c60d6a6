"""Text with positions: a `Source` is one file's text, a `Span` a stretch of it."""

from __future__ import annotations

from bisect import bisect_right

from resdsl.core.record import NamedTuple

_LONGEST_COMMENT = 100


class Source:
    """One file's text, with line ends already normalised to LF."""

    __slots__ = ("_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._starts: list[int] | None = None

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            starts = [0]
            find = self.text.find
            at = find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = find("\n", at + 1)
            self._starts = starts
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of a character offset."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a 1-based line, without its end."""
        starts = self._line_starts()
        begin = starts[number - 1]
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[begin:end].rstrip("\n")


class Span(NamedTuple):
    """Characters `start` up to `end` of `source`."""

    source: Source
    start: int
    end: int

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of `other`."""
        return Span(self.source, self.start, max(self.end, other.end))

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.source.text[self.start : self.end]

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        name = "".join(c if c.isprintable() else "?" for c in self.source.name)
        return f"{name}:{line}:{column}"


def comment_above(span: Span) -> str:
    """The text of the comment lines that stand directly above a span's line."""
    line, _ = span.source.position(span.start)
    lines: list[str] = []
    while line > 1 and (text := span.source.line(line - 1).strip()).startswith("#"):
        lines.append(text.lstrip("#").strip())
        line -= 1
        if len(lines) == _LONGEST_COMMENT:
            break
    return " ".join(reversed(lines))
