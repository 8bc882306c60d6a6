"""The vocabulary: one frozen class a layer kind. Knows no framework."""

from resdsl.ops import activation, conv, drop, linear, norm, pool, reshape
from resdsl.ops.base import KINDS, Kind, Signature, Weight

__all__ = [
    "KINDS",
    "Kind",
    "Signature",
    "Weight",
    "activation",
    "conv",
    "drop",
    "linear",
    "norm",
    "pool",
    "reshape",
]
