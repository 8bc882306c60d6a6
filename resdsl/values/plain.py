"""Numbers without their formulas."""

from __future__ import annotations

from typing import Any

from resdsl.values.guards import is_list
from resdsl.values.language import Extent


def plain(value: Any) -> Any:
    """`value` without the formula it came from."""
    if type(value) is int or isinstance(value, bool):
        return value
    if isinstance(value, Extent):
        return Extent(int(n) for n in value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if is_list(value):
        return tuple(plain(v) for v in value)
    return value
