"""Arguments to parameters: one set of rules for layers, blocks, rules and nets."""

from __future__ import annotations

import re
from collections.abc import Callable, Container

from resdsl.core.catalog import (
    DuplicateArgument,
    MissingArgument,
    TooManyArguments,
    UnknownArgument,
)
from resdsl.core.diagnostic import Diagnostic, Frame, Stop
from resdsl.core.nearest import did_you_mean
from resdsl.core.record import NamedTuple
from resdsl.core.source import Span
from resdsl.lower.scope import Parameter
from resdsl.ops.base import Signature
from resdsl.syntax import ast

Slot = Parameter | Signature
"""One parameter, as binding sees it; a layer's signature tells more than that."""


class Bound(NamedTuple):
    """The value given for a parameter, and where."""

    value: object
    span: Span


def bind(
    what: str,
    slots: tuple[Slot, ...],
    args: tuple[ast.Arg, ...],
    evaluate: Callable[[ast.Expr], object],
    report: Callable[[Diagnostic], None],
    taken: frozenset[str] = frozenset(),
) -> dict[str, Bound]:
    """The arguments by parameter. Every argument that is wrong is reported.

    `taken` are parameters that a partial call has filled; a positional argument skips
    them. An argument whose value cannot be had is reported and left out.

    Raises:
        Stop: an argument has no parameter; further checks would only repeat it.
    """
    free = (s.name for s in slots if s.positional and s.name not in taken)
    bound: dict[str, Bound] = {}
    failed: Diagnostic | None = None
    for arg in args:
        if arg.keyword is None:
            name = next(free, "")
            if not name:
                failed = _too_many(what, slots, taken, arg)
                break
        else:
            name = arg.keyword.text
            if all(slot.name != name for slot in slots):
                failed = _unknown(what, name, slots, arg)
                report(failed)
                continue
        if name in bound:
            first = (Frame(f"'{name}' is first given here", bound[name].span),)
            message = f"{what} gets '{name}' twice"
            report(DuplicateArgument(arg.span, message, related=first))
            continue
        try:
            bound[name] = Bound(evaluate(arg.value), arg.value.span)
        except Stop as stop:
            failed = stop.diagnostic
            report(failed)
    if failed is not None:
        raise Stop(failed)
    return bound


def require(
    what: str, slots: tuple[Slot, ...], given: Container[str], span: Span
) -> None:
    """Check that every required parameter has a value.

    Raises:
        Stop: some have none.
    """
    missing = [slot.name for slot in slots if slot.required and slot.name not in given]
    if missing:
        names = " and ".join(f"'{name}'" for name in missing)
        raise Stop(
            MissingArgument(
                span,
                f"{what} needs {names}",
                expected=_usage(what, slots),
            )
        )


def _usage(what: str, slots: tuple[Slot, ...]) -> str:
    words = [
        slot.name if slot.positional else f"{slot.name}=..."
        for slot in slots
        if slot.required or slot.positional
    ]
    return f"{what} {', '.join(words)}".rstrip()


def _unknown(
    what: str, name: str, slots: tuple[Slot, ...], arg: ast.Arg
) -> UnknownArgument:
    names = [slot.name for slot in slots]
    hint = did_you_mean(name, names)
    message = f"{what} has no argument '{name}'"
    if not hint:
        hint = f"{what} takes: {', '.join(names)}" if names else f"{what} takes none"
    span = arg.keyword.span if arg.keyword else arg.span
    return UnknownArgument(span, message, hint=hint)


def _too_many(
    what: str, slots: tuple[Slot, ...], taken: frozenset[str], arg: ast.Arg
) -> TooManyArguments:
    number = sum(slot.positional and slot.name not in taken for slot in slots)
    message = (
        f"{what} takes {number or 'no'} positional argument{'s' * (number != 1)}"
        if number
        else f"{what} takes no positional arguments"
    )
    named = [slot.name for slot in slots if not slot.positional]
    hint = f"by name it also takes: {', '.join(named)}" if named else ""
    if re.fullmatch(r"x[0-9]+", arg.span.text):
        hint = "a repeat is written before its unit: '3 * unit'"
    return TooManyArguments(arg.span, message, expected=_usage(what, slots), hint=hint)
