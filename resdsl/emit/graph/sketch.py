"""A unit as a list of operators, drawn once: what varies between its uses is open.

Where an argument of an operator stands, the text holds a mark instead of the number, so
that units which differ in numbers alone have equal texts. Where a value's name stands,
it is marked too: the last value of a unit is called as its output in the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from resdsl.core.record import NamedTuple
from resdsl.emit.text import Code, free_name, identifier, number
from resdsl.ir.net import Unit
from resdsl.values.guards import is_list

Setting = int | float | tuple[int, ...] | tuple[float, ...]

_MARK = re.compile("\0(\\d+)\0")
_NAMED = re.compile("\1([^\1\2]*)\2")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH = re.compile(r"[A-Za-z0-9_.-]{1,8192}")


class Slot(NamedTuple):
    """One argument of an operator: of which layer, its name and its value."""

    owner: str
    name: str
    value: Setting


class Operand(NamedTuple):
    """A weight: its name from here, and its shape."""

    name: str
    shape: tuple[int, ...]


class Call(NamedTuple):
    """One use of a unit: its name from here, what goes in, and its weights."""

    name: str
    unit: Unit
    x: str
    y: str
    weights: tuple[tuple[Operand, ...], ...]


class Group(NamedTuple):
    """Operators that belong together: those of one line of the source."""

    comment: str
    lines: tuple[Code | Call, ...]


class Sketch(NamedTuple):
    """A drawn unit."""

    unit: Unit
    groups: tuple[Group, ...]
    slots: tuple[Slot, ...]
    weights: tuple[tuple[Operand, ...], ...]
    """Per layer, those that an operator takes."""
    outputs: tuple[str, ...]
    """What comes out: one value, but of a net that gives several."""

    def calls(self) -> list[Call]:
        """The uses of other units, in order."""
        lines = (line for group in self.groups for line in group.lines)
        return [line for line in lines if isinstance(line, Call)]


class Names:
    """Names for values and operators, each given once.

    Layers have their own, wherever they stand; all else goes around those.
    """

    def __init__(self, ends: tuple[str, str], paths: Iterable[str]) -> None:
        self._ends = ends
        self._taken = {*ends, *paths}

    def value(self, path: str) -> str:
        """What the output of `path` is called: the same, but for a unit's own ends."""
        return self.claim(path) if path in self._ends else path

    def claim(self, wanted: str) -> str:
        """`wanted`, or the first of its numbered forms that is free."""
        return free_name(wanted, self._taken)


def quoted(path: str) -> Code:
    """A dotted name in quotes.

    Raises:
        ValueError: it holds anything else than letters, digits, `_`, `-` and dots.
    """
    if not _PATH.fullmatch(path):
        raise ValueError(f"not a path: {path[:80]!r}")
    return Code(f'"{path}"')


def value_name(name: str) -> Code:
    """The name of a value, in quotes where it needs them."""
    return identifier(name) if _PLAIN.fullmatch(name) else quoted(name)


def marked(name: str) -> Code:
    """The place of a value's name, which is settled later."""
    return Code(f"\1{name}\2")


def given(value: Setting) -> Code:
    """An argument that is given as a literal."""
    if is_list(value):
        return Code(f" = [{', '.join(_number(part) for part in value)}]")
    return Code(f" = {_number(value)}")


def as_tensor(value: Setting) -> Code:
    """An argument that is given as a tensor."""
    numbers = value if is_list(value) else (value,)
    kind = "float" if isinstance(numbers[0], float) else "int64"
    size = f"[{len(numbers)}]" if is_list(value) else ""
    return Code(f" = {kind}{size} {{{', '.join(_number(part) for part in numbers)}}}")


def _number(item: object) -> str:
    assert isinstance(item, int | float)
    text = number(item)
    whole = isinstance(item, float) and text.lstrip("-").isdigit()
    return f"{text}.0" if whole else text


def settle(text: str, setting: Callable[[int], str], rename: Mapping[str, str]) -> Code:
    """`text` with arguments and names put in."""
    text = _MARK.sub(lambda found: setting(int(found[1])), text)
    return Code(_NAMED.sub(lambda at: value_name(rename.get(at[1], at[1])), text))
