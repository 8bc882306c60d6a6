"""One layer or merge as a macro of a graph sees it: names and arguments, asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from resdsl.core.record import NamedTuple
from resdsl.emit.graph.sketch import Names, Setting, Slot, as_tensor, marked, quoted
from resdsl.emit.parts import Parts
from resdsl.emit.text import Code
from resdsl.ops.base import Kind
from resdsl.ops.window import per_axis
from resdsl.values.guards import is_list, is_number
from resdsl.values.language import Extent


class Pair(NamedTuple):
    """One step of an operator of two that joins any number."""

    y: Code
    x: Code
    other: Code


class Operator:
    """What a macro may print.

    `x` is the input and `y` the output with the operator's label before it; a weight's
    name is its name, and an argument's name is ` = value`, which may become a reference
    to an attribute. `part.NAME` is the output of a further operator, which `of.NAME`
    then is; behind either, `also.NAME` is another output of the same operator. What is
    absent or false is empty.
    """

    def __init__(
        self,
        path: str,
        x: str,
        names: Names,
        settings: Mapping[str, object],
        slots: list[Slot],
        values: Mapping[str, str],
        parts: Parts | None = None,
    ) -> None:
        self._path = path
        self._names = names
        self._settings = settings
        self._slots = slots
        self._values = values
        self._x = x
        self._y: str | None = None
        self.parts = parts
        """What a merge joins."""
        self.asked: set[str] = set()
        """The values that were printed."""
        self._inner: dict[str, str] = {}

    @property
    def x(self) -> Code:
        """The input."""
        return marked(self._x)

    @property
    def y(self) -> Code:
        """The output, after the operator's label."""
        taken = self._path in self._values.values()  # by a weight that is all there is
        name = self._names.claim if taken else self._names.value
        self._y = name(self._path)
        return self._defined(self._path, self._y)

    @property
    def gives(self) -> str:
        """The name of the output; the input's where no operator gives one."""
        return self._y or self._x

    @property
    def part(self) -> _Asked:
        """The first outputs of further operators, which are named by asking."""

        def make(name: str) -> Code:
            path = self._claimed(name)
            return self._defined(path, path)

        return _Asked(make)

    @property
    def also(self) -> _Asked:
        """Outputs beside the first of an operator, whose label they share."""
        return _Asked(lambda name: marked(self._claimed(name)))

    @property
    def of(self) -> _Asked:
        """The outputs that `part` and `also` named, as inputs of others."""
        return _Asked(lambda name: marked(self._inner[name]))

    @property
    def pairs(self) -> Iterator[Pair]:
        """The parts of a merge two by two: what came of the first ones, and the next.

        Raises:
            TypeError: this is no merge.
        """
        if self.parts is None:
            raise TypeError("an operator of a layer joins nothing")
        x, *others, last = self.parts.each
        for at, other in enumerate(others, 1):
            path = self._names.claim(f"{self._path}.{at}")
            yield Pair(self._defined(path, path), x, other)
            x = marked(path)
        yield Pair(self.y, x, last)

    @property
    def tensor(self) -> _Asked:
        """Arguments as tensors, which never are attributes of a function."""
        return _Asked(lambda name: as_tensor(self._setting(name)))

    def __getattr__(self, name: str) -> Code:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._values:
            self.asked.add(name)
            return marked(self._values[name])
        if name not in self._settings:
            raise AttributeError(name)
        item = self._settings[name]
        if item is None or isinstance(item, bool):
            return Code("true" if item else "")
        self._slots.append(Slot(self._path, name, self._setting(name)))
        return Code(f"\0{len(self._slots) - 1}\0")

    def _setting(self, name: str) -> Setting:
        item = self._settings[name]
        if is_number(item) or is_list(item):
            return item  # pyright: ignore[reportReturnType]
        raise TypeError(f"no argument of an operator: {type(item).__name__}")

    def _claimed(self, name: str) -> str:
        """The path of an output within this layer, which `of` knows from now on."""
        self._inner[name] = self._names.claim(f"{self._path}.{name}")
        return self._inner[name]

    def _defined(self, path: str, name: str) -> Code:
        return Code(f"[{quoted(path)}] {marked(name)}")


class _Asked:
    """Names that exist by being asked for."""

    def __init__(self, make: Callable[[str], Code]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Code:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._make(name)


def arguments(kind: Kind, rank: int) -> dict[str, object]:
    """The arguments of a layer without their formulas: extents one number per axis."""
    accepted = {s.name: s.type.python for s in kind.signature}
    made: dict[str, object] = {}
    for name, item in kind.settled().items():
        if isinstance(item, Extent) or (
            isinstance(item, int) and Extent in accepted[name]
        ):
            made[name] = tuple(int(n) for n in per_axis(item, rank))
        elif is_number(item):
            made[name] = float(item) if float in accepted[name] else int(item)
        elif item is None or isinstance(item, bool):
            made[name] = item
    return made
