"""Merges: how a body's output and its input become one."""

from __future__ import annotations

from collections.abc import Callable

from resdsl.core.catalog import CannotMerge
from resdsl.core.record import NamedTuple
from resdsl.ops.fault import Fault
from resdsl.values.shape import Shape


class MergeRule(NamedTuple):
    """A merge: its shape rule, and whether a shortcut may make its input fit."""

    name: str
    doc: str
    combine: Callable[[Shape, Shape], Shape]
    bridged: bool = False
    branch: str = ""
    """What code calls the body's output, where it has a name of its own."""


def _equal(x: Shape, y: Shape) -> Shape:
    if x != y:
        raise Fault(
            CannotMerge,
            f"cannot add {y} to {x}",
            found=f"the body gives {y}",
            expected=f"{x}, the shape of the input",
        )
    return y


def _scaled(x: Shape, y: Shape) -> Shape:
    spread = all(size == 1 for size in y.spatial)
    if (
        x.rank != y.rank
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


def _stacked(x: Shape, y: Shape) -> Shape:
    if x.spatial != y.spatial:
        raise Fault(
            CannotMerge,
            f"cannot concatenate {y} to {x}: only the channels may differ",
            found=f"the body gives {y}",
            expected=f"sizes as in {x}",
        )
    return Shape(x.channels + y.channels, x.spatial)


MERGES = {
    rule.name: rule
    for rule in (
        MergeRule("residual", "adds the body to its input", _equal, bridged=True),
        MergeRule("scale", "multiplies the input by the body", _scaled, branch="scale"),
        MergeRule(
            "dense", "concatenates the body to its input", _stacked, branch="new"
        ),
    )
}
PLANNED_MERGES = frozenset(("gate", "branches"))
"""Names kept for merges that the language will have."""
