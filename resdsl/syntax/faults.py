"""What the parser's refusals mean, in plain words."""

from __future__ import annotations

import re
import unicodedata

from lark import Token
from lark.exceptions import UnexpectedInput, UnexpectedToken

from resdsl.core.catalog import NestedTooDeep, SyntaxFault
from resdsl.core.diagnostic import Diagnostic
from resdsl.core.limits import Limits
from resdsl.core.source import Source, Span
from resdsl.syntax.indent import LayoutFault, NestingFault

_WORDS = {
    "_NL": "the end of the line",
    "_INDENT": "an indented line",
    "_DEDENT": "the end of the indented lines",
    "$END": "the end of the file",
}
_SIGNS = {
    "COLON": "':'",
    "EQUAL": "'='",
    "LPAR": "'('",
    "RPAR": "')'",
    "RSQB": "']'",
    "COMMA": "','",
    "VBAR": "'|'",
    "_NL": "the end of the line",
}
_NAMES = frozenset(("NAME", "CALLEE", "INDEXED"))
_VALUE = frozenset(("NUMBER", "LSQB", "TRUE"))
_ITEM = frozenset(("NUMBER", "CALLEE"))
_LINE_START = frozenset(("LET", "INPUT"))
_DECLARATION = frozenset(("BLOCK", "NET"))


def explain(
    fault: UnexpectedInput | LayoutFault, source: Source, base: int
) -> Diagnostic:
    """The diagnostic for a refusal of the text that begins at `base`."""
    if isinstance(fault, LayoutFault):
        span = _token_span(fault.token, source, base)
        if fault.token.type == "_NL":
            span = _line_after(source, base + (fault.token.end_pos or 0))
        if isinstance(fault, NestingFault):
            hint = f"raise the bound with {Limits.flag('nesting')}"
            return NestedTooDeep(span, str(fault), hint=hint)
        return SyntaxFault(span, str(fault), hint=fault.hint)
    if isinstance(fault, UnexpectedToken):
        return _unexpected(fault, source, base)
    at = base + (fault.pos_in_stream or 0)
    span = Span(source, at, min(at + 1, len(source.text)))
    sign = span.text
    return SyntaxFault(
        span, f"{_character(sign)} has no meaning here", hint=_sign_hint(sign)
    )


def _unexpected(fault: UnexpectedToken, source: Source, base: int) -> Diagnostic:
    token: Token = fault.token  # lark does not say so
    span = _token_span(token, source, base)
    opener = _left_open(source, base, span.start)
    if opener is not None:
        return SyntaxFault(opener, f"this '{opener.text}' is never closed")
    accepts = set(fault.accepts or fault.expected)
    found = _WORDS.get(token.type, f"'{token}'")
    if accepts == {"_INDENT"}:
        return SyntaxFault(
            _opening(source, span),
            "nothing is indented under this line, which opens a body",
            hint="indent the lines that belong to it by four spaces",
        )
    if token.type == "_INDENT":
        return SyntaxFault(
            span,
            "this line is indented, but nothing above it opens a block",
            hint="end the line above with ':', or remove the indentation",
        )
    expected = _expected(accepts, token)
    return SyntaxFault(
        span,
        f"expected {expected}, found {found}",
        hint=_token_hint(token, accepts, _before(source, span.start)),
    )


def _expected(accepts: set[str], token: Token) -> str:
    if accepts >= _VALUE:
        return "a value"
    if accepts >= _LINE_START:
        return "a layer, a block or a statement"
    if accepts >= _DECLARATION:
        return "'block', 'net', 'shortcut', 'use' or 'default'"
    if accepts <= _NAMES:
        return "a name"
    if accepts >= _ITEM:
        return "a layer or a block"
    signs = [words for sign, words in _SIGNS.items() if sign in accepts]
    if "NAME" in accepts:
        signs.insert(0, "a name")
    if "_NL" in accepts and token.type != "_NL":
        preferred = [_SIGNS[s] for s in ("COMMA", "VBAR", "_NL") if s in accepts]
        signs = preferred or signs
    if signs:
        return (
            signs[0] if len(signs) == 1 else f"{', '.join(signs[:-1])} or {signs[-1]}"
        )
    return "'*'" if "STAR" in accepts else "something else"


