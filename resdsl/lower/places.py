"""Places in lists: what an index or a slice may say."""

from __future__ import annotations

from resdsl.core.catalog import BadIndex, WrongType
from resdsl.core.diagnostic import Stop
from resdsl.core.source import Span
from resdsl.ops.types import describe
from resdsl.values.guards import is_list, is_whole


def items_of(value: object, span: Span) -> tuple[object, ...]:
    """What a list holds.

    Raises:
        Stop: it is no list.
    """
    if not is_list(value):
        message = f"expected a list before '[', found {describe(value)}"
        raise Stop(WrongType(span, message))
    return value


def place_in(items: tuple[object, ...], at: object, span: Span, behind: bool) -> int:
    """An index of `items`, which may be the one behind the last.

    Raises:
        Stop: it is none.
    """
    if not is_whole(at):
        message = f"expected a whole number as index, found {describe(at)}"
        raise Stop(WrongType(span, message))
    last = len(items) - (not behind)
    if not -len(items) <= at <= last:
        message = f"index {int(at)} is outside a list of {len(items)}"
        expected = f"0 to {last}" if last >= 0 else "a list that is not empty"
        raise Stop(BadIndex(span, message, expected=expected))
    return int(at)
