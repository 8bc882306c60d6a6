"""Layers, blocks and repeats of a net, each worked out once for all nets of a file.

A block is kept as a unit. What stands in a net's own body is kept here, so that the
nets of a sweep share what they have in common: it is the same for equal values of the
names that it mentions, behind the same tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping

from resdsl.lower.memory import Placed
from resdsl.lower.scope import identity_key, settings_key
from resdsl.lower.unit import UnitBuilder
from resdsl.syntax import ast
from resdsl.values.expr import Traced, TracedFloat
from resdsl.values.guards import is_list


def once(
    b: UnitBuilder, call: ast.Call, name: str, key: Hashable, make: Callable[[], None]
) -> None:
    """Let `make` add the one item `name` to the body, or add what it made before.

    `key` holds all that the item depends on besides the tensor at hand and what is in
    force in the whole body.

    Raises:
        Stop: it has a finding.
    """
    x = b.now
    if b.declared.role != "net" or b.failure or x is None:
        make()
        return
    inside = len(b.open) > 1 or bool(b.items), b.names.numbered
    tensor = traced_key(x.channels), x.spatial, x.last
    force = settings_key(b.settings), tuple(b.expanded.items())
    place = (id(call), name, b.statement, *inside)
    made = b.program.placed((place, key, tensor, force), lambda: _placed(b, make))
    if made is not None:
        b.items.append(made.item)
        b.now = made.y
        b.pinned |= made.pinned


def _placed(b: UnitBuilder, make: Callable[[], None]) -> Placed | None:
    """What `make` adds, taken from the body again; nothing when it has findings."""
    outer, b.pinned = b.pinned, set()
    try:
        make()
    finally:
        pinned = frozenset(b.pinned)
        b.pinned |= outer
    if b.failure or b.now is None:
        return None
    return Placed(b.items.pop(), b.now, pinned)


def values_key(b: UnitBuilder, names: Iterable[str]) -> Hashable:
    """A key of all that these names stand for in the body."""
    return tuple([(name, traced_key(b.scope.get(name))) for name in names])


def arguments_key(given: Mapping[str, object]) -> Hashable:
    """A key of the arguments of a block."""
    return tuple([(name, traced_key(value)) for name, value in given.items()])


def traced_key(value: object) -> Hashable:
    """A hashable key of a value and of the formulas that it came from."""
    if type(value) is int:
        return value
    if isinstance(value, Traced | TracedFloat):
        return identity_key(value), value.expr
    if is_list(value):
        return type(value).__name__, tuple([traced_key(part) for part in value])
    return identity_key(value)
