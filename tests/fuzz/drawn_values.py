"""Values for the arguments of layers, drawn from their types, and how they are written.

What is drawn is the value. How it is written comes second: `8`, `2 * a`, `max(w[0], 3)`
are the same number to the network, and different ones to the compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from resdsl.lower.functions import FUNCTIONS, SYMBOLS
from resdsl.ops.fault import Fault
from resdsl.ops.types import ArgType
from resdsl.values.language import Extent, Init, Symbol

T = TypeVar("T")
Value = int | float | bool | str | Extent | Symbol | Init | list[int]
Names = Mapping[str, object]
"""Names in force and their values: numbers, truths, lists."""

MOST_CHANNELS = 16
_COUNTS = (4, 2, 3, 6, 8, 1, 5, 12, 4, 2, 3, 6, 8)
_STEPS = (1, 2, 3, 1, 2, 3, 4, 5)
_WHOLES = (1, 2, 3)
_REALS = (0.5, 0.1, 0.25, 0.01, 1e-3, 0.05, 0, 1, 1.5, -0.3, -1, 2)


@cache
def _index(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


class Dice:
    """Picks among options: what comes first is simpler, and a failure shrinks to it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def pick(self, options: Sequence[T]) -> T:
        return options[self._draw(_index(len(options)))] if options[1:] else options[0]

    def once_in(self, count: int) -> bool:
        return self._draw(_index(count)) == count - 1

    def up_to(self, most: int) -> int:
        return self._draw(_index(most + 1))

    def shuffled(self, options: Sequence[T]) -> list[T]:
        left, found = list(options), []
        while left:
            found.append(left.pop(self._draw(_index(len(left)))))
        return found


@cache
def _starts() -> tuple[Init, ...]:
    """What the functions of the language make of no argument, a number, a word."""
    tried: list[tuple[object, ...]] = [(), (0.05,), (0.5,)]
    tried += [(word,) for word in SYMBOLS.values()]
    found = [Init("constant", (value,)) for value in (0, 1, 0.3, -2)]
    for function in FUNCTIONS.values():
        for arguments in tried:
            if function.least <= len(arguments) <= function.most:
                try:
                    made = function.apply(*arguments)
                except (Fault, TypeError, ValueError):
                    continue
                found += [made] if isinstance(made, Init) else []
    return tuple(dict.fromkeys(found))


def _whole(names: Names, channels: int) -> list[int]:
    known = [n for n in names.values() if type(n) is int and 0 < n <= MOST_CHANNELS]
    return [*_COUNTS, *known, *known, channels, channels, 2 * channels]


def candidates(
    accepts: ArgType, names: Names, channels: int, rank: int, dice: Dice
) -> list[Value]:
    """Values for an argument that its type does not refuse.

    A type made of other Python classes than these is the one thing to teach here.
    """
    found: list[Value] = []
    if accepts.choices:
        found += [Symbol(word) for word in accepts.choices]
    if bool in accepts.python:
        found += [True, False]
    elif Init in accepts.python:
        found += _starts()
    elif Extent in accepts.python:
        found += [n for n in names.values() if type(n) is int and n < 6]
        low = int(accepts.low or 0)
        found += [low + n - 1 for n in _STEPS]
        if rank and dice.once_in(2):
            sizes = tuple(low + dice.pick(_STEPS) - 1 for _ in range(rank))
            found = [Extent(sizes)] if rank > 1 else list(sizes)
    elif float in accepts.python:
        found += [n for n in names.values() if type(n) is float]
        found += _REALS
    elif accepts.spatial:
        found += _WHOLES
    else:
        found += _whole(names, channels)
    found = [value for value in found if _is_accepted(accepts, value)]
    assert found, f"no value is known for {accepts.words}"
    return found


def _is_accepted(accepts: ArgType, value: object) -> bool:
    try:
        accepts.check(value)
    except Fault:
        return False
    return True


