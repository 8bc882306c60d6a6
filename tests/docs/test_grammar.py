"""The documentation uses all of the grammar, so that no construct is undocumented."""

import contextlib
from collections.abc import Iterator

import pytest
from lark import Lark, Token, Tree
from lark.exceptions import LarkError
from specs import ROOT, sources

from resdsl.files import grammar_text
from resdsl.syntax.grammar import compile_grammar
from resdsl.syntax.indent import LayoutFault

REFERENCE = ROOT / "docs" / "language.md"


@pytest.fixture(scope="module")
def parser() -> Lark:
    return compile_grammar(grammar_text())


@pytest.fixture(scope="module")
def parsed(parser: Lark) -> list[Tree[Token]]:
    return [tree for text in sources(REFERENCE) for tree in _trees(parser, text)]


def _trees(parser: Lark, text: str) -> Iterator[Tree[Token]]:
    """The tree of a text; of one that is meant to have faults, nothing."""
    with contextlib.suppress(LarkError, LayoutFault):
        yield parser.parse(text)


def _named(parser: Lark) -> set[str]:
    """Rules and aliases that appear in trees: some vanish into their only child."""
    named: set[str] = set()
    for rule in parser.rules:
        name = rule.alias or str(rule.origin.name)
        kept = [s for s in rule.expansion if not getattr(s, "filter_out", False)]
        vanishes = rule.alias is None and rule.options.expand1 and len(kept) == 1
        if not name.startswith("_") and not vanishes:
            named.add(name)
    return named


def test_every_rule_is_shown(parser: Lark, parsed: list[Tree[Token]]) -> None:
    shown = {str(node.data) for tree in parsed for node in tree.iter_subtrees()}
    assert _named(parser) - shown == set()


def test_every_word_is_shown(parser: Lark) -> None:
    shown: set[str] = set()
    for text in sources(REFERENCE):
        tokens = parser.lex(text, dont_ignore=True)
        shown |= {token.type for token in _until_fault(tokens)}
    ignored = {"__IGNORE_0"}
    assert {terminal.name for terminal in parser.terminals} - shown - ignored == set()


def _until_fault(tokens: Iterator[Token]) -> Iterator[Token]:
    with contextlib.suppress(LarkError, LayoutFault):
        yield from tokens
