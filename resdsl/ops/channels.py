"""Layers that choose, order or weigh the channels, at each position alike."""

from __future__ import annotations

from resdsl.core.catalog import GroupsDoNotDivide, OutOfRange
from resdsl.ops.base import Kind, arg, kind
from resdsl.ops.fault import Fault
from resdsl.ops.types import COUNT, INDEX, SEVERAL
from resdsl.ops.window import require_spatial
from resdsl.values.shape import Shape


def _require_divisor(layer: str, groups: int, x: Shape) -> None:
    if int(x.channels) % int(groups):
        raise Fault(
            GroupsDoNotDivide,
            f"{layer} in {int(groups)} groups does not divide the "
            f"{int(x.channels)} channels",
            found=str(x),
            expected=f"a multiple of {int(groups)} channels",
        )


@kind("slice")
class Slice(Kind):
    """Some of the channels: from `start` up to, not including, `stop`.

    `slice 0, 16` are the first sixteen, `slice 16` all behind them.
    """

    overwritable = False  # a view
    start: int = arg(INDEX, positional=True, doc="the first channel; they count from 0")
    stop: int | None = arg(
        COUNT, None, positional=True, doc="the channel behind the last; the end"
    )

    def end(self, x: Shape) -> int:
        """The channel behind the last."""
        return x.channels if self.stop is None else self.stop

    def shape(self, x: Shape) -> Shape:
        """(stop - start, sizes…).

        Raises:
            Fault: a channel that the input lacks, or none at all.
        """
        start, stop, there = int(self.start), int(self.end(x)), int(x.channels)
        if not start < stop <= there:
            raise Fault(
                OutOfRange,
                f"slice takes channels {start} to {stop}, and there are {there}",
                found=str(x),
                expected=f"start < stop <= {there}",
            )
        return Shape(self.end(x) - self.start, x.spatial)


@kind("shuffle")
class Shuffle(Kind):
    """Channels dealt out to the groups in turn (ShuffleNet, Zhang et al. 2017).

    Of `groups` runs of channels first the first of each, then the second of each.
    """

    overwritable = False  # with one group a view
    groups: int = arg(COUNT, positional=True, doc="number of runs")

    def shape(self, x: Shape) -> Shape:
        """The input's.

        Raises:
            Fault: the input is a vector, or the groups do not divide its channels.
        """
        require_spatial("shuffle", x)
        _require_divisor("shuffle", self.groups, x)
        return x


@kind("softmax")
class Softmax(Kind):
    """exp(x) over its sum: over all channels, or, with `groups`, across groups.

    With n groups, each channel of a group competes with those at its place in the n - 1
    others: what weighs the branches of selective kernels (Li et al. 2019) and of split
    attention (Zhang et al. 2020).
    """

    overwritable = False  # training keeps it
    groups: int | None = arg(
        SEVERAL, None, positional=True, doc="runs of channels that compete"
    )

    def shape(self, x: Shape) -> Shape:
        """The input's.

        Raises:
            Fault: the groups do not divide its channels.
        """
        if self.groups is not None:
            _require_divisor("softmax", self.groups, x)
        return x
