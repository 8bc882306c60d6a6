"""Units kept from one net of a file to its next, so that each is built once.

A unit is the same for equal arguments, input and settings: that is its key. But to
build it takes steps and levels of a net's budget too, and must not lead back to what is
being built. A unit is taken from here only where all of that would end as when it was
built; in any doubt it is built again. So no net can tell what was built before it.
"""

from __future__ import annotations

from collections.abc import Container, Hashable

from resdsl.core.record import NamedTuple
from resdsl.ir.net import Unit
from resdsl.lower.scope import Declared

MOST_STEPS = 500_000
"""Steps of all that is kept. One leaves some 44 bytes behind, so all 22 MB."""


class Built(NamedTuple):
    """A unit, and what building it took."""

    key: Hashable
    declared: Declared
    unit: Unit
    steps: int
    """Without those of its parts."""
    level: int
    """How many levels lay around it."""
    parts: tuple[Built, ...]
    """The units that it uses itself."""

    def beyond(self, known: Container[Hashable]) -> dict[Hashable, Built]:
        """It and all that it uses, by key, as far as not known."""
        found: dict[Hashable, Built] = {}
        waiting: list[Built] = [self]
        while waiting:
            built = waiting.pop()
            if built.key not in found and built.key not in known:
                found[built.key] = built
                waiting += built.parts
        return found


class Memory:
    """As many units as fit, the latest used. What is left out is built again."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Built] = {}
        self._steps = 0

    def find(self, key: Hashable) -> Built | None:
        """What is kept for a key."""
        found = self._kept.pop(key, None)
        if found is not None:
            self._kept[key] = found
        return found

    def keep(self, built: Built) -> None:
        """Keep a unit, and let go of those that were not used for longest."""
        known = self._kept.pop(built.key, None)
        self._steps += built.steps - (known.steps if known else 0)
        self._kept[built.key] = built
        while self._steps > MOST_STEPS:
            oldest = next(iter(self._kept))
            self._steps -= self._kept.pop(oldest).steps
