"""Labels whose numbers are worked out: `stage{i + 1}`, `block{i}-{j}`."""

from __future__ import annotations

from resdsl.core.catalog import OutOfRange, WrongType
from resdsl.core.diagnostic import Stop
from resdsl.lower.unit import UnitBuilder
from resdsl.ops.types import describe
from resdsl.syntax import ast
from resdsl.values.guards import is_number, is_whole


def settled_label(b: UnitBuilder, label: ast.Ident) -> ast.Ident:
    """A label with its numbers, if it has any.

    Raises:
        Stop: one is no whole number.
    """
    if not label.counts:
        return label
    text = label.text
    for count in label.counts:
        span = count.value.span
        value = b.evaluator.value(count.value)
        b.pin(value)
        if not is_whole(value):
            message = f"expected a whole number in a label, found {describe(value)}"
            hint = "'//' divides whole numbers" if is_number(value) else ""
            raise Stop(WrongType(span, message, hint=hint))
        if value < 0:
            message = f"expected at least 0 in a label, found {int(value)}"
            raise Stop(OutOfRange(span, message))
        text += f"{count.joint}{int(value)}"
    return ast.Ident(text + label.end, label.span)
