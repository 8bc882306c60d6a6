"""Units and items kept from one net of a file to its next: each is built once.

A unit is the same for equal arguments, input and settings: that is its key. But to
build it takes steps and levels of a net's budget too, and must not lead back to what is
being built. A unit is taken from here only where all of that would end as when it was
built; in any doubt it is built again. So no net can tell what was built before it. The
same holds for an item of a net's own body.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator
from typing import cast

from resdsl.core.record import NamedTuple
from resdsl.core.source import Span
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
    pinned: frozenset[str]
    """The parameters that decided something about it."""
    repeated: int
    """Its operators, if it is a repeat."""


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
    parts: tuple[Built, ...]
    """The units that it uses itself."""

    def beyond(self, known: Container[Hashable]) -> dict[Hashable, Built]:
        """It and all that it uses, by key, as far as not known."""
        if not self.parts:
            return {self.key: self}
        found: dict[Hashable, Built] = {self.key: self}
        waiting = [*self.parts]
        while waiting:
            built = waiting.pop()
            if built.key not in found and built.key not in known:
                found[built.key] = built
                waiting += built.parts
        return found


class Memory:
    """As much as fits, the latest used. What is left out is built again."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Built] = {}
        self._steps = 0
        self._mentioned: dict[int, tuple[ast.Call, tuple[str, ...]]] = {}

    def mentioned(self, call: ast.Call) -> tuple[str, ...]:
        """The names in a call: what it may depend on."""
        found = self._mentioned.get(id(call))
        if found is None:
            found = call, tuple(dict.fromkeys(_names(call)))
            self._mentioned[id(call)] = found
        return found[1]

    def find(self, key: Hashable) -> Built | None:
        """What is kept for a key."""
        found = self._kept.pop(key, None)
        if found is not None:
            self._kept[key] = found
        return found

    def keep(self, built: Built) -> None:
        """Keep it, and let go of those that were not used for longest."""
        known = self._kept.pop(built.key, None)
        self._steps += built.steps - (known.steps if known else 0)
        self._kept[built.key] = built
        while self._steps > MOST_STEPS:
            oldest = next(iter(self._kept))
            self._steps -= self._kept.pop(oldest).steps


def _names(tree: object) -> Iterator[str]:
    if isinstance(tree, ast.Name):
        yield tree.text
    elif isinstance(tree, ast.Call):
        yield tree.name.text
    if isinstance(tree, tuple) and not isinstance(tree, Span):
        for part in cast("tuple[object, ...]", tree):
            yield from _names(part)
