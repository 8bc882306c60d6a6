"""A unit's names in the terms of whoever uses it."""

from __future__ import annotations

from collections.abc import Mapping

from resdsl.ir.net import Instance, Unit
from resdsl.values.expr import Expr, expr_of, substitute, variables
from resdsl.values.guards import is_number
from resdsl.values.shape import Shape


def bindings_of(instance: Instance) -> dict[str, Expr]:
    """A unit's numbers in the terms of the caller of `instance`."""
    return bind_unit(instance.unit, dict(instance.args), instance.x)


def bind_unit(unit: Unit, args: Mapping[str, object], x: Shape) -> dict[str, Expr]:
    """A unit's numbers in the terms of whoever gives it `args` and the input `x`."""
    bindings = bind_params(unit, args, x)
    for name, expr in unit.lets:
        bindings[name] = substitute(expr, bindings)
    return bindings


def bind_params(unit: Unit, args: Mapping[str, object], x: Shape) -> dict[str, Expr]:
    """`bind_unit` without the `let`s, which a unit's own shapes do not speak of."""
    bindings: dict[str, Expr] = {"in_channels": expr_of(x.channels)}
    for param in unit.params:
        item = args.get(param.name, param.default)
        if is_number(item):
            known = param.name in args
            expr = expr_of(item)
            bindings[param.name] = expr if known else substitute(expr, bindings)
    return bindings


def net_bindings(unit: Unit) -> dict[str, Expr]:
    """A net's pinned parameters are their values; the others stay free.

    One whose default is a formula is that formula.
    """
    bindings: dict[str, Expr] = {}
    for param in unit.params:
        if not is_number(param.value):
            continue
        if param.name in unit.pinned:
            bindings[param.name] = param.value
        elif variables(expr_of(param.value)):
            bindings[param.name] = substitute(expr_of(param.value), bindings)
    for name, expr in unit.lets:
        bound = substitute(expr, bindings)
        if not variables(bound):
            bindings[name] = bound
    return bindings
