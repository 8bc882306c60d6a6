"""The LALR tables: ready-made in an installed wheel, built from the text in a checkout.

The only file that imports Lark's parser generator.
"""

from __future__ import annotations

from typing import Any

import lark

from resdsl.files import grammar_text
from resdsl.syntax.indent import Indenter


def lark_options() -> dict[str, Any]:
    """The options that the tables depend on."""
    return {"parser": "lalr", "lexer": "contextual", "maybe_placeholders": True}


def compile_grammar(text: str, **runtime: Any) -> lark.Lark:
    """The parser for a grammar's text.

    Building the tables takes about ten times as long as loading ready-made ones.
    """
    runtime.setdefault("postlex", Indenter())
    return lark.Lark(text, **lark_options(), **runtime)


def load_parser(transformer: object) -> lark.Lark:
    """The parser, which calls `transformer`'s methods as it reduces."""
    try:
        from resdsl._built import grammar as built  # type: ignore[import-not-found]
    except ImportError:
        built = None
    if built is None or built.LARK != lark.__version__:
        return compile_grammar(grammar_text(), transformer=transformer)
    restored = lark.Lark.__new__(lark.Lark)
    return restored._load(  # noqa: SLF001 - what lark's own stand-alone parsers call
        {"data": built.DATA, "memo": built.MEMO},
        transformer=transformer,
        postlex=Indenter(),
    )
