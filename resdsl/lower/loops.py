"""The turns of a `for`."""

from __future__ import annotations

from collections.abc import Iterator

from resdsl.core.catalog import OutOfRange, WrongType
from resdsl.core.diagnostic import Stop
from resdsl.lower.unit import UnitBuilder
from resdsl.ops.types import describe
from resdsl.syntax import ast
from resdsl.values.guards import is_list


def turns(b: UnitBuilder, tree: ast.For) -> Iterator[object]:
    """Each value of the list, which during its turn the loop's names stand for.

    Raises:
        Stop: there is no list, its values do not fit the names, or its turns have made
            too much.
    """
    values = b.evaluator.value(tree.values)
    if not is_list(values):
        message = f"expected a list, found {describe(values)}"
        raise Stop(WrongType(tree.values.span, message, hint="range(n) is one"))
    names = [name.text for name in tree.names]
    for name in names:
        if name in b.declared_at and name not in b.scope:
            b.declared_at.pop(name)
    shadowed = {name: b.scope[name] for name in names if name in b.scope}
    b.loops += 1
    try:
        for value in values:
            b.scope.update(zip(names, _named(tree, value), strict=True))
            yield value
            if b.failure:
                break
            b.bound_operators(len(b.items), tree.span)
    finally:
        b.loops -= 1
        for name in names:
            b.scope.pop(name, None)
        b.scope.update(shadowed)


def _named(tree: ast.For, value: object) -> tuple[object, ...]:
    """What each of the loop's names stands for."""
    if len(tree.names) == 1:
        return (value,)
    wanted = f"a list of {len(tree.names)}"
    if not is_list(value):
        message = f"expected {wanted} in each turn, found {describe(value)}"
        raise Stop(WrongType(tree.values.span, message))
    if len(value) != len(tree.names):
        message = f"expected {wanted} in each turn, found one of {len(value)}"
        raise Stop(OutOfRange(tree.values.span, message))
    return tuple(value)
