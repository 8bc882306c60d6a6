"""Element-wise functions."""

from __future__ import annotations

from resdsl.ops.base import Kind, Weight, arg, kind
from resdsl.ops.order import EITHER, FIRST
from resdsl.ops.types import FLAG, REAL, VECTOR_INIT
from resdsl.values.language import Init
from resdsl.values.shape import Shape


class Activation(Kind):
    """An element-wise function. Training keeps its output, so nobody overwrites it."""

    activation = True
    overwritable = False
    orders = EITHER


@kind("relu")
class Relu(Activation):
    """max(x, 0)."""


@kind("relu6")
class Relu6(Activation):
    """min(max(x, 0), 6)."""


@kind("leaky_relu")
class LeakyRelu(Activation):
    """x where positive, otherwise slope * x."""

    slope: float = arg(REAL, 0.01, positional=True, doc="slope for negative inputs")

    @property
    def overwrites(self) -> bool:
        """With a slope that is known: a negative one hides what the input was."""
        return type(self.slope) in (int, float) and self.slope >= 0


@kind("elu")
class Elu(Activation):
    """x where positive, otherwise alpha * (exp(x) - 1)."""

    alpha: float = arg(REAL, 1.0, positional=True, doc="limit for negative inputs")

    @property
    def overwrites(self) -> bool:
        """With a limit that is known: a negative one hides what the input was."""
        return type(self.alpha) in (int, float) and self.alpha >= 0


@kind("prelu")
class Prelu(Activation):
    """x where positive, otherwise a learned slope per channel times x (He 2015a)."""

    orders = FIRST

    weight_init: Init = arg(
        VECTOR_INIT, Init("constant", (0.25,)), doc="how the slopes start"
    )

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """`weight` (channels,)."""
        return (Weight("weight", (x.channels,), self.weight_init),)


@kind("gelu")
class Gelu(Activation):
    """x * Phi(x), with the exact Gaussian distribution function (erf).

    With `approximate=true` Phi(x) is (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2.
    """

    approximate: bool = arg(FLAG, False, doc="by tanh instead, as TensorFlow once had")


@kind("silu")
class Silu(Activation):
    """x * sigmoid(x), also called swish."""


@kind("mish")
class Mish(Activation):
    """x * tanh(softplus(x))."""


@kind("sigmoid")
class Sigmoid(Activation):
    """1 / (1 + exp(-x))."""


@kind("tanh")
class Tanh(Activation):
    """The hyperbolic tangent."""


@kind("hardsigmoid")
class HardSigmoid(Activation):
    """min(max(x + 3, 0), 6) / 6: slope 1/6."""


@kind("hardswish")
class HardSwish(Activation):
    """x * hardsigmoid(x)."""
