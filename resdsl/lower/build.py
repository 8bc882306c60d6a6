"""A declaration becomes a unit, for given arguments and input shape."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from resdsl.core.catalog import (
    DuplicateName,
    EmptyBody,
    MissingInput,
    ReservedName,
    TooManyParameters,
)
from resdsl.core.diagnostic import Frame, Stop
from resdsl.core.limits import Limits
from resdsl.core.source import Span, comment_above
from resdsl.ir.count import cost
from resdsl.ir.net import Body, Join, Keep, Merge, Unit
from resdsl.ir.net import Param as UnitParam
from resdsl.lower.again import settled_again
from resdsl.lower.bias import settle_bias
from resdsl.lower.branches import check_nothing_is_lost, check_outputs
from resdsl.lower.repeats import check_sequence
from resdsl.lower.reserved import why_reserved
from resdsl.lower.scope import Declared, Settings
from resdsl.lower.statements import run
from resdsl.lower.strides import steps
from resdsl.lower.unit import Program, UnitBuilder
from resdsl.syntax import ast
from resdsl.values.expr import Var, traced
from resdsl.values.guards import is_number
from resdsl.values.plain import plain
from resdsl.values.shape import Shape


def build_unit(
    program: Program,
    declared: Declared,
    given: dict[str, object],
    x: Shape | None,
    settings: Settings,
    trail: tuple[Frame, ...],
) -> Unit | None:
    """The unit, or nothing when a finding stands in the way."""
    with closing(UnitBuilder(program, declared, x, settings, trail)) as b:
        return _built(b, given)


def _built(b: UnitBuilder, given: dict[str, object]) -> Unit | None:
    _admit_params(b, given)
    tree = b.declared.tree
    assert not isinstance(tree, ast.Alias)
    run(b, tree.body)
    _check_complete(b, tree.span)
    if b.failure or b.entry is None or b.now is None:
        return None
    body = tuple(settle_bias(b.items))
    if b.recurs:
        body = settled_again(body)
    try:
        check_outputs(b)
        check_nothing_is_lost(body)
        if b.declared.numbered:
            check_sequence(body, f"the {b.declared.role} '{b.declared.name}'")
    except Stop as stop:
        b.report(stop.diagnostic)
    operators, parameters, macs = cost(body, b.recalled.costs)
    _check_size(b, operators, parameters)
    if b.failure:
        return None
    return Unit(
        name=b.declared.name,
        role=b.declared.role,
        params=tuple(b.params),
        lets=tuple(b.lets),
        body=body,
        x=b.entry,
        y=b.expand_shape(b.now),
        steps=_steps(b, body),
        pinned=frozenset(b.pinned),
        operators=operators,
        parameters=parameters,
        macs=macs,
        span=tree.span,
        label=b.declared.label,
        always=isinstance(tree, ast.Shortcut) and tree.always,
        choices=tuple(dict.fromkeys(b.choices)),
        comment=comment_above(tree.span),
        numbered=b.declared.numbered,
        outputs=tuple(b.outputs),
        labels=tuple(_labels(b)),
    )


def _steps(b: UnitBuilder, body: Body) -> tuple[int, ...]:
    if b.entry is None or b.declared.role == "net":
        return ()
    return tuple(b.expand(step) for step in steps(body, b.entry.rank))


def _labels(b: UnitBuilder) -> Iterator[tuple[str, int]]:
    """The tensors of a net's own body that have names, and are no layer's."""
    if b.declared.role != "net":
        return
    found = [(label, tensor.item) for label, tensor in b.tensors.items()]
    unnamed = [
        (label, item)
        for label, item in found
        if isinstance(item, Merge | Keep | Join) or item.again
    ]
    places = {id(item): at for at, item in enumerate(b.items)} if unnamed else {}
    for label, item in unnamed:
        if id(item) in places:  # and not in a body within
            yield label, places[id(item)]


def _check_complete(b: UnitBuilder, span: Span) -> None:
    if b.declared.role == "net" and b.entry is None and not b.failure:
        b.fail(
            Stop(
                MissingInput(
                    span,
                    f"the net '{b.declared.name}' does not say what its input is",
                    hint="begin with 'input 3 x 224 x 224', or 'input 64' for a vector",
                )
            )
        )
    if not b.items and not b.failure and b.declared.role != "shortcut":
        message = f"the {b.declared.role} '{b.declared.name}' has no layer"
        b.fail(Stop(EmptyBody(span, message)))


def _admit_params(b: UnitBuilder, given: dict[str, object]) -> None:
    tree = b.declared.tree
    assert not isinstance(tree, ast.Alias)
    if isinstance(tree, ast.Shortcut):
        for name in ("channels", "stride"):
            _admit(b, UnitParam(name, given[name], 1, required=name == "channels"))
    for param in tree.params:
        name = param.name.text
        why = why_reserved(name, parameter=True)
        if why:
            hint = "input channels are inferred: 'channels' is their number"
            message = f"'{name}' cannot be a parameter: {why}"
            b.report(
                ReservedName(
                    param.name.span, message, hint=hint * (name == "in_channels")
                )
            )
        if name in b.declared_at:
            message = f"two parameters are called '{name}'"
            b.report(DuplicateName(param.name.span, message))
        b.declared_at[name] = param.name.span
        default: object = None
        if param.default is not None:
            try:
                default = b.evaluator.value(param.default)
            except Stop as stop:
                b.report(stop.diagnostic)
                default = stop
        value = plain(given[name]) if name in given else default
        _admit(b, UnitParam(name, value, default, param.default is None))


def _admit(b: UnitBuilder, param: UnitParam) -> None:
    b.params.append(param)
    value = param.value
    if is_number(value):
        b.scope[param.name] = traced(plain(value), Var(param.name))
    else:
        b.scope[param.name] = value


def _check_size(b: UnitBuilder, operators: int, parameters: int) -> None:
    span = b.declared.tree.span
    try:
        b.bound_operators(operators, span)
    except Stop as stop:
        b.report(stop.diagnostic)
    if parameters > b.limits.parameters:
        message = (
            f"'{b.declared.name}' has {parameters:,} parameters, more than "
            f"{b.limits.parameters:,}"
        )
        hint = f"raise the bound with {Limits.flag('parameters')}"
        b.report(TooManyParameters(span, message, hint=hint))
