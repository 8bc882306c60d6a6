"""Pooling: over a window, over all positions, or of the largest among them."""

from __future__ import annotations

from resdsl.core.catalog import OutOfRange, UnknownArgument, WrongRank
from resdsl.ops.base import Kind, arg, kind
from resdsl.ops.fault import Fault
from resdsl.ops.order import EITHER, FIRST, check_order
from resdsl.ops.types import FLAG, KERNEL, LENGTH, SLID_PADDING, STEP
from resdsl.ops.window import (
    RANKS,
    SAME,
    Padding,
    Sizes,
    default_padding,
    even_padding,
    is_uneven,
    per_axis,
    require_spatial,
    slide,
    step,
)
from resdsl.values.language import Symbol
from resdsl.values.shape import Shape


class Pool(Kind):
    """What both poolings share; the fields are theirs."""

    kernel: Sizes | None
    stride: Sizes | None
    padding: Padding
    ceil_mode: bool

    @property
    def step(self) -> Sizes:
        """The stride in force: the kernel's extent unless given."""
        assert self.kernel is not None
        return self.kernel if self.stride is None else self.stride

    @property
    def same(self) -> bool:
        """Whether the padding is `same`, and not one number on both sides."""
        if self.kernel is None or not isinstance(self.padding, Symbol):
            return False
        return is_uneven(self.kernel, self.step, 1)

    @property
    def pad(self) -> Sizes:
        """The padding in force on both sides."""
        assert self.kernel is not None
        if isinstance(self.padding, Symbol):
            return 0 if self.same else even_padding(self.kernel, 1)
        if self.padding is not None:
            return self.padding
        return default_padding(self.kernel, self.step, 1)

    def settled(self) -> dict[str, object]:
        """Every argument, with the stride and padding in force."""
        if self.kernel is None:
            return super().settled()
        padding = SAME if self.same else self.pad
        return {**super().settled(), "stride": self.step, "padding": padding}

    def shape(self, x: Shape) -> Shape:
        """The channels with slid sizes, or with 1 in each dimension without a kernel.

        Raises:
            Fault: wrong rank, a window larger than its input, or more padding than
                half the kernel.
        """
        require_spatial(self.name, x)
        if self.kernel is not None:
            check_order(self.name, FIRST, x)
        else:
            if self.stride is not None or self.padding is not None:
                raise Fault(
                    UnknownArgument,
                    f"{self.name} without a kernel pools all: no stride, no padding",
                    hint=f"give a kernel, as in '{self.name} 3x3, /2'",
                )
            return x._replace(spatial=(1,) * x.rank)
        if isinstance(self.padding, Symbol) and self.ceil_mode:
            message = f"{self.name} with padding=same cuts no window off"
            raise Fault(UnknownArgument, message, hint="leave out ceil_mode")
        if self.same:
            return Shape(x.channels, step(self.name, x, self.kernel, self.step))
        pairs = zip(
            per_axis(self.pad, x.rank), per_axis(self.kernel, x.rank), strict=False
        )
        if any(2 * int(p) > int(k) for p, k in pairs):
            raise Fault(
                OutOfRange,
                f"{self.name} has padding {self.pad}, more than half its kernel "
                f"{self.kernel}",
                hint="a window must not lie wholly in the padding",
            )
        spatial = slide(
            self.name, x, self.kernel, self.step, self.pad, ceil_mode=self.ceil_mode
        )
        return Shape(x.channels, spatial)

    def window(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Kernel and stride; a pool over everything sees everything."""
        if self.kernel is None:
            return (0,) * rank, (1,) * rank
        return per_axis(self.kernel, rank), per_axis(self.step, rank)


@kind("maxpool")
class MaxPool(Pool):
    """The largest value of each window; padding never wins. `maxpool` alone: of all."""

    kernel: Sizes | None = arg(
        KERNEL, None, positional=True, doc="extent; all if absent"
    )
    stride: Sizes | None = arg(STEP, None, doc="step; the kernel's extent if absent")
    padding: Padding = arg(
        SLID_PADDING, None, doc="half the kernel where it is odd and overlaps"
    )
    ceil_mode: bool = arg(FLAG, False, doc="also keep a last window that is cut off")


@kind("avgpool")
class AvgPool(Pool):
    """The mean of each window. `avgpool` alone averages over all positions."""

    orders = EITHER
    kernel: Sizes | None = arg(
        KERNEL, None, positional=True, doc="extent; all if absent"
    )
    stride: Sizes | None = arg(STEP, None, doc="step; the kernel's extent if absent")
    padding: Padding = arg(
        SLID_PADDING, None, doc="half the kernel where it is odd and overlaps"
    )
    ceil_mode: bool = arg(FLAG, False, doc="also keep a last window that is cut off")
    count_padding: bool = arg(FLAG, True, doc="whether padded zeros count in the mean")


@kind("kmaxpool")
class KMaxPool(Kind):
    """The `k` largest values of each channel, in the order in which they stand.

    `kmaxpool 8` makes (c, l) to (c, 8) (Kalchbrenner et al. 2014). Of equal values the
    earlier are kept.
    """

    k: int = arg(LENGTH, positional=True, doc="how many are kept")

    def shape(self, x: Shape) -> Shape:
        """(channels, k).

        Raises:
            Fault: the input is not 1-D, or has fewer positions.
        """
        k = int(self.k)
        require_spatial(self.name, x)
        if x.rank != 1:
            raise Fault(
                WrongRank,
                f"{self.name} needs a 1-D input, but its input is {RANKS[x.rank]}",
                found=str(x),
                expected="(channels, length)",
                hint="'reshape' can put the positions in a row",
            )
        (length,) = x.spatial
        if isinstance(length, int) and length < k:
            raise Fault(
                OutOfRange,
                f"{self.name} keeps {k} values of each channel, and there are {length}",
                found=str(x),
                expected=f"at least {Shape(x.channels, (k,))}",
                hint=f"keep at most {length}, or use fewer strides before it",
            )
        return Shape(x.channels, (k,))

    def window(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Any position may be among the largest: it sees everything."""
        return (0,) * rank, (1,) * rank
