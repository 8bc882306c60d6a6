"""Text to tree. After a fault, parsing goes on with the next line or declaration."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import cast

from lark import Lark
from lark.exceptions import UnexpectedInput

from resdsl.core.limits import Limits
from resdsl.core.report import Collector
from resdsl.core.source import Source
from resdsl.syntax import ast
from resdsl.syntax.grammar import load_parser
from resdsl.syntax.indent import Indenter, LayoutFault
from resdsl.syntax.tree import TreeBuilder

_FAULTS_PER_DECLARATION = 20
_MOST_REREAD = 1_000_000
"""Characters: a long declaration is not read again for each of its faults."""
_START_OF_DECLARATION = re.compile(
    r"^(?=(?:use|default|shortcut|block|net)\b)", re.MULTILINE
)
_Refused = (UnexpectedInput, LayoutFault)


def parse(source: Source, findings: Collector, limits: Limits) -> ast.File:
    """The tree of `source`; faults go to `findings`, and what is whole is kept."""
    parser = _Parser.here(limits)
    text = source.text if source.text.endswith("\n") else source.text + "\n"
    try:
        return ast.File(source, parser.run(source, text, 0), frozenset())
    except _Refused:
        return _piecewise(parser, source, text, findings)


def parse_expression(source: Source, limits: Limits) -> ast.Expr:
    """The tree of a single expression, as in `--set name=expression`.

    Raises:
        Stop: the text is not an expression.
    """
    from resdsl.core.diagnostic import Stop
    from resdsl.syntax.faults import explain

    head = "net v(v="
    try:
        tree = _Parser.here(limits).run(
            source, f"{head}{source.text}): v\n", -len(head)
        )
    except _Refused as fault:
        raise Stop(explain(fault, source, -len(head))) from None
    declaration = tree[0]
    assert isinstance(declaration, ast.Net)
    default = declaration.params[0].default
    assert default is not None
    return default


class _Parser:
    """One thread's parser: Lark calls the builder, which must know the source."""

    _local = threading.local()

    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self.lark: Lark = load_parser(self.builder)

    @classmethod
    def here(cls, limits: Limits) -> _Parser:
        if not hasattr(cls._local, "parser"):
            cls._local.parser = cls()
        parser: _Parser = cls._local.parser
        postlex = parser.lark.options.postlex
        assert isinstance(postlex, Indenter)
        postlex.nesting = limits.nesting
        return parser

    def run(self, source: Source, text: str, base: int) -> tuple[ast.Declaration, ...]:
        self.builder.source, self.builder.base = source, base
        # Lark does not say that it gives back what the builder's `start` makes.
        tree = self.lark.parse(text)  # pyright: ignore[reportUnknownMemberType]
        return cast("tuple[ast.Declaration, ...]", tree)


def _piecewise(
    parser: _Parser, source: Source, text: str, findings: Collector
) -> ast.File:
    """Parse declaration by declaration, and within one line by line."""
    declarations: list[ast.Declaration] = []
    broken: set[int] = set()
    for start, stop in _declarations(text):
        tree, whole = _recover(parser, source, text[start:stop], start, findings)
        if not whole:
            broken.update(range(len(declarations), len(declarations) + len(tree)))
        declarations += tree
    return ast.File(source, tuple(declarations), frozenset(broken))


def _declarations(text: str) -> Iterator[tuple[int, int]]:
    starts = [m.start() for m in _START_OF_DECLARATION.finditer(text)]
    if not starts or text[: starts[0]].strip():
        starts.insert(0, 0)
    # A clause of a declaration never starts a line, so a bracket left open ends here.
    yield from zip(starts, [*starts[1:], len(text)], strict=True)


def _recover(
    parser: _Parser, source: Source, text: str, base: int, findings: Collector
) -> tuple[tuple[ast.Declaration, ...], bool]:
    """The declaration without the lines that have faults, and whether it had none."""
    from resdsl.syntax.faults import explain, is_aftermath

    attempts = max(1, _MOST_REREAD // (len(text) + 1))
    for attempt in range(min(_FAULTS_PER_DECLARATION, attempts)):
        try:
            return parser.run(source, text, base), attempt == 0
        except _Refused as fault:
            if attempt and is_aftermath(fault):
                break
            diagnostic = explain(fault, source, base)
            findings.add(diagnostic)
            blanked = _without_line(text, diagnostic.span.start - base)
            if blanked == text or not _START_OF_DECLARATION.match(text):
                break
            text = blanked
    return (), False


def _without_line(text: str, at: int) -> str:
    """`text` with the line at `at` made harmless, so that all positions stay.

    A line with an indented body becomes a head that opens one; a line that is itself
    indented too deep goes with all that follows at its depth; what stands at the left
    edge below the declaration belongs to nothing, and goes with all that follows.
    """
    lines = [f"{line}\n" for line in text.removesuffix("\n").split("\n")]
    number, passed = 0, 0
    while number < len(lines) - 1 and passed + len(lines[number]) <= at:
        passed += len(lines[number])
        number += 1
    depth = _depth(lines[number])
    if number and not depth:
        return "".join(lines[:number])
    above = next((n for n in reversed(lines[:number]) if n.strip()), "")
    below = next((n for n in lines[number + 1 :] if n.strip()), "")
    if below and _depth(below) > depth:
        head = " " * depth + ("if 1:" if depth else "net _:")
        lines[number] = head.ljust(len(lines[number]) - 1) + "\n"
        return "".join(lines)
    hanging = depth > _depth(above) and not above.rstrip().endswith(":")
    for n in range(number, len(lines)):
        if n > number and (not hanging or _depth(lines[n]) < depth):
            break
        lines[n] = " " * (len(lines[n]) - 1) + "\n"
    return "".join(lines)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