class Speller:
    """Writes values as expressions of the names in force."""

    def __init__(self, dice: Dice, names: Names, channels: int | None, rank: int):
        self.dice = dice
        self.names = names
        self.channels = channels
        """None where there is no tensor yet, as in the default of a parameter."""
        self.rank = rank

    def __call__(self, value: object) -> str:
        if isinstance(value, bool):
            return self.truth(value)
        if isinstance(value, Symbol):
            return str(value)
        if isinstance(value, Init):
            return str(value.args[0]) if value.name == "constant" else str(value)
        if isinstance(value, Extent):
            return self._extent(value)
        if isinstance(value, int):
            return self.whole(value)
        if isinstance(value, float):
            return self._real(value)
        return str(value)

    def _named(self, value: object) -> list[str]:
        return [
            name
            for name, known in self.names.items()
            if type(known) is type(value) and known == value
        ]

    def _real(self, value: float) -> str:
        return self.dice.pick([repr(value), *self._named(value)])

    def step(self, value: int | Extent) -> str:
        """A value behind `/`, where only an extent of plain terms may stand."""
        if isinstance(value, Extent):
            return self._extent(value)
        return self.dice.pick([str(value), *self._named(int(value))])

    def _extent(self, value: Extent) -> str:
        sizes = [self.dice.pick([str(n), *self._named(int(n))]) for n in value]
        plain = "x".join(sizes)
        if all(size.isdigit() for size in sizes) and not self.dice.once_in(3):
            return plain
        return " x ".join(sizes)

    def whole(self, value: int) -> str:
        if value < 0:
            return str(value)
        options = [str(value), *self._by_name(value)]
        if not self.dice.once_in(5):
            return self.dice.pick(options)
        return self.dice.pick(self._computed(value))

    def _by_name(self, value: int) -> list[str]:
        found = self._named(value) * 2
        whole = {n: v for n, v in self.names.items() if type(v) is int and v > 0}
        if self.channels:
            whole["channels"] = self.channels
        for name, known in whole.items():
            if value == known == self.channels:
                found.append(name)
            elif value > known and value % known == 0:
                found.append(f"{name} * {value // known}")
            elif known > value > 0 and known % value == 0:
                found.append(f"{name} // {known // value}")
        for name, known in self.names.items():
            if isinstance(known, list) and value in known:
                at = known.index(value)
                found += [f"{name}[{at}]", f"{name}[{at - len(known)}]"]
                found += [f"{name}[{at}:][0]", f"{name}[:{at + 1}][-1]"]
        return found

    def _computed(self, value: int) -> list[str]:
        more, term = value + 2, self.dice.pick([str(value), *self._by_name(value)])
        found = [
            f"{term} + 0",
            f"({term} + 2) * 3 // 3 - 2",
            f"max({term}, {min(value, 1)})",
            f"min({more}, {term})",
            f"{value + 32} % 32" if value < 32 else term,
            f"{term} if {self.truth(True)} else {more}",
            f"{more} if {self.truth(False)} else {term}",
            f"int({value}.9)",
            f"range({term}, {more})[0]",
            f"len({[1] * value})",
            f"-(-{value})",
            f"len([{more}] + {[0] * (value - 1)})" if value else "0 * 7",
        ]
        if value > 1 and value & (value - 1) == 0:
            found.append(f"2 ** {value.bit_length() - 1}")
        return found

    def truth(self, value: bool) -> str:
        options = [str(value).lower(), *self._named(value)]
        if not self.dice.once_in(3):
            return self.dice.pick(options)
        yes, no = ("2 > 1", "2 < 1") if value else ("2 < 1", "2 > 1")
        options += [yes, f"not {no}", f"({no} or {yes}) and {yes}"]
        if value:
            options += [f"{yes} or {no}", f"rank == {self.rank}"]
            options += [f"channels == {self.channels}"] if self.channels else []
        else:
            options += [f"{yes} and {no}", f"rank != {self.rank}"]
            options += [f"channels < {self.channels}"] if self.channels else []
        return self.dice.pick(options if self.channels else options[:-2])


Spell = Callable[[object], str]
