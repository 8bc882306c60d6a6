"""Sketches with equal texts become one function; what differs is its attributes.

An attribute is an argument of an operator that is not the same in all uses, or one of a
function used within. What all uses agree on is written where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator

from resdsl.core.record import NamedTuple
from resdsl.emit.fold import merges
from resdsl.emit.graph.draw import GraphTarget, Pen
from resdsl.emit.graph.sketch import Call, Setting, Sketch, given
from resdsl.emit.text import Code, identifier
from resdsl.ir.net import Net, Unit
from resdsl.values.guards import is_list

Key = tuple[object, ...]
Column = tuple[Setting, ...]
"""A value for each form of a function."""

_INPUT, _OUTPUT = "x", "y"
_LONGEST = 100
"""What a made-up name may have before it is numbered."""


class Attribute(NamedTuple):
    """What the uses of a function state, and what each of its forms has there."""

    name: Code
    column: Column


class Function:
    """One function: its forms differ in numbers alone."""

    def __init__(self, sketch: Sketch, callees: tuple[Function, ...]) -> None:
        self.forms = [sketch]
        self.callees = callees
        self.name = Code("")
        self.attributes: list[Attribute] = []
        self.slots: list[Code] = []
        """Per slot, what stands there."""
        self.calls: list[list[tuple[Code, Code]]] = []
        """Per call, each attribute of what is called, and what is given for it."""

    def settle(self, name: Code) -> None:
        """Find the attributes, those of all callees being known."""
        self.name = name
        for at, slot in enumerate(self.forms[0].slots):
            column = tuple(form.slots[at].value for form in self.forms)
            self.slots.append(self._given(slot.name, slot.owner, column))
        for at, callee in enumerate(self.callees):
            units = [form.calls()[at].unit for form in self.forms]
            owner = self.forms[0].calls()[at].name
            passed: list[tuple[Code, Code]] = []
            for attribute in callee.attributes:
                places = [callee.place(unit) for unit in units]
                column = tuple(attribute.column[place] for place in places)
                word = self._given(attribute.name, owner, column)
                passed.append((attribute.name, word))
            self.calls.append(passed)

    def place(self, unit: Unit) -> int:
        """Which form a unit is."""
        return next(i for i, form in enumerate(self.forms) if form.unit is unit)

    def _given(self, wanted: str, owner: str, column: Column) -> Code:
        first = column[0]
        if all(value == first for value in column):
            return given(first)
        return Code(f": {_type(first)} = @{self._attribute(wanted, owner, column)}")

    def _attribute(self, wanted: str, owner: str, column: Column) -> Code:
        """The attribute of that column; one name for equal arguments that agree."""
        taken: dict[str, Column] = {a.name: a.column for a in self.attributes}
        long = f"{wanted}_{owner.replace('.', '_')}"[:_LONGEST]
        numbered = (f"{long}_{i}" for i in range(2, len(taken) + 3))
        for name in (wanted, long, *numbered):
            if taken.setdefault(name, column) == column:
                break
        else:
            raise AssertionError("there are more names than attributes")
        if len(taken) > len(self.attributes):
            self.attributes.append(Attribute(identifier(name), column))
        return Code(name)


class Functions:
    """All functions of a net, in the order in which they need one another."""

    def __init__(self, net: Net, target: GraphTarget, inline: bool) -> None:
        self.target = target
        self.inline = inline
        self._sketches: dict[int, tuple[Sketch, Function]] = {}
        self._known: dict[Key, Function] = {}
        ends = (target.input, target.output)
        self.main = self._draw(net.unit, ends)
        self._settle()

    @property
    def all(self) -> list[Function]:
        """The functions, each after those that it calls."""
        return list(self._known.values())

    def of(self, unit: Unit) -> Function:
        """The function that computes a unit."""
        return self._sketches[id(unit)][1]

    def _draw(self, unit: Unit, ends: tuple[str, str]) -> Function:
        callee = None if self.inline else self._callee
        sketch = Pen(self.target, unit, ends, callee).draw()
        return Function(sketch, tuple(self.of(call.unit) for call in sketch.calls()))

    def _callee(self, unit: Unit) -> Sketch:
        if id(unit) not in self._sketches:
            made = self._draw(unit, (_INPUT, _OUTPUT))
            sketch = made.forms[0]
            key = _key(sketch, made.callees)
            function = self._known.setdefault(key, made)
            if function is not made:
                function.forms.append(sketch)
            self._sketches[id(unit)] = sketch, function
        return self._sketches[id(unit)][0]

    def _settle(self) -> None:
        taken: set[str] = set()
        for function in self.all:
            unit = function.forms[0].unit
            plain = "_".join((unit.name, *_shortcuts(unit)))[:_LONGEST]
            numbered = (f"{plain}_{i}" for i in range(2, len(taken) + 3))
            name = next(n for n in (plain, *numbered) if n not in taken)
            taken.add(name)
            function.settle(identifier(name))
        self.main.settle(Code(""))


def _type(value: Setting) -> str:
    if is_list(value):
        return "floats" if any(isinstance(part, float) for part in value) else "ints"
    return "float" if isinstance(value, float) else "int"


def _shortcuts(unit: Unit) -> Iterator[str]:
    for merge in merges(unit.body):
        if merge.shortcut is not None:
            yield merge.shortcut.name


def _key(sketch: Sketch, callees: tuple[Function, ...]) -> Key:
    """What the forms of one function have in common."""
    lines = tuple(
        (line.name, line.x, line.y) if isinstance(line, Call) else str(line)
        for group in sketch.groups
        for line in group.lines
    )
    slots = tuple((slot.name, _type(slot.value)) for slot in sketch.slots)
    weights = tuple(operand.name for layer in sketch.weights for operand in layer)
    used = tuple(id(callee) for callee in callees)
    unit = sketch.unit
    return unit.name, unit.role, lines, slots, weights, sketch.outputs, used
