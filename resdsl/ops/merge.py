"""Merges: how several tensors become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from resdsl.core.catalog import CannotMerge
from resdsl.core.record import NamedTuple
from resdsl.ops.fault import Fault
from resdsl.ops.order import FIRST, check_order
from resdsl.values.shape import Shape

Combine = Callable[[Sequence[Shape], Sequence[str]], Shape]


class MergeRule(NamedTuple):
    """A merge: its shape rule, and what it takes."""

    name: str
    doc: str
    rule: Combine
    takes_input: bool = True
    """Whether its input itself is one of the tensors, the first."""
    bridged: bool = False
    """Whether a shortcut may make the input fit."""
    paths: tuple[str, ...] = ()
    """What code calls the outputs of its paths; none where there are any number."""
    stacked: bool = False
    """Whether channels stand beside each other; else each tensor has the same."""
    shifted: bool = False
    """Whether a number added to a channel of a path is added to one of the result."""

    def combine(self, shapes: Sequence[Shape], names: Sequence[str] = ()) -> Shape:
        """The shape that comes of the merge's input, if it takes that, and its paths.

        Args:
            shapes: theirs, in this order.
            names: what a message calls them.

        Raises:
            Fault: they do not fit. Its `part` is the first that does not.
        """
        return self.rule(shapes, names or self._names(len(shapes)))

    def _names(self, count: int) -> list[str]:
        if not self.paths:
            return [f"path {at}" for at in range(1, count + 1)]
        named = [f"the {path}" for path in self.paths] if self.paths[1:] else []
        return ["the input", *(named or ["the body"])]


def _equal(shapes: Sequence[Shape], names: Sequence[str]) -> Shape:
    x = shapes[0]
    for at, y in enumerate(shapes):
        if x != y:
            expected = f"{x}, the shape of {names[0]}"
            raise _unfit(f"cannot add {y} to {x}", names, at, y, expected)
    return shapes[-1]


def _gated(shapes: Sequence[Shape], names: Sequence[str]) -> Shape:
    x = shapes[0]
    for at, y in enumerate(shapes):
        if x != y:
            expected = f"{x}, the shape of {names[0]}"
            raise _unfit(f"cannot gate {x} with {y}", names, at, y, expected)
    return x


def _scaled(shapes: Sequence[Shape], names: Sequence[str]) -> Shape:
    x = shapes[0]
    for at, y in enumerate(shapes):
        spread = all(size == 1 for size in y.spatial)
        if (
            x.rank != y.rank
            or x.last != y.last
            or int(x.channels) != int(y.channels)
            or not (spread or x.spatial == y.spatial)
        ):
            expected = f"{x}, or the same channels with every size 1"
            raise _unfit(f"cannot multiply {x} by {y}", names, at, y, expected)
    return x


def _stacked(shapes: Sequence[Shape], names: Sequence[str]) -> Shape:
    x = shapes[0]
    channels = x.channels
    for y in shapes:
        check_order("concat", FIRST, y)
    for at, y in enumerate(shapes[1:], 1):
        if x.spatial != y.spatial:
            message = f"cannot concatenate {y} to {x}: only the channels may differ"
            expected = f"sizes as in {x}, the shape of {names[0]}"
            raise _unfit(message, names, at, y, expected)
        channels = channels + y.channels
    return Shape(channels, x.spatial)


def _unfit(
    message: str, names: Sequence[str], at: int, y: Shape, expected: str
) -> Fault:
    found = f"{names[at]} gives {y}"
    return Fault(CannotMerge, message, found=found, expected=expected, part=at)


MERGES = {
    rule.name: rule
    for rule in (
        MergeRule(
            "residual",
            "adds the body to its input",
            _equal,
            bridged=True,
            paths=("body",),
            shifted=True,
        ),
        MergeRule(
            "scale", "multiplies the input by the body", _scaled, paths=("scale",)
        ),
        MergeRule(
            "dense",
            "concatenates the body to its input",
            _stacked,
            paths=("new",),
            stacked=True,
            shifted=True,
        ),
        MergeRule(
            "gate",
            "lets a gate choose between the input and what is made of it",
            _gated,
            paths=("transform", "gate"),
        ),
        MergeRule("add", "adds the tensors", _equal, takes_input=False, shifted=True),
        MergeRule(
            "concat",
            "concatenates the tensors",
            _stacked,
            takes_input=False,
            stacked=True,
            shifted=True,
        ),
        MergeRule("multiply", "multiplies the tensors", _scaled, takes_input=False),
    )
}
JOINS = frozenset(("add", "concat", "multiply"))
"""Merges of tensors that have names, or of the paths of `branches`."""
BRANCHES = "branches"
"""The word that opens paths whose outputs are joined."""
BODIES = (*(name for name in MERGES if name not in JOINS), BRANCHES)
"""The words that open the body of a merge."""
AGAIN = "again"
"""The word that uses an earlier layer once more, with its weights."""
