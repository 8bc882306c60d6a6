"""Functions that scale a net, beside the code that published networks use for it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resdsl.lower.functions import FUNCTIONS
from resdsl.ops.fault import Fault

multiple_of = FUNCTIONS["multiple_of"].apply


def make_divisible(value: float, divisor: int, limit: float = 0.9) -> int:
    """MobileNet's own, as torchvision and timm have it."""
    new = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return new + divisor if new < limit * value else new


@given(st.integers(1, 4096), st.integers(1, 64), st.integers(4, 50))
def test_widths_are_rounded_as_mobilenet_rounds_them(
    channels: int, divisor: int, tenths: int
) -> None:
    value = channels * (tenths / 10)
    assert multiple_of(value, divisor) == make_divisible(value, divisor)
    assert multiple_of(value, divisor, 0) == make_divisible(value, divisor, 0)


@pytest.mark.parametrize(
    ("value", "divisor", "found"),
    [(35.2, 8, 32), (12, 8, 16), (10, 8, 16), (19, 16, 32), (1, 8, 8), (0, 8, 8)],
)
def test_multiples(value: float, divisor: int, found: int) -> None:
    assert multiple_of(value, divisor) == found


def test_nine_tenths_are_exact() -> None:
    value = 10**17 + 10
    kept = multiple_of(value, 9 * 10**16 + 9)
    assert kept == 9 * 10**16 + 9


@pytest.mark.parametrize("bad", [(8, 0), (8, -8), (8, 2.5), (8, 8, 1.5), ("8", 8)])
def test_multiples_of_what_is_no_divisor_are_refused(bad: tuple[object, ...]) -> None:
    with pytest.raises(Fault):
        multiple_of(*bad)


@given(st.floats(-1e6, 1e6))
def test_whole_numbers_near_a_fraction(value: float) -> None:
    assert FUNCTIONS["ceil"].apply(value) == math.ceil(value)
    assert FUNCTIONS["round"].apply(value) == round(value)


@given(st.lists(st.integers(-100, 100)))
def test_sums(values: list[int]) -> None:
    assert FUNCTIONS["sum"].apply(tuple(values)) == sum(values)
