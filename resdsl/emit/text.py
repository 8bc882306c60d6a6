"""The only texts that may reach a page: identifiers, literals, comments, documentation.

Input never becomes code because of its type: a template refuses a plain `str`, and each
constructor here accepts only what cannot be more than it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from resdsl.values.expr import Expr, expr_of, literal, render, substitute
from resdsl.values.language import Extent, Symbol

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_MEMBER = re.compile(r"[A-Za-z0-9_](?:-?[A-Za-z0-9_]){0,63}")


class Code(str):
    """Text that is safe as code. Made by the functions of this room, never from input.

    What is computed from it, by joining or slicing, is a plain `str` again.
    """

    __slots__ = ()

    def __html__(self) -> str:
        """Jinja's word for text that needs no escape."""
        return self


def identifier(name: str) -> Code:
    """A name as code.

    Raises:
        ValueError: it is not an ASCII identifier.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"not an identifier: {name!r}")
    return Code(name)


def member(name: str) -> Code:
    """The name of a sequence's member, which stands in quotes.

    Raises:
        ValueError: it holds anything else than letters, digits, `_` and single `-`.
    """
    if not _MEMBER.fullmatch(name):
        raise ValueError(f"not a member: {name[:80]!r}")
    return Code(name)


def attribute(path: str) -> Code:
    """Where a module is kept: `conv1`, or `stages["0"]["conv1"]` for `stages.0.conv1`.

    Raises:
        ValueError: it is no path of names.
    """
    first, *rest = path.split(".")
    return Code(identifier(first) + "".join(f'["{member(part)}"]' for part in rest))


def variable(path: str) -> Code:
    """A local name for what is called `path`.

    Raises:
        ValueError: it is no path of names.
    """
    return identifier(path.replace(".", "_"))


def formula(expr: Expr, bindings: Mapping[str, Expr]) -> Code:
    """A number's formula as code, with known parameters put in."""
    return Code(render(substitute(expr, bindings)))


def value(item: object, bindings: Mapping[str, Expr]) -> Code:
    """A value of the language as a Python literal or formula; empty for none.

    Raises:
        TypeError: the value has no literal.
    """
    if item is None:
        return Code("")
    if isinstance(item, bool):
        return Code(str(item))
    if isinstance(item, Extent):
        sizes = [formula(expr_of(size), bindings) for size in item]
        return sizes[0] if len(set(sizes)) == 1 else Code(f"({', '.join(sizes)})")
    if isinstance(item, int | float):
        return formula(expr_of(item), bindings)
    if isinstance(item, Symbol):
        return Code(f'"{identifier(item)}"')
    raise TypeError(f"no literal for {type(item).__name__}")


def number(item: float) -> Code:
    """A plain number as a literal."""
    return Code(literal(item))


def span(start: Code, stop: Code) -> Code:
    """A slice; formulas stand apart from the colon, as ruff has it."""
    apart = "" if start.isalnum() and stop.isalnum() else " "
    return Code(f"{start}{apart}:{apart}{stop}")


def free_name(wanted: str, taken: set[str]) -> str:
    """`wanted`, or the first of its numbered forms that is not taken; now it is."""
    name, number_ = wanted, 1
    while name in taken:
        number_ += 1
        name = f"{wanted}{number_}"
    taken.add(name)
    return name


def prose(text: str) -> Code:
    """Free text for a comment or docstring: one line, nothing that could end either."""
    quoted = text.replace('"', "'").replace("\\", "/")
    kept = "".join(c if c.isprintable() else " " for c in quoted)
    return Code(" ".join(kept.split()))


def join(parts: Iterable[Code], separator: str = ", ") -> Code:
    """Codes in a row."""
    return Code(separator.join(parts))


def pascal(name: str) -> Code:
    """`basic_block` as a class name: `BasicBlock`; numbers stay apart: `Wrn28_10`."""
    made = ""
    for word in filter(None, name.split("_")):
        apart = made and word[0].isdigit() and made[-1].isdigit()
        made += ("_" if apart else "") + word[0].upper() + word[1:]
    return identifier(made if made and not made[0].isdigit() else f"Net{made}")
