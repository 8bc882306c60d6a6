"""Layers that move, add or leave out values without computing."""

from __future__ import annotations

from math import prod

from resdsl.core.catalog import OutOfRange, UnknownSize
from resdsl.ops.base import Kind, arg, kind
from resdsl.ops.fault import Fault
from resdsl.ops.order import EITHER, FIRST, check_order
from resdsl.ops.types import COUNT, MODE, PADDING, REAL, SIZES, STEP
from resdsl.ops.window import Sizes, per_axis, require_spatial
from resdsl.values.language import Symbol
from resdsl.values.shape import Shape
from resdsl.values.sizes import floordiv, plus, times


@kind("flatten")
class Flatten(Kind):
    """All values as one vector, channel by channel: (c, h, w) to (c * h * w,)."""

    overwritable = False  # a view
    orders = EITHER

    def shape(self, x: Shape) -> Shape:
        """(product of all sizes,).

        Raises:
            Fault: a size is symbolic, so the length of the vector is unknown, or
                channels are last, and are not all there is.
        """
        if any(size != 1 for size in x.spatial):
            check_order("flatten", FIRST, x)
        length = x.channels
        for size in x.spatial:
            if not isinstance(size, int):
                raise Fault(
                    UnknownSize,
                    f"flatten needs to know every size, but {size} is symbolic",
                    found=str(x),
                    hint="pool first ('avgpool | flatten'), or state the input's size",
                )
            length = length * size
        return Shape(length)


@kind("pad")
class Pad(Kind):
    """Surrounds with a constant.

    `pad 64` appends channels until there are 64, `pad padding=3` adds 3 on both sides
    of every spatial dimension.
    """

    channels: int | None = arg(COUNT, None, positional=True, doc="channels afterwards")
    padding: Sizes = arg(PADDING, 0, doc="added on both sides of each dimension")
    value: float = arg(REAL, 0, doc="the constant")

    def shape(self, x: Shape) -> Shape:
        """More channels, larger sizes.

        Raises:
            Fault: fewer channels than the input has, or the ranks differ.
        """
        if self.padding != 0:
            require_spatial("pad", x, self.padding)
        channels = x.channels if self.channels is None else self.channels
        if int(channels) < int(x.channels):
            raise Fault(
                OutOfRange,
                f"pad cannot reduce {int(x.channels)} channels to {int(channels)}",
                found=str(x),
                expected=f"at least {int(x.channels)} channels",
            )
        axes = zip(x.spatial, per_axis(self.padding, x.rank), strict=True)
        return Shape(channels, tuple(plus(s, 2 * int(p)) for s, p in axes))

    def window(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Each output sees one input."""
        return (1,) * rank, (1,) * rank


@kind("subsample")
class Subsample(Kind):
    """Every `stride`-th value of each dimension, from the first: ceil(size / n)."""

    overwritable = False  # a view
    stride: Sizes = arg(STEP, doc="keep one in so many, written /n")

    def shape(self, x: Shape) -> Shape:
        """(channels, ceil(size / stride)…).

        Raises:
            Fault: the input is a vector, or the ranks differ.
        """
        require_spatial("subsample", x, self.stride)
        axes = zip(x.spatial, per_axis(self.stride, x.rank), strict=True)
        sizes = tuple(floordiv(plus(s, int(n) - 1), int(n)) for s, n in axes)
        return Shape(x.channels, sizes)

    def window(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """One value, every `stride` steps."""
        return (1,) * rank, per_axis(self.stride, rank)


@kind("upsample")
class Upsample(Kind):
    """Sizes `scale` times as large.

    `nearest` repeats values, `bilinear` interpolates between pixel centres (half-pixel,
    no antialiasing).
    """

    scale: int = arg(
        COUNT._replace(spatial=True), positional=True, doc="factor for every dimension"
    )
    mode: str = arg(MODE, Symbol("nearest"), doc="nearest or bilinear")

    def shape(self, x: Shape) -> Shape:
        """(channels, size * scale…).

        Raises:
            Fault: the input is a vector, or `bilinear` is not on an image.
        """
        require_spatial("upsample", x)
        if self.mode == "bilinear" and x.rank != 2:
            raise Fault(
                OutOfRange,
                f"bilinear upsampling is for images, but the input is {x.rank}-D",
                found=str(x),
                hint="use mode=nearest",
            )
        return Shape(x.channels, tuple(times(s, int(self.scale)) for s in x.spatial))


@kind("reshape")
class Reshape(Kind):
    """The same values in other sizes, channels first: `reshape 1 x channels`.

    The order is that of flatten: a vector of 64 becomes one channel of 64 positions,
    which a convolution then takes along the channels (ECA-Net, Wang et al. 2019).
    """

    overwritable = False  # a view
    sizes: Sizes = arg(SIZES, positional=True, doc="channels, then each dimension")

    def shape(self, x: Shape) -> Shape:
        """(sizes…).

        Raises:
            Fault: a size is symbolic, there are more than three behind the channels, or
                the values are not as many.
        """
        there = [x.channels, *x.spatial]
        known = [int(size) for size in there if isinstance(size, int)]
        if len(known) < len(there):
            raise Fault(
                UnknownSize,
                "reshape needs to know every size, but one is symbolic",
                found=str(x),
                hint="pool first, or state the input's size",
            )
        channels, *sizes = per_axis(self.sizes, 1)
        if prod(known) != int(channels) * prod(map(int, sizes)) or len(sizes) > 3:
            raise Fault(
                OutOfRange,
                f"reshape makes {self.sizes} of {x}",
                found=f"{prod(known)} values",
                expected="as many values, in at most three dimensions",
            )
        return Shape(channels, tuple(int(size) for size in sizes))
