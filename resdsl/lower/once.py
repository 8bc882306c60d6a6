"""Layers, blocks and repeats of a net, each worked out once for all nets of a file.

A block is kept as a unit. What stands in a net's own body is kept here, so that the
nets of a sweep share what they have in common: it is the same for equal values of the
names that it mentions, behind the same tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator

from resdsl.ir.count import cost
from resdsl.lower.memory import Need, Placed
from resdsl.lower.scope import identity_key, settings_key
from resdsl.lower.unit import UnitBuilder
from resdsl.syntax import ast
from resdsl.values.expr import Expr, Op, Traced, TracedFloat, expr_of, variables
from resdsl.values.guards import is_list, is_number, is_whole
from resdsl.values.shape import Shape

_MOST_VALUES = 64
"""In a list that an item mentions. To tell longer ones apart costs more than it saves,
and for every layer of a net that reads its table anew."""


def once(b: UnitBuilder, item: ast.Item, name: str, make: Callable[[], None]) -> None:
    """Let `make` add what `item` says to the body, or add what it made before.

    Raises:
        Stop: it has a finding.
    """
    key = None
    if b.declared.role == "net" and not b.failure and b.now is not None:
        key = _key(b, item, name, b.now)
    if key is None:
        make()
        return
    made = b.program.placed(key, lambda: _placed(b, make))
    if made is not None:
        b.items.append(made.item)
        b.recalled.costs[id(made.item)] = made.cost
        b.now = made.y
        b.recalled.keys[""] = made.y, made.key
        b.pinned |= made.pinned
        b.repeated += made.repeated


def _placed(b: UnitBuilder, make: Callable[[], None]) -> Placed | None:
    """What `make` adds, taken from the body again; nothing when it has findings."""
    outer, b.pinned = b.pinned, set()
    before = b.repeated
    try:
        make()
    finally:
        pinned = frozenset(b.pinned)
        b.pinned |= outer
    if b.failure or b.now is None:
        return None
    repeated, b.repeated = b.repeated - before, before
    item, key = b.items.pop(), _formula_key(b.now)
    return Placed(item, b.now, key, cost([item]), pinned, repeated)


def _key(b: UnitBuilder, item: ast.Item, name: str, x: Shape) -> Hashable:
    """Equal for what becomes the same item; nothing where that is not worth knowing.

    An item knows its statement's number, and some layers may only begin a net.
    """
    values: list[object] = [x.channels]
    told: list[Hashable] = [_key_of(b, "", x)]
    for need in b.program.needs(item):
        value = b.scope.get(need.name)
        if need.path:
            value = _at(b, value, need)
            if value is None:
                return None
        values.append(value)
        if type(value) is int or value is None:
            told.append(value)
        elif is_list(value) and not _is_short(value):
            return None
        else:
            told.append(
                _formula_key(value) if need.path else _key_of(b, need.name, value)
            )
    place = id(item.call), name, b.statement, b.begins, b.names.numbered
    lets: Hashable = ()
    if b.expanded:
        known = dict.fromkeys(_variables(values))
        said = ((n, b.expanded[n]) for n in known if n in b.expanded)
        lets = tuple([(name, _expr_key(expr)) for name, expr in said])
    return place, tuple(told), lets, settings_key(b.settings)


def _at(b: UnitBuilder, value: object, need: Need) -> object:
    """What a need's indices lead to; nothing where they lead nowhere."""
    for step in need.path:
        at = b.scope.get(step) if isinstance(step, str) else step
        if not (is_list(value) and is_whole(at) and -len(value) <= at < len(value)):
            return None
        value = value[at]
    return value


def _key_of(b: UnitBuilder, name: str, value: object) -> Hashable:
    """The key of what a name stands for now; the tensor at hand has none."""
    known, key = b.recalled.keys.get(name, (None, None))
    if known is not value:
        key = _formula_key(value)
        b.recalled.keys[name] = value, key
    return key


def _is_short(value: object) -> bool:
    left = _MOST_VALUES
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if is_list(part):
            left -= len(part)
            if left < 0:
                return False
            waiting += part
    return True


def _variables(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if is_list(value):
            yield from _variables(value)
        elif is_number(value):
            yield from variables(expr_of(value))


def _formula_key(value: object) -> Hashable:
    """A hashable key of a value and of the formulas that it came from."""
    if isinstance(value, Traced | TracedFloat):
        return identity_key(value), _expr_key(value.expr)
    if isinstance(value, Shape):
        return _formula_key(value.channels), value.spatial, value.last
    if is_list(value):
        return type(value).__name__, tuple([_formula_key(part) for part in value])
    return identity_key(value)


def _expr_key(expr: Expr) -> Hashable:
    """A formula in which 2 and 2.0 are not the same."""
    if isinstance(expr, Op):
        return expr.symbol, _expr_key(expr.left), _expr_key(expr.right)
    return identity_key(expr)
