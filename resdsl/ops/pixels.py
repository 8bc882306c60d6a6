"""Channels made positions of an image, and positions made channels."""

from __future__ import annotations

from resdsl.core.catalog import GroupsDoNotDivide, UnknownSize, WrongRank
from resdsl.ops.base import Kind, arg, kind
from resdsl.ops.fault import Fault
from resdsl.ops.types import FACTOR
from resdsl.values.shape import Shape
from resdsl.values.sizes import floordiv, times


def _require_image(layer: str, x: Shape) -> None:
    if x.rank != 2:
        message = f"{layer} is for images, but its input is {x.rank}-D"
        raise Fault(WrongRank, message, found=str(x))


@kind("pixelshuffle")
class PixelShuffle(Kind):
    """(c * n * n, h, w) to (c, h * n, w * n): sub-pixel convolution (Shi et al. 2016).

    The n * n channels behind one another become a square of n by n, row by row.
    """

    overwritable = False  # with n = 1 a view
    factor: int = arg(FACTOR, positional=True, doc="n, for both dimensions")

    def shape(self, x: Shape) -> Shape:
        """Fewer channels, larger sizes.

        Raises:
            Fault: no image, or channels that are no multiple of n * n.
        """
        _require_image("pixelshuffle", x)
        each = int(self.factor) ** 2
        if int(x.channels) % each:
            raise Fault(
                GroupsDoNotDivide,
                f"pixelshuffle {int(self.factor)} does not divide the "
                f"{int(x.channels)} channels",
                found=str(x),
                expected=f"a multiple of {each} channels",
            )
        sizes = tuple(times(size, int(self.factor)) for size in x.spatial)
        return Shape(x.channels // (self.factor * self.factor), sizes)


@kind("pixelunshuffle")
class PixelUnshuffle(Kind):
    """(c, h * n, w * n) to (c * n * n, h, w): space to depth.

    `pixelshuffle` with the same factor undoes it.
    """

    overwritable = False  # with n = 1 a view
    factor: int = arg(FACTOR, positional=True, doc="n, for both dimensions")

    def shape(self, x: Shape) -> Shape:
        """More channels, smaller sizes.

        Raises:
            Fault: no image, or a size that is no multiple of n, or symbolic.
        """
        _require_image("pixelunshuffle", x)
        for size in x.spatial:
            if not isinstance(size, int) or size % int(self.factor):
                raise Fault(
                    UnknownSize,
                    f"pixelunshuffle {int(self.factor)} does not divide {size}",
                    found=str(x),
                    expected=f"sizes that are multiples of {int(self.factor)}",
                )
        sizes = tuple(floordiv(size, int(self.factor)) for size in x.spatial)
        return Shape(x.channels * self.factor * self.factor, sizes)

    def window(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """A square, and the next beside it."""
        return (int(self.factor),) * rank, (int(self.factor),) * rank
