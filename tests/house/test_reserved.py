"""The names kept from users are those that Python and the installed torch keep."""

import builtins
import keyword

from torch import nn

from resdsl.lower.reserved import (
    KEYWORDS,
    MODULE_ATTRIBUTES,
    PARAMETERS,
    why_reserved,
)


def test_every_word_of_python_is_kept() -> None:
    assert frozenset(keyword.kwlist) == KEYWORDS


def test_every_attribute_of_a_module_is_kept() -> None:
    made = nn.Module()
    for name in {*dir(made), *nn.Module.__annotations__}:
        assert why_reserved(name), f"a layer could be called {name}"


def test_what_pages_call_is_kept_from_parameters() -> None:
    called = {"isinstance", "max", "min", "range", "super"}
    assert called < set(dir(builtins))
    assert called | {"self", "nn", "torch", "Tensor", "x", "in_channels"} <= PARAMETERS


def test_an_ordinary_name_is_free() -> None:
    for name in ("conv1", "downsample", "fc", "layer1", "stem"):
        assert not why_reserved(name)
        assert name not in MODULE_ATTRIBUTES
