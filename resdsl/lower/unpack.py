"""What the names of a `let` stand for, or of a loop in one of its turns."""

from __future__ import annotations

from collections.abc import Sequence

from resdsl.core.catalog import OutOfRange, WrongType
from resdsl.core.diagnostic import Stop
from resdsl.core.source import Span
from resdsl.ops.types import describe
from resdsl.syntax import ast
from resdsl.values.guards import is_list


def unpack(names: Sequence[ast.Ident], value: object, span: Span) -> dict[str, object]:
    """`value` under the one name there is, or its members under theirs.

    Raises:
        Stop: there are several names, and `value` is no list of so many.
    """
    if len(names) == 1:
        return {names[0].text: value}
    wanted = f"expected a list of {len(names)}, one for each name"
    if not is_list(value):
        raise Stop(WrongType(span, f"{wanted}, found {describe(value)}"))
    if len(value) != len(names):
        raise Stop(OutOfRange(span, f"{wanted}, found one of {len(value)}"))
    return {name.text: part for name, part in zip(names, value, strict=True)}


def listed(value: object, span: Span) -> tuple[object, ...]:
    """`value`, which is what a loop goes through.

    Raises:
        Stop: it is no list.
    """
    if not is_list(value):
        message = f"expected a list, found {describe(value)}"
        raise Stop(WrongType(span, message, hint="range(n) is one"))
    return value
