"""What a compilation may still do: the reason why every text ends in bounded time.

Loops in loops, blocks that double and lists of lists grow faster than the text that
says them. Each statement, expression and layer takes its steps from one budget.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from resdsl.core.catalog import NestedTooDeep, TooManyOperators
from resdsl.core.diagnostic import Stop
from resdsl.core.limits import Limits
from resdsl.core.source import Span
from resdsl.lower.scope import BlockRef, LayerRef
from resdsl.values.guards import is_list

_STEPS_PER_OPERATOR = 50
LAYER = 20
"""The steps of one layer or block; an expression takes one."""


class Budget:
    """The steps and levels that are left to one compilation."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._left = _STEPS_PER_OPERATOR * limits.operators
        self.depth = 0
        """How many blocks and bodies lie around."""
        self.deepest = 0
        """The most that did so far."""
        self._spent: Stop | None = None

    def spend(self, steps: int, span: Span) -> None:
        """Take `steps`.

        Raises:
            Stop: there are not so many left.
        """
        self._left -= steps
        if self._left < 0 and self._spent is None:
            self._spent = self._too_much(span, "loops and blocks take more steps than")
        if self._spent is not None:
            raise Stop(self._spent.diagnostic)  # one mistake, wherever it shows next

    @property
    def left(self) -> int:
        """The steps that are left, below 0 where too many were asked for."""
        return self._left

    @contextmanager
    def level(self, span: Span) -> Generator[None]:
        """One more block or body within another.

        Raises:
            Stop: they nest too deep.
        """
        if self.depth >= self.limits.nesting:
            message = f"blocks and bodies nest deeper than {self.limits.nesting} levels"
            hint = f"raise the bound with {Limits.flag('nesting')}"
            raise Stop(NestedTooDeep(span, message, hint=hint))
        self.depth += 1
        self.reach(0)
        try:
            yield
        finally:
            self.depth -= 1

    def reach(self, levels: int) -> None:
        """Note that so many levels lie within those around."""
        self.deepest = max(self.deepest, self.depth + levels)

    def weigh(self, value: object, span: Span) -> None:
        """Check a list, or a block with arguments bound, that has just been made.

        Raises:
            Stop: it holds too many values, or nests too deep.
        """
        held = depth = 0
        layer: list[object] = [value]
        while layer:
            held += len(layer)
            depth += 1
            if held > self.limits.operators:
                raise self._too_much(span, "this value holds more than")
            if depth > self.limits.nesting:
                message = f"this value nests deeper than {self.limits.nesting} levels"
                hint = f"raise the bound with {Limits.flag('nesting')}"
                raise Stop(NestedTooDeep(span, message, hint=hint))
            layer = [part for item in layer for part in _parts(item)]
        self.spend(held, span)

    def _too_much(self, span: Span, what: str) -> Stop:
        message = f"{what} a network of {self.limits.operators} operators can need"
        hint = f"raise the bound with {Limits.flag('operators')}"
        return Stop(TooManyOperators(span, message, hint=hint))


def _parts(value: object) -> tuple[object, ...]:
    if isinstance(value, BlockRef | LayerRef):
        return tuple(bound for _, bound in value.bound)
    return value if is_list(value) else ()
