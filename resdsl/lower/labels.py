"""Labels whose number is worked out: `stage{i + 1}`."""

from __future__ import annotations

from resdsl.core.catalog import WrongType
from resdsl.core.diagnostic import Stop
from resdsl.lower.unit import UnitBuilder
from resdsl.ops.types import describe
from resdsl.syntax import ast
from resdsl.values.guards import is_whole


def settled_label(b: UnitBuilder, label: ast.Ident) -> ast.Ident:
    """A label with its number, if it has one.

    Raises:
        Stop: it is no whole number.
    """
    if label.number is None:
        return label
    value = b.evaluator.value(label.number)
    b.pin(value)
    if not is_whole(value) or value < 0:
        message = f"expected a whole number in a label, found {describe(value)}"
        raise Stop(WrongType(label.number.span, message))
    return ast.Ident(f"{label.text}{int(value)}", label.span)
