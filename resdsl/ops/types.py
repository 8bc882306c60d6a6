"""The types of a layer's arguments: each says what it accepts and why it refuses."""

from __future__ import annotations

from resdsl.core.catalog import OutOfRange, WrongType
from resdsl.core.record import NamedTuple
from resdsl.ops.fault import Fault
from resdsl.values.guards import is_list, is_number
from resdsl.values.language import Extent, Init, Symbol


class ArgType(NamedTuple):
    """One type: `words` names it in messages, `python` are the accepted classes."""

    words: str
    python: tuple[type, ...]
    low: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    spatial: bool = False
    """Whether the value decides spatial sizes, which are plain numbers."""

    def check(self, value: object) -> object:
        """`value` as the layer keeps it.

        Raises:
            Fault: it has another type, or lies outside the range.
        """
        if Init in self.python and is_number(value):
            plain = float(value) if isinstance(value, float) else int(value)
            return Init("constant", (plain,))
        truth = isinstance(value, bool) and bool not in self.python
        if truth or not isinstance(value, self.python):
            raise Fault(WrongType, self._refusal(value), hint=self._hint(value))
        self._check_range(value)
        return value

    def _check_range(self, value: object) -> None:
        if (
            self is VECTOR_INIT
            and isinstance(value, Init)
            and value.name in ("glorot_uniform", "he_normal")
        ):
            message = f"{value.name} needs a fan: only a matrix or kernel has one"
            hint = "use a number, normal(std) or uniform(b)"
            raise Fault(OutOfRange, message, hint=hint)
        numbers = value if isinstance(value, Extent) else (value,)
        for number in numbers:
            if is_number(number) and not self._inside(number):
                raise Fault(OutOfRange, self._refusal(value))
        if isinstance(value, Symbol) and value not in self.choices:
            hint = f"one of: {', '.join(self.choices)}"
            raise Fault(OutOfRange, self._refusal(value), hint=hint)

    def _inside(self, number: float) -> bool:
        if self.low is not None and number < self.low:
            return False
        return self.below is None or number < self.below

    def _refusal(self, value: object) -> str:
        return f"expected {self.words}, found {describe(value)}"

    def _hint(self, value: object) -> str:
        if isinstance(value, float) and int in self.python:
            return "'//' divides whole numbers; for a stride put a comma before '/'"
        return ""


def describe(value: object) -> str:
    """A value in the words of the language."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Symbol):
        return f"the word '{value}'"
    if isinstance(value, int):
        return f"the whole number {int(value)}"
    if isinstance(value, float):
        return f"the number {float(value)}"
    if isinstance(value, Extent):
        return f"the extent {value}"
    if is_list(value):
        return f"a list of {len(value)}"
    return str(value)


COUNT = ArgType("a whole number of at least 1", (int,), low=1)
SEVERAL = ArgType("a whole number of at least 2", (int,), low=2)
FACTOR = ArgType("a whole number of at least 1, as a factor", (int,), 1, spatial=True)
LENGTH = ArgType("a whole number of at least 1", (int,), low=1, spatial=True)
KERNEL = ArgType("a kernel such as 3x3 or 3", (Extent, int), low=1, spatial=True)
STEP = ArgType(
    "a whole number of at least 1, such as /2", (int, Extent), 1, spatial=True
)
INDEX = ArgType("a whole number of at least 0", (int,), 0, spatial=True)
SIZES = ArgType("sizes such as 1 x 64", (Extent, int), low=1, spatial=True)
PADDING = ArgType("a whole number of at least 0", (int, Extent), 0, spatial=True)
SLID_PADDING = ArgType(
    "a whole number of at least 0, or same",
    (int, Extent, Symbol),
    0,
    choices=("same",),
    spatial=True,
)
REAL = ArgType("a number", (int, float))
POSITIVE = ArgType("a number of at least 0", (int, float), low=0)
EPS = ArgType("a number of at least 1e-12", (int, float), low=1e-12)
RATE = ArgType("a rate from 0 up to, but not including, 1", (int, float), 0, 1)
FLAG = ArgType("true or false", (bool,))
INIT = ArgType("an initialisation such as 0 or he_normal(fan_in)", (Init,))
VECTOR_INIT = ArgType("an initialisation such as 0 or normal(0.02)", (Init,))
MODE = ArgType(
    "nearest or bilinear", (Symbol,), choices=("nearest", "bilinear"), spatial=True
)
