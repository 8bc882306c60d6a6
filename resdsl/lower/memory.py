"""Units and items kept from one net of a file to its next: each is built once.

A unit is the same for equal arguments, input and settings: that is its key. But to
build it takes steps and levels of a net's budget too, and must not lead back to what is
being built. A unit is taken from here only where all of that would end as when it was
built; in any doubt it is built again. So no net can tell what was built before it. The
same holds for an item of a net's own body.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import cast

from resdsl.core.record import NamedTuple
from resdsl.core.source import Span
from resdsl.ir.count import Cost
from resdsl.ir.net import Item, Unit
from resdsl.lower.scope import Declared
from resdsl.syntax import ast
from resdsl.values.shape import Shape

MOST_STEPS = 500_000
"""Steps of all that is kept. One leaves up to 80 bytes behind, so all 40 MB."""


class Placed(NamedTuple):
    """One item of a net's own body, and what follows from it there."""

    item: Item
    y: Shape
    """What the next item takes."""
    key: Hashable
    """By which that is told apart."""
    cost: Cost
    pinned: frozenset[str]
    """The parameters that decided something about it."""
    repeated: int
    """Its operators, if it is a repeat."""


class Need(NamedTuple):
    """What an item depends on: a name in sight, or one place in a list of that name."""

    name: str
    path: tuple[int | str, ...] = ()
    """The indices that lead there: numbers, or names of such."""


class Built(NamedTuple):
    """A unit or an item, and what building it took."""

    key: Hashable
    declared: Declared | None
    """Whose unit it is."""
    made: Unit | Placed
    steps: int
    """Without those of its parts."""
    height: int
    """How many levels lie within it, those of its parts included."""
    within: tuple[Built, ...]
    """All units that it uses, those of its parts included."""


class Recalled:
    """What one body knows sooner, since it is much like those of other nets."""

    __slots__ = ("costs", "keys")

    def __init__(self) -> None:
        self.costs: dict[int, Cost] = {}
        """Those of its kept items, by their identity."""
        self.keys: dict[str, tuple[object, Hashable]] = {}
        """What each name stood for when its key was last asked for, and that key."""


class Memory:
    """As much as fits, the newest. What is left out is built again."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Built] = {}
        self._steps = 0
        self._needs: dict[int, tuple[ast.Call, tuple[Need, ...]]] = {}

    def needs(self, item: ast.Item) -> tuple[Need, ...]:
        """What an item may depend on, its label aside."""
        call = item.call  # which is its own, also where the item has another label
        found = self._needs.get(id(call))
        if found is None:
            found = call, tuple(dict.fromkeys(_needs((call, item.times))))
            self._needs[id(call)] = found
        return found[1]

    def find(self, key: Hashable) -> Built | None:
        """What is kept for a key."""
        return self._kept.get(key)

    def keep(self, built: Built) -> None:
        """Keep it, and let go of the oldest."""
        known = self._kept.pop(built.key, None)
        self._steps += built.steps - (known.steps if known else 0)
        self._kept[built.key] = built
        while self._steps > MOST_STEPS:
            oldest = next(iter(self._kept))
            self._steps -= self._kept.pop(oldest).steps


def _needs(tree: object, bound: bool = False) -> Iterator[Need]:
    """The needs of a tree; among names `bound` by a list no index says which place."""
    if isinstance(tree, ast.Index) and not bound:
        need = _place(tree)
        if need is not None:
            yield need
            yield from (Need(at) for at in need.path if isinstance(at, str))
            return
    if isinstance(tree, ast.Name):
        yield Need(tree.text)
    elif isinstance(tree, ast.Call):
        yield Need(tree.name.text)
    if isinstance(tree, tuple) and not isinstance(tree, Span):
        bound = bound or isinstance(tree, ast.Comprehension)
        for part in cast("tuple[object, ...]", tree):
            yield from _needs(part, bound)


def _place(tree: ast.Index) -> Need | None:
    """The place that an index means, where that can be told without working it out."""
    path: list[int | str] = []
    base: ast.Expr = tree
    while isinstance(base, ast.Index):
        at = base.at
        if isinstance(at, ast.Number) and at.text.isdigit() and len(at.text) < 10:
            path.append(int(at.text))
        elif isinstance(at, ast.Name) and not at.counts:
            path.append(at.text)
        else:
            return None
        base = base.base
    if isinstance(base, ast.Name) and not base.counts:
        return Need(base.text, tuple(reversed(path)))
    return None
