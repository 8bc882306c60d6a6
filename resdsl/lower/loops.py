"""The turns of a `for`."""

from __future__ import annotations

from collections.abc import Iterator

from resdsl.core.catalog import WrongType
from resdsl.core.diagnostic import Stop
from resdsl.lower.unit import UnitBuilder
from resdsl.ops.types import describe
from resdsl.syntax import ast
from resdsl.values.guards import is_list


def turns(b: UnitBuilder, tree: ast.For) -> Iterator[object]:
    """Each value of the list, which during its turn the loop's name stands for.

    Raises:
        Stop: there is no list, or its turns have made too much.
    """
    values = b.evaluator.value(tree.values)
    if not is_list(values):
        message = f"expected a list, found {describe(values)}"
        raise Stop(WrongType(tree.values.span, message, hint="range(n) is one"))
    name = tree.name.text
    if name in b.declared_at and name not in b.scope:
        b.declared_at.pop(name)
    shadowed = b.scope.get(name)
    b.loops += 1
    try:
        for value in values:
            b.scope[name] = value
            yield value
            if b.failure:
                break
            b.bound_operators(len(b.items), tree.span)
    finally:
        b.loops -= 1
        if shadowed is None:
            b.scope.pop(name, None)
        else:
            b.scope[name] = shadowed
