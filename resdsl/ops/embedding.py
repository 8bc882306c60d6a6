"""Learned vectors for whole numbers: words, pieces of words, items."""

from __future__ import annotations

from resdsl.core.catalog import WrongRank
from resdsl.ops.base import Kind, Weight, arg, kind
from resdsl.ops.fault import Fault
from resdsl.ops.types import COUNT, INIT
from resdsl.values.language import Init
from resdsl.values.shape import Shape


@kind("embedding")
class Embedding(Kind):
    """A learned vector for each whole number: (length,) to (length, out_channels).

    It is the first layer of its net, whose input is then no real numbers, but whole
    ones from 0 up to, not including, `count`: `input 128` is a sequence of 128 words.
    """

    whole = True
    count: int = arg(COUNT, positional=True, doc="how many numbers there are")
    out_channels: int = arg(COUNT, positional=True, doc="size of each vector")
    weight_init: Init = arg(INIT, Init("normal", (1,)), doc="how the vectors start")

    def shape(self, x: Shape) -> Shape:
        """(length, out_channels), channels last.

        Raises:
            Fault: the input is no vector.
        """
        if x.rank:
            raise Fault(
                WrongRank,
                f"embedding needs a vector of numbers, but its input is {x.rank}-D",
                found=str(x),
                expected="(length,)",
            )
        return Shape(self.out_channels, (x.channels,), last=True)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """`weight` (count, out_channels)."""
        shape = (self.count, self.out_channels)
        return (Weight("weight", shape, self.weight_init),)
