"""Dropout and stochastic depth: the identity in evaluation."""

from __future__ import annotations

from resdsl.ops.base import Kind, arg, kind
from resdsl.ops.order import EITHER
from resdsl.ops.types import RATE


@kind("dropout")
class Dropout(Kind):
    """Zeroes elements with probability `rate`, scales the rest by 1 / (1 - rate)."""

    overwritable = False  # in evaluation the output is the input itself
    orders = EITHER
    rate: float = arg(RATE, positional=True, doc="probability of zero")


@kind("drop_path")
class DropPath(Kind):
    """Zeroes examples with probability `rate`, scales the rest by 1 / (1 - rate).

    At the end of a residual body this is stochastic depth (Huang et al. 2016).
    """

    overwritable = False  # in evaluation the output is the input itself
    orders = EITHER
    rate: float = arg(RATE, positional=True, doc="probability of zero")
