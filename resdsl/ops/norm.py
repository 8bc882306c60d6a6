"""Normalisation: batch, layer and group norm. Every constant is the language's own."""

from __future__ import annotations

from resdsl.core.catalog import GroupsDoNotDivide
from resdsl.ops.base import Kind, Weight, arg, kind
from resdsl.ops.fault import Fault
from resdsl.ops.order import EITHER
from resdsl.ops.types import COUNT, POSITIVE, RATE, VECTOR_INIT
from resdsl.values.language import Init
from resdsl.values.shape import Shape

ONES = Init("constant", (1,))
ZEROS = Init("constant", (0,))


def _scale_and_shift(
    x: Shape, weight_init: Init, bias_init: Init
) -> tuple[Weight, ...]:
    return (
        Weight("weight", (x.channels,), weight_init),
        Weight("bias", (x.channels,), bias_init),
    )


@kind("bn")
class BatchNorm(Kind):
    """Batch normalisation over all but the channels (Ioffe and Szegedy 2015).

    `momentum` is the weight of the *new* statistic: running = (1 - momentum) * running
    + momentum * batch. The running variance is the unbiased one, n / (n - 1).
    """

    eps: float = arg(POSITIVE, 1e-5, doc="added to the variance")
    momentum: float = arg(RATE, 0.1, doc="weight of the new running statistic")
    weight_init: Init = arg(VECTOR_INIT, ONES, doc="how the scale starts")
    bias_init: Init = arg(VECTOR_INIT, ZEROS, doc="how the shift starts")

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """Scale, shift, and the running statistics, which are not trained."""
        return (
            *_scale_and_shift(x, self.weight_init, self.bias_init),
            Weight("running_mean", (x.channels,), ZEROS, trainable=False),
            Weight("running_var", (x.channels,), ONES, trainable=False),
            Weight("num_batches_tracked", (), ZEROS, trainable=False),
        )


@kind("layernorm")
class LayerNorm(Kind):
    """Layer normalisation over the channels at each position (Ba et al. 2016)."""

    orders = EITHER
    eps: float = arg(POSITIVE, 1e-5, doc="added to the variance")
    weight_init: Init = arg(VECTOR_INIT, ONES, doc="how the scale starts")
    bias_init: Init = arg(VECTOR_INIT, ZEROS, doc="how the shift starts")

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """Scale and shift (channels,)."""
        return _scale_and_shift(x, self.weight_init, self.bias_init)


@kind("groupnorm")
class GroupNorm(Kind):
    """Group normalisation over some channels and all positions (Wu and He 2018)."""

    groups: int = arg(COUNT, positional=True, doc="number of groups")
    eps: float = arg(POSITIVE, 1e-5, doc="added to the variance")
    weight_init: Init = arg(VECTOR_INIT, ONES, doc="how the scale starts")
    bias_init: Init = arg(VECTOR_INIT, ZEROS, doc="how the shift starts")

    def shape(self, x: Shape) -> Shape:
        """The input's.

        Raises:
            Fault: the groups do not divide the channels.
        """
        if int(x.channels) % int(self.groups):
            raise Fault(
                GroupsDoNotDivide,
                f"groupnorm in {int(self.groups)} groups does not divide the "
                f"{int(x.channels)} channels",
                found=str(x),
                expected=f"a multiple of {int(self.groups)} channels",
            )
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """Scale and shift (channels,)."""
        return _scale_and_shift(x, self.weight_init, self.bias_init)
