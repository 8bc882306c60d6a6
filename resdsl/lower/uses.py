"""Layers and blocks where they are used: a call becomes an item of the body."""

from __future__ import annotations

from typing import Any

from resdsl.core.catalog import NotAvailable, UnknownLayer, UnknownName
from resdsl.core.diagnostic import Frame, Stop
from resdsl.core.nearest import did_you_mean
from resdsl.core.source import Span
from resdsl.files import STD
from resdsl.ir.bindings import bind_params
from resdsl.ir.net import Instance, Node, Unit
from resdsl.lower.bind import require
from resdsl.lower.scope import BlockRef, Callee, LayerRef
from resdsl.lower.unit import UnitBuilder
from resdsl.ops.base import KINDS, Kind
from resdsl.ops.fault import Fault
from resdsl.ops.merge import BODIES, JOINS
from resdsl.ops.types import describe
from resdsl.syntax import ast
from resdsl.values.expr import (
    Expr,
    expr_of,
    is_formula,
    substitute,
    traced,
    variables,
)
from resdsl.values.shape import Shape


def callee_of(b: UnitBuilder, name: ast.Ident) -> Callee:
    """The layer or block that a name stands for.

    Raises:
        Stop: it stands for neither.
    """
    try:
        value = b.evaluator.callee(name.text, name.span)
    except Stop as stop:
        if not isinstance(stop.diagnostic, UnknownName):
            raise
        refuse_merge(name)
        blocks = [n for n, v in b.scope.items() if isinstance(v, BlockRef | LayerRef)]
        hint = did_you_mean(name.text, [*KINDS, *b.declared.file, *blocks, *BODIES])
        if name.text in (path.stem for path in STD.glob("*.res")):
            hint = f"write 'use {name.text}' at the top of the file"
        message = f"there is no layer or block '{name.text}'"
        raise Stop(UnknownLayer(name.span, message, hint=hint)) from None
    if isinstance(value, BlockRef) and value.declared.role == "shortcut":
        message = f"'{name.text}' is a shortcut rule, not a block"
        hint = f"choose it with 'use shortcut {name.text}'"
        raise Stop(UnknownLayer(name.span, message, hint=hint))
    if isinstance(value, BlockRef) and value.declared.role == "net":
        message = f"'{name.text}' is a net, not a block"
        hint = "a net is complete; declare a block to use it inside another"
        raise Stop(UnknownLayer(name.span, message, hint=hint))
    if not isinstance(value, BlockRef | LayerRef):
        message = f"'{name.text}' is {describe(value)}, not a layer or a block"
        raise Stop(UnknownLayer(name.span, message))
    return value


def refuse_merge(name: ast.Ident) -> None:
    """Refuse the name of a merge in the place of a layer.

    Raises:
        Stop: it is one.
    """
    if name.text in BODIES:
        message = f"'{name.text}' is a merge: it needs a body"
        hint = f"write '{name.text}:' and indent the body"
        raise Stop(UnknownLayer(name.span, message, hint=hint)) from None
    if name.text in JOINS:
        message = f"'{name.text}' joins tensors, and is no layer to be repeated"
        raise Stop(UnknownLayer(name.span, message)) from None


def _make(b: UnitBuilder, ref: LayerRef, call: ast.Call, later: bool) -> Kind:
    kind = KINDS[ref.name]
    given: dict[str, Any] = dict(ref.bound)
    bound = b.bind_kind(kind, call.args, frozenset(given))
    given.update((name, value) for name, (value, _) in bound.items())
    if later and "stride" in given:
        given["stride"] = 1
    if b.settings.defaults:
        given = b.settings.of_layer(kind.name) | given
    require(kind.name, kind.signature, given, call.span)
    return kind(**given)


def layer(
    b: UnitBuilder, ref: LayerRef, call: ast.Call, name: str, later: bool = False
) -> None:
    """Add one layer to the body; a `later` one of a repeat has stride 1.

    Raises:
        Stop: it has a finding.
    """
    kind = _make(b, ref, call, later)
    x = b.known(call.span)
    if x is None:
        return
    try:
        y = b.plain_sizes(kind.output(x))
    except Fault as fault:
        raise Stop(fault.at(call.span)) from None
    if kind.whole and not b.begins:
        message = f"{kind.name} takes whole numbers, which no layer gives"
        hint = "make it the first layer of the net"
        raise Stop(NotAvailable(call.span, message, hint=hint))
    held = b.names.numbered or "." in name
    if held and any(weight.bare for weight in kind.weights(x)):
        what = "a sequence" if b.names.numbered else "what only holds modules"
        message = f"{kind.name} is a tensor, and {what} has none for a member"
        hint = "declare a block with this body, and use it here"
        raise Stop(NotAvailable(call.span, message, hint=hint))
    b.push(Node(name, kind, x, y, call.span, b.statement))


def instance(
    b: UnitBuilder, ref: BlockRef, call: ast.Call, name: str, span: Span
) -> None:
    """Add one use of a block to the body.

    Raises:
        Stop: it has a finding.
    """
    given = arguments(b, ref, call)
    x = b.known(call.span)
    push_instance(b, use(b, ref, given, x, name, span))


def push_instance(b: UnitBuilder, instance: Instance | None) -> None:
    """Go on from an instance; without one, the shape is unknown."""
    if instance is None:
        b.now = None
    else:
        b.push(instance)


def arguments(b: UnitBuilder, ref: BlockRef, call: ast.Call) -> dict[str, object]:
    """The arguments of a block, those bound before included.

    Raises:
        Stop: one is wrong or missing.
    """
    given = dict(ref.bound)
    bound = b.bind_block(ref, call.args)
    given.update((name, value) for name, (value, _) in bound.items())
    require(ref.declared.name, ref.declared.params, given, call.span)
    return given


def use(
    b: UnitBuilder,
    ref: BlockRef,
    given: dict[str, object],
    x: Shape | None,
    name: str,
    span: Span,
    where: str = "",
) -> Instance | None:
    """An instance of a block or rule for input `x`; nothing when it has findings."""
    frame = Frame(f"{where or name}: {ref.declared.role} '{ref.declared.name}'", span)
    unit = b.program.unit(ref.declared, given, x, b.settings, (*b.trail, frame))
    if unit is None or x is None:
        b.failure = b.failure or b.program.first_failure()
        return None
    b.program.budget.spend(len(unit.lets) + len(unit.params), span)
    bindings = bind_params(unit, given, x)
    _pin_through(b, unit, bindings)
    y = unit.y._replace(channels=_rebound(unit.y.channels, bindings))
    steps = tuple(_rebound(step, bindings) for step in unit.steps)
    args = tuple((p.name, given[p.name]) for p in unit.params if p.name in given)
    return Instance(name, unit, args, x, y, steps, span, b.statement)


def _rebound(number: int, bindings: dict[str, Expr]) -> int:
    """A number of a unit in the terms of whoever uses it."""
    if not is_formula(expr := expr_of(number)):
        return number
    return traced(int(number), substitute(expr, bindings))


def _pin_through(b: UnitBuilder, unit: Unit, bindings: dict[str, Expr]) -> None:
    for name in unit.pinned:
        if is_formula(expr := bindings.get(name, 0)):
            b.pinned |= variables(b.expand_expr(expr))
