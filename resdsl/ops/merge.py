"""Merges: how several tensors become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from resdsl.core.catalog import CannotMerge
from resdsl.core.record import NamedTuple
from resdsl.ops.fault import Fault
from resdsl.ops.order import FIRST, check_order
from resdsl.values.shape import Shape


class MergeRule(NamedTuple):
    """A merge: its shape rule, and what it takes."""

    name: str
    doc: str
    combine: Callable[[Sequence[Shape]], Shape]
    """The shape that comes of the merge's input, where it takes that, and of its paths.

    Raises `Fault` where they do not fit.
    """
    takes_input: bool = True
    """Whether its input itself is one of the tensors, the first."""
    bridged: bool = False
    """Whether a shortcut may make the input fit."""
    paths: tuple[str, ...] = ()
    """What code calls the outputs of its paths; none where there are any number."""


def _equal(shapes: Sequence[Shape]) -> Shape:
    for x, y in pairwise(shapes):
        if x != y:
            raise Fault(
                CannotMerge,
                f"cannot add {y} to {x}",
                found=f"the body gives {y}",
                expected=f"{x}, the shape of the input",
            )
    return shapes[-1]


def _gated(shapes: Sequence[Shape]) -> Shape:
    x = shapes[0]
    for name, y in zip(("transform", "gate"), shapes[1:], strict=True):
        if x != y:
            raise Fault(
                CannotMerge,
                f"cannot gate {x}: the {name} is {y}",
                found=f"the {name} gives {y}",
                expected=f"{x}, the shape of the input",
            )
    return x


def _scaled(shapes: Sequence[Shape]) -> Shape:
    x = shapes[0]
    for y in shapes[1:]:
        spread = all(size == 1 for size in y.spatial)
        if (
            x.rank != y.rank
            or x.last != y.last
            or int(x.channels) != int(y.channels)
            or not (spread or x.spatial == y.spatial)
        ):
            raise Fault(
                CannotMerge,
                f"cannot scale {x} by {y}",
                found=f"the body gives {y}",
                expected=f"{x}, or the same channels with every size 1",
            )
    return x


def _stacked(shapes: Sequence[Shape]) -> Shape:
    x, *others = shapes
    for y in shapes:
        check_order("concat", FIRST, y)
    for y in others:
        if x.spatial != y.spatial:
            raise Fault(
                CannotMerge,
                f"cannot concatenate {y} to {x}: only the channels may differ",
                found=f"the body gives {y}",
                expected=f"sizes as in {x}",
            )
        x = Shape(x.channels + y.channels, x.spatial)
    return x


MERGES = {
    rule.name: rule
    for rule in (
        MergeRule("residual", "adds the body to its input", _equal, bridged=True),
        MergeRule(
            "scale", "multiplies the input by the body", _scaled, paths=("scale",)
        ),
        MergeRule(
            "dense", "concatenates the body to its input", _stacked, paths=("new",)
        ),
        MergeRule(
            "gate",
            "lets a gate choose between the input and what is made of it",
            _gated,
            paths=("transform", "gate"),
        ),
        MergeRule("add", "adds the tensors", _equal, takes_input=False),
        MergeRule("concat", "concatenates the tensors", _stacked, takes_input=False),
        MergeRule("multiply", "multiplies the tensors", _scaled, takes_input=False),
    )
}
JOINS = frozenset(("add", "concat", "multiply"))
"""Merges of tensors that have names, or of the paths of `branches`."""
BRANCHES = "branches"
"""The word that opens paths whose outputs are joined."""
BODIES = (*(name for name in MERGES if name not in JOINS), BRANCHES)
"""The words that open the body of a merge."""
