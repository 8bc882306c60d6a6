"""Labels with a point: `convs.{i}: conv 3x3, 64` is the next member of a list.

A list is no sequence: each of its members stands wherever the body has use for it.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from resdsl.core.catalog import NotAvailable, OutOfRange
from resdsl.core.diagnostic import Stop
from resdsl.core.source import Span
from resdsl.ir.net import Group
from resdsl.lower.names import Names
from resdsl.lower.repeats import check_sequence
from resdsl.lower.unit import UnitBuilder
from resdsl.syntax import ast


@contextmanager
def listed(
    b: UnitBuilder, label: ast.Ident | None, span: Span
) -> Generator[ast.Ident | None]:
    """Make an item a member of the list that its label names, if it names one.

    Yields:
        The label that the item itself has: none, for a member.

    Raises:
        Stop: it is no layer, block, group or repeat, or stands in a sequence.
    """
    name, _, number = label.text.partition(".") if label else ("", "", "")
    if label is None or not number.isdigit():
        yield label
        return
    if b.names is not b.own_names or b.names.numbered:
        message = "a sequence has its own numbers, and no lists"
        hint = "declare a block with this body, and use it here"
        raise Stop(NotAvailable(label.span, message, hint=hint))
    if len(number) > 9 or number != str(int(number)):
        message = f"the members of a list are 0, 1, 2..., found '{number[:12]}'"
        raise Stop(OutOfRange(label.span, message))
    x = b.known(span)
    b.names.member(ast.Ident(name, label.span), int(number))
    names = Names(b.report, numbered=True, first=int(number))
    with b.collecting(names) as items:
        yield None
    members = check_sequence(items, f"the list '{name}'")
    if members and x is not None and b.now is not None:
        b.items.append(Group(name, members, x, b.now, span, b.statement))