def _token_hint(token: Token, accepts: set[str], before: str) -> str:
    text = str(token)
    if text in {"else", "elif"}:
        return f"'{text}' stands below the body of an 'if', as far left as the 'if'"
    if text.isidentifier() and token.type not in _NAMES and "NAME" in accepts:
        return f"'{text}' is a word of the language: choose another name"
    if re.fullmatch(r"x[0-9]*", text) and "VBAR" in accepts:
        return f"a repeat is written before its unit: '{text[1:] or '3'} * unit'"
    if token.type in {"_NL", "$END"} and "COLON" in accepts and "NUMBER" not in accepts:
        return "end the line with ':'"
    if token.type in {*_NAMES, "NUMBER", "EXTENT"}:
        return _missing_sign(text, accepts, before)
    return _SIGN_HINTS.get((before, text), _SIGN_HINTS.get(("", text), ""))


_SIGN_HINTS = {
    ("", "="): "'==' compares; '=' only names an argument or a default",
    ("", "=="): "'=' gives a value; '==' compares",
    ("", "+"): "a number needs no '+' before it",
    ("", "<"): "join two comparisons with 'and'",
    ("", ">"): "join two comparisons with 'and'",
    ("-", ">"): "layers are chained with '|'",
    (",", ","): "remove one of the two commas",
    ("|", "|"): "remove one of the two bars",
    ("input", ":"): "'input' is a word of the language: choose another name",
}
"""What to do about a sign, by the word or sign before it."""


def _missing_sign(text: str, accepts: set[str], before: str) -> str:
    if before.isdigit() and text.startswith("_"):
        return "numbers are written without '_'"
    if "COMMA" in accepts:
        return f"is a comma missing before '{text}'?"
    if before.isalnum() and "STAR" in accepts and "VBAR" not in accepts:
        return f"a repeat is written '{before} * {text}'"
    if {"LPAR", "COLON"} <= accepts:
        return f"parameters stand in brackets: '{before}({text})'"
    return ""


def _left_open(source: Source, base: int, at: int) -> Span | None:
    """The bracket that was left open on a line above a place, if there is one."""
    opened: list[int] = []
    for found in re.finditer(r"#[^\n]*|\"[^\"\n]*\"|[()\[\]]", source.text[base:at]):
        if found[0] in "([":
            opened.append(base + found.start())
        elif found[0] in ")]" and opened:
            opened.pop()
    if opened and "\n" in source.text[opened[-1] : at]:
        return Span(source, opened[-1], opened[-1] + 1)
    return None


def _before(source: Source, at: int) -> str:
    """The word or sign before a place, on its line."""
    line = source.text[source.text.rfind("\n", 0, at) + 1 : at][-100:]
    found = re.search(r"(\w+|[^\w\s])[ \t]*$", line)
    return found[1] if found else ""


def _opening(source: Source, span: Span) -> Span:
    """The last line above that ends in ':', which opened a body."""
    above = source.text[max(0, span.start - 10_000) : span.start]
    ends = [m.start() for m in re.finditer(r":[ \t]*(?:#[^\n]*)?(?:\n|$)", above)]
    if not ends:
        return span
    end = span.start - len(above) + ends[-1] + 1
    start = source.text.rfind("\n", 0, end) + 1
    start += len(source.text[start:end]) - len(source.text[start:end].lstrip(" \t"))
    return Span(source, start, end)


def _token_span(token: Token, source: Source, base: int) -> Span:
    if token.type in _WORDS or token.start_pos is None:
        at = base + (token.start_pos or 0)
        if token.type == "$END":
            at = len(source.text[: base + (token.end_pos or 0)].rstrip())
        if token.type in {"_INDENT", "_DEDENT"}:
            return _line_after(source, base + (token.end_pos or 0))
        return Span(source, at, at)
    return Span(source, base + token.start_pos, base + (token.end_pos or 0))


def _line_after(source: Source, at: int) -> Span:
    """The first word of the line whose indentation ends at `at`."""
    match = re.compile(r"\S+").match(source.text, at)
    return Span(source, at, match.end() if match else at)


def _character(sign: str) -> str:
    if sign.isprintable():
        return f"the character '{sign}'"
    return f"the character U+{ord(sign):04X}" if sign else "the end of the text"


def _sign_hint(sign: str) -> str:
    if sign and not sign.isascii():
        name = unicodedata.name(sign, "")
        return f"it is U+{ord(sign):04X} {name}; all but comments is plain ASCII"
    if sign == '"':
        return "the quote is never closed on this line"
    if sign == "'":
        return "names are written without quotes; only 'use \"file.res\"' has them"
    if sign == ".":
        return "a fraction has digits on both sides: 0.5, 3.0"
    if sign and sign in "{};":
        return "bodies are indented lines after ':', as in Python"
    return ""


def is_aftermath(fault: UnexpectedInput | LayoutFault) -> bool:
    """Whether a fault after another one only says that its line is gone."""
    return isinstance(fault, UnexpectedToken) and fault.expected == {"_INDENT"}
