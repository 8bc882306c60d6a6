"""Axes: there and back again, and that there is where it should be."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resdsl.backends.keras.places import AXES
from resdsl.weights.axes import convert, inverse

LAYOUTS = sorted({layouts for table in AXES.values() for _, layouts in table.values()})
sizes = st.integers(1, 4)


@pytest.mark.parametrize("layouts", LAYOUTS)
@given(rank=st.integers(0, 3), c=sizes, m=sizes, lengths=st.tuples(*[sizes] * 5))
def test_it_comes_back(
    layouts: str, rank: int, c: int, m: int, lengths: tuple[int, ...]
) -> None:
    spatial = lengths[:rank]
    shape = {
        "oi* -> *io": (c, m, *spatial),
        "oi* -> 1*io": (c, m, *spatial),
        "o1(1*) -> 1o": (c, 1, *(1 for _ in spatial)),
        "c(1*) -> c": (c, *(1 for _ in spatial)),
        "oi -> io": (c, m),
        "vc -> vc": (m, c),
        "(cm)1* -> *cm": (c * m, 1, *spatial),
        "11c -> 1c": (1, 1, c),
        "1lc -> lc": (1, m, c),
    }.get(layouts, (c,))
    array = np.arange(np.prod(shape)).reshape(shape)
    there = convert(array, layouts, rank, channels=c)
    assert sorted(there.ravel()) == sorted(array.ravel())
    back = convert(there, inverse(layouts), rank, channels=c)
    np.testing.assert_array_equal(back, array)


def test_each_number_is_where_keras_looks_for_it() -> None:
    kernel = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    there = convert(kernel, "oi* -> *io", 2)
    assert there.shape == (4, 5, 3, 2)
    for o, i, h, w in product(range(2), range(3), range(4), range(5)):
        assert there[h, w, i, o] == kernel[o, i, h, w]


def test_each_channel_has_its_multiples_beside_it() -> None:
    depth, channels = 2, 3
    kernel = np.arange(depth * channels * 4 * 5).reshape(depth * channels, 1, 4, 5)
    there = convert(kernel, "(cm)1* -> *cm", 2, channels)
    assert there.shape == (4, 5, channels, depth)
    for c, m, h, w in product(range(channels), range(depth), range(4), range(5)):
        assert there[h, w, c, m] == kernel[c * depth + m, 0, h, w]


def test_slopes_get_an_axis_for_each_dimension() -> None:
    slopes = np.arange(3)
    assert convert(slopes, "c -> (1*)c", 2).shape == (1, 1, 3)
    assert convert(slopes, "c -> (1*)c", 0).shape == (3,)
    back = convert(slopes.reshape(1, 3), inverse("c -> (1*)c"), 1)
    np.testing.assert_array_equal(back, slopes)


def test_another_number_of_axes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected 4 axes, found shape \(2, 3\)"):
        convert(np.zeros((2, 3)), "oi* -> *io", 2)
