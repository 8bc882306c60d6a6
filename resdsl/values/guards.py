"""What a value is, asked so that the type checker understands the answer."""

from __future__ import annotations

from typing import TypeGuard


def is_list(value: object) -> TypeGuard[tuple[object, ...]]:
    """Whether `value` is a list or an extent; not one of our records, nor any other."""
    return not hasattr(value, "_fields") and isinstance(value, tuple)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether `value` is a whole number; to Python a truth value would be one too."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether `value` is a number."""
    if type(value) is int:
        return True
    return isinstance(value, (int, float)) and not isinstance(value, bool)
