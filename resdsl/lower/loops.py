"""The turns of a `for`."""

from __future__ import annotations

from collections.abc import Iterator

from resdsl.lower.unit import UnitBuilder
from resdsl.lower.unpack import listed, unpack
from resdsl.syntax import ast


def turns(b: UnitBuilder, tree: ast.For) -> Iterator[object]:
    """Each value of the list, which during its turn the loop's names stand for.

    Raises:
        Stop: there is no list, its values do not fit the names, or its turns have made
            too much.
    """
    span = tree.values.span
    values = listed(b.evaluator.value(tree.values), span)
    names = [name.text for name in tree.names]
    for name in names:
        if name in b.declared_at and name not in b.scope:
            b.declared_at.pop(name)
    shadowed = {name: b.scope[name] for name in names if name in b.scope}
    b.loops += 1
    try:
        for value in values:
            b.scope.update(unpack(tree.names, value, span))
            yield value
            if b.failure:
                break
            b.bound_operators(len(b.items), tree.span)
    finally:
        b.loops -= 1
        for name in names:
            b.scope.pop(name, None)
        b.scope.update(shadowed)
