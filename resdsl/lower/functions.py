"""The functions and words that expressions may use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from math import ceil, sqrt

from resdsl.core.catalog import MissingArgument, OutOfRange, WrongType
from resdsl.core.record import NamedTuple
from resdsl.ops.fault import Fault
from resdsl.ops.types import describe
from resdsl.values.expr import Number, compute
from resdsl.values.guards import is_list, is_number
from resdsl.values.language import Init, Symbol

SYMBOLS = {
    word: Symbol(word)
    for word in ("fan_in", "fan_out", "nearest", "bilinear", "same", "none")
}


class Function(NamedTuple):
    """A function of expressions; `decides` when its result shapes the network."""

    apply: Callable[..., object]
    signature: str
    least: int
    most: int
    decides: bool = False


def number(value: object) -> Number:
    """`value` as a number.

    Raises:
        Fault: it is something else.
    """
    if not is_number(value):
        raise Fault(WrongType, f"expected a number, found {describe(value)}")
    return value


def _extreme(symbol: str) -> Callable[..., object]:
    def apply(*values: object) -> object:
        return reduce(
            lambda a, b: compute(symbol, a, b), (number(value) for value in values)
        )

    return apply


def _length(values: object) -> int:
    if not is_list(values):
        raise Fault(WrongType, f"expected a list, found {describe(values)}")
    return len(values)


def _range(*bounds: object) -> range:
    whole: list[int] = []
    for bound in bounds:
        value = number(bound)
        if not isinstance(value, int):
            raise Fault(WrongType, f"expected a whole number, found {describe(bound)}")
        whole.append(int(value))
    if len(whole) == 3 and whole[2] == 0:
        raise Fault(OutOfRange, "a range cannot advance by 0")
    return range(*whole)


def _whole(value: object) -> int:
    return int(number(value))


def _ceil(value: object) -> int:
    return ceil(number(value))


def _round(value: object) -> int:
    return round(number(value))


def _numbers(values: object) -> Sequence[Number]:
    if not is_list(values):
        raise Fault(WrongType, f"expected a list, found {describe(values)}")
    return [number(value) for value in values]


def _sum(values: object) -> Number:
    return reduce(lambda a, b: compute("+", a, b), _numbers(values), 0)


def _zip(*lists: object) -> tuple[tuple[object, ...], ...]:
    counts = [_length(values) for values in lists]
    if len(set(counts)) > 1:
        found = " and ".join(map(str, counts))
        raise Fault(OutOfRange, f"zip takes lists of one length, found {found}")
    rows = (values for values in lists if is_list(values))
    return tuple(zip(*rows, strict=True))


def _multiple_of(value: object, divisor: object, least: object = 0.9) -> int:
    """MobileNet's make_divisible, in exact arithmetic: 0.9 is nine tenths."""
    exact, share = Fraction(number(value)), Fraction(str(float(number(least))))
    step = number(divisor)
    if not isinstance(step, int) or step < 1:
        message = "expected a multiple of a whole number of at least 1"
        raise Fault(OutOfRange, f"{message}, found {describe(divisor)}")
    if not 0 <= share <= 1:
        message = f"expected a share from 0 to 1, found {describe(least)}"
        raise Fault(OutOfRange, message)
    nearest = max(1, (exact / step + Fraction(1, 2)).__floor__()) * int(step)
    return nearest if nearest >= share * exact else nearest + int(step)


def _sqrt(value: object) -> float:
    if number(value) < 0:
        raise Fault(OutOfRange, f"no number has {describe(value)} as its square")
    return sqrt(number(value))


def _he_normal(mode: object = SYMBOLS["fan_out"]) -> Init:
    if mode not in ("fan_in", "fan_out"):
        raise Fault(OutOfRange, f"expected fan_in or fan_out, found {describe(mode)}")
    return Init("he_normal", (str(mode),))


def _spread(name: str) -> Callable[..., object]:
    def apply(*values: object) -> Init:
        if not values:
            raise Fault(MissingArgument, f"{name} needs its width")
        width = float(number(values[0]))
        if width < 0:
            raise Fault(
                OutOfRange, f"{name} needs a width of at least 0, found {width:g}"
            )
        return Init(name, (width,))

    return apply


FUNCTIONS = {
    "max": Function(_extreme("max"), "max(a, b, ...)", 1, 64),
    "min": Function(_extreme("min"), "min(a, b, ...)", 1, 64),
    "len": Function(_length, "len(list)", 1, 1),
    "range": Function(_range, "range(stop) or range(start, stop, step)", 1, 3, True),
    "int": Function(_whole, "int(number)", 1, 1, True),
    "ceil": Function(_ceil, "ceil(number)", 1, 1, True),
    "round": Function(_round, "round(number)", 1, 1, True),
    "sum": Function(_sum, "sum(list)", 1, 1),
    "zip": Function(_zip, "zip(list, list, ...)", 2, 64),
    "multiple_of": Function(
        _multiple_of, "multiple_of(number, divisor, [least])", 2, 3, True
    ),
    "sqrt": Function(_sqrt, "sqrt(number)", 1, 1, True),
    "he_normal": Function(_he_normal, "he_normal(fan_in or fan_out)", 0, 1, True),
    "normal": Function(_spread("normal"), "normal(std)", 1, 1, True),
    "trunc_normal": Function(_spread("trunc_normal"), "trunc_normal(std)", 1, 1, True),
    "uniform": Function(_spread("uniform"), "uniform(bound)", 1, 1, True),
    "glorot_uniform": Function(
        lambda: Init("glorot_uniform"), "glorot_uniform()", 0, 0
    ),
    "fan_in_uniform": Function(
        lambda: Init("fan_in_uniform"), "fan_in_uniform()", 0, 0
    ),
}
