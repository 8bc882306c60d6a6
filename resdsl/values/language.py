"""The values of the language that are not numbers or lists: kernels, inits, symbols."""

from __future__ import annotations

from resdsl.core.record import NamedTuple


class Extent(tuple[int, ...]):
    """A size per dimension, written `3x3` or `k x k`."""

    __slots__ = ()

    def __str__(self) -> str:
        return "x".join(str(int(n)) for n in self)


class Symbol(str):
    """A word that stands for itself: `fan_in`, `nearest`."""

    __slots__ = ()


class Init(NamedTuple):
    """How a weight starts: a distribution and its numbers.

    `constant(value)`, `normal(std)`, `trunc_normal(std)` (cut at two standard
    deviations), `uniform(bound)` over ±bound, `he_normal(mode)` with standard deviation
    sqrt(2 / fan) (He et al. 2015a), `glorot_uniform()` over ±sqrt(6 / (fan_in +
    fan_out)) (Glorot and Bengio 2010), and `fan_in_uniform()` over ±1/sqrt(fan_in),
    which is how torch starts its linear layers. The fan of a convolution is the
    channels of its weight on that side times the kernel's elements.
    """

    name: str
    args: tuple[float | str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(str(a) for a in self.args)})"
