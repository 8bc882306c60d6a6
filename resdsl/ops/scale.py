"""Layers that multiply by one number, or by one a channel; the identity is by 1."""

from __future__ import annotations

from resdsl.ops.base import Kind, Weight, arg, kind
from resdsl.ops.norm import ONES
from resdsl.ops.order import EITHER
from resdsl.ops.types import REAL, VECTOR_INIT
from resdsl.values.language import Init
from resdsl.values.shape import Shape


@kind("identity")
class Identity(Kind):
    """The input itself: a place for what a block has now and then."""

    orders = EITHER
    overwritable = False  # the output is the input


@kind("times")
class Times(Kind):
    """The input times a constant, such as the 0.1 of EDSR's residuals."""

    orders = EITHER
    factor: float = arg(REAL, positional=True, doc="the constant")


@kind("gain")
class Gain(Kind):
    """Each channel times a learned number: ConvNeXt's layer scale.

    Its one tensor has the layer's own name, so that `layer_scale: gain` is
    `layer_scale` in the checkpoint, of shape (channels, 1 for each size). It stands in
    the body of a block or net; a group or repeat, which numbers its members, has no
    place for a tensor.
    """

    weight_init: Init = arg(VECTOR_INIT, ONES, doc="how the numbers start")

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """One tensor (channels, 1…), which is called as the layer is."""
        shape = (x.channels, *(1,) * x.rank)
        return (Weight("weight", shape, self.weight_init, bare=True),)
