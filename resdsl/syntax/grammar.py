"""The LALR tables: ready-made in an installed wheel, built from the text in a checkout.

The only file that imports Lark's parser generator.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import lark

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
    # What lark's own stand-alone parsers call to start from tables.
    restore = lark.Lark._load_from_dict  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportUnknownVariableType]
    return restore(built.DATA, built.MEMO, transformer=transformer, postlex=Indenter())


def _ready_made() -> ModuleType | None:
    try:
        built = importlib.import_module("resdsl._built.grammar")
    except ModuleNotFoundError:
        return None
    return built if lark.__version__ == built.LARK else None
