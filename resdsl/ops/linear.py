"""The fully connected layer."""

from __future__ import annotations

from math import prod

from resdsl.core.catalog import WrongRank
from resdsl.ops.base import Kind, Weight, arg, kind
from resdsl.ops.conv import FAN_IN_UNIFORM
from resdsl.ops.fault import Fault
from resdsl.ops.order import EITHER
from resdsl.ops.types import COUNT, FLAG, INIT, VECTOR_INIT
from resdsl.values.language import Init
from resdsl.values.shape import Shape


@kind("linear")
class Linear(Kind):
    """y = W x + b on a vector, or on the channels of each position, which are last.

    (in,) to (out_features,), and (sizes…, in) to (sizes…, out_features).
    """

    orders = EITHER
    out_features: int = arg(COUNT, positional=True, doc="size of the output")
    bias: bool = arg(FLAG, True, doc="add a bias")
    weight_init: Init = arg(INIT, FAN_IN_UNIFORM, doc="how the weight starts")
    bias_init: Init = arg(VECTOR_INIT, FAN_IN_UNIFORM, doc="how the bias starts")

    def shape(self, x: Shape) -> Shape:
        """(sizes…, out_features).

        Raises:
            Fault: there are positions, and the channels are not last.
        """
        if x.rank and not x.last:
            raise Fault(
                WrongRank,
                f"linear needs a vector, but its input is {x.rank}-D",
                found=str(x),
                expected="(features,)",
                hint="put 'avgpool | flatten' (or 'flatten') before it; to act at each "
                "position, 'channels_last'",
            )
        return x._replace(channels=self.out_features)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """`weight` (out, in) and `bias` (out,)."""
        weight = Weight("weight", (self.out_features, x.channels), self.weight_init)
        bias = Weight("bias", (self.out_features,), self.bias_init)
        return (weight, bias) if self.bias else (weight,)

    def macs(self, x: Shape, y: Shape) -> int:
        """The size of the matrix, in * out, at each position."""
        known = [size for size in x.spatial if isinstance(size, int)]
        return int(x.channels) * int(self.out_features) * prod(known)
