"""The LALR tables: ready-made in an installed wheel, built from the text in a checkout.

The only file that imports Lark's parser generator.
"""

from __future__ import annotations

import importlib
from functools import cache
from types import ModuleType
from typing import Any

import lark
from lark.grammar import NonTerminal, Rule, RuleOptions, Terminal
from lark.parsers.lalr_analysis import Reduce, Shift

from resdsl.files import grammar_text
from resdsl.syntax.indent import Indenter


def lark_options() -> dict[str, Any]:
    """The options that the tables depend on."""
    return {"parser": "lalr", "lexer": "basic", "maybe_placeholders": True}


def compile_grammar(text: str, **runtime: Any) -> lark.Lark:
    """The parser for a grammar's text.

    Building the tables takes about ten times as long as loading ready-made ones.
    """
    runtime.setdefault("postlex", Indenter())
    return lark.Lark(text, **lark_options(), **runtime)


def load_parser(transformer: object) -> lark.Lark:
    """The parser, which calls `transformer`'s methods as it reduces."""
    built = _ready_made()
    if built is None:
        return compile_grammar(grammar_text(), transformer=transformer)
    return _restore(built, transformer=transformer, postlex=Indenter())


def _ready_made() -> ModuleType | None:
    try:
        built = importlib.import_module("resdsl._built.grammar")
    except ModuleNotFoundError:
        return None
    return built if lark.__version__ == built.LARK else None


def _restore(built: ModuleType, **runtime: Any) -> lark.Lark:
    """The parser of ready-made tables.

    Lark would make each rule and each action of each state from a description of its
    own, which takes three times as long.
    """
    rules = {number: _rule(*row) for number, row in built.RULES.items()}
    # What lark's own stand-alone parsers call to start from tables.
    load = lark.Lark._load_from_dict  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportUnknownVariableType]
    parser: Any = load(built.DATA, built.TERMINALS | rules, **runtime)
    reduce = {~number: (Reduce, rule) for number, rule in rules.items()}
    shift = {state: (Shift, state) for state in range(len(built.STATES))}
    action = (reduce | shift).__getitem__
    parser.parser.parser.parser.parse_table.states = {
        state: dict(zip(words, map(action, targets), strict=True))
        for state, (words, targets) in enumerate(built.STATES)
    }
    return parser


def _rule(
    name: str,
    symbols: tuple[tuple[str, bool | None], ...],
    order: int,
    alias: str | None,
    options: tuple[Any, ...],
) -> Rule:
    expansion = [_symbol(*symbol) for symbol in symbols]
    return Rule(_symbol(name, None), expansion, order, alias, RuleOptions(*options))


@cache
def _symbol(name: str, filter_out: bool | None) -> Any:
    return NonTerminal(name) if filter_out is None else Terminal(name, filter_out)
