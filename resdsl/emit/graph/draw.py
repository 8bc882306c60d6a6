"""Units drawn as operators, in the order of computation; blocks called or drawn in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from resdsl.core.diagnostic import Stop
from resdsl.core.record import NamedTuple
from resdsl.emit.environment import Words
from resdsl.emit.graph.operator import Operator, arguments
from resdsl.emit.graph.sketch import (
    Call,
    Group,
    Names,
    Operand,
    Sketch,
    Slot,
    marked,
)
from resdsl.emit.parts import Parts
from resdsl.emit.text import Code
from resdsl.ir.net import Group as Sequence
from resdsl.ir.net import Instance, Item, Join, Keep, Merge, Named, Node, Repeat, Unit
from resdsl.ops.base import Weight
from resdsl.ops.fault import Fault
from resdsl.ops.merge import MERGES


class GraphTarget(NamedTuple):
    """The facts of a target whose networks are graphs of operators."""

    words: Words
    settings: Callable[[Node], dict[str, object]]
    """What it adds to a layer's own arguments."""
    layout: Callable[[Node, Weight], tuple[int, ...]]
    """The shape that a weight has in it."""
    input: str
    output: str


class _Place(NamedTuple):
    """Where an item stands: how its values are called, and how its weights are.

    They differ where it is used again.
    """

    path: str
    weights: str

    def member(self, name: str) -> _Place:
        """The place of a part."""
        dot = "." if self.path else ""
        return _Place(f"{self.path}{dot}{name}", f"{self.weights}{dot}{name}")


class Pen:
    """Draws one unit; `callee` gives the sketch of a block, none draws it in."""

    def __init__(
        self,
        target: GraphTarget,
        unit: Unit,
        ends: tuple[str, str],
        callee: Callable[[Unit], Sketch] | None,
    ) -> None:
        self.target = target
        self.unit = unit
        self.callee = callee
        self.ends = ends
        self.names = Names(ends, _paths(unit.body, "", callee is None))
        self.slots: list[Slot] = []
        self.weights: list[tuple[Operand, ...]] = []
        self.groups: list[tuple[str, list[Code | Call]]] = []
        self._merges: Counter[tuple[str, str]] = Counter()
        self._kept: dict[tuple[str, str], str] = {}
        """The tensors that have names, each within its unit."""
        self._line: object = None
        self._comment = ""

    def draw(self) -> Sketch:
        """The whole unit."""
        x, _ = self.ends
        y = self._items(self.unit.body, _Place("", ""), x)
        outputs: list[str] = []
        for value in [self._kept["", o.tensor] for o in self.unit.outputs] or [y]:
            outputs.append(self._copy(value) if value in (x, *outputs) else value)
        groups = tuple(Group(comment, tuple(lines)) for comment, lines in self.groups)
        return Sketch(
            self.unit, groups, tuple(self.slots), tuple(self.weights), tuple(outputs)
        )

    def _copy(self, value: str) -> str:
        view = Operator(self.names.claim("copy"), value, self.names, {}, self.slots, {})
        self._add(self.target.words.say("copy", view), None)
        return view.gives

    def _items(self, items: tuple[Item | Repeat, ...], place: _Place, x: str) -> str:
        for item in items:
            if isinstance(item, Repeat):
                for index in range(item.first, item.first + item.times):
                    x = self._item(item.item, place.member(str(index)), place, x)
            elif isinstance(item, Keep):
                self._kept[place.path, item.name] = x
            elif isinstance(item, Join):
                x = self._join(item, place, x)
            elif isinstance(item, Merge):
                x = self._merge(item, place, x)
            else:
                at = place.member(item.name)
                if item.again:
                    at = at._replace(path=self.names.claim(at.path))
                x = self._item(item, at, place, x)
        return x

    def _item(self, item: Named, at: _Place, around: _Place, x: str) -> str:
        if isinstance(item, Node):
            return self._node(item, at, around, x)
        if isinstance(item, Instance):
            return self._instance(item, at, x)
        return self._items(item.items, at, x)

    def _node(self, node: Node, at: _Place, around: _Place, x: str) -> str:
        weights = node.kind.weights(node.x)
        values = {w.name.replace(".", "_"): w.key(at.weights) for w in weights}
        try:
            settings = arguments(node.kind, node.x.rank) | self.target.settings(node)
            view = Operator(at.path, x, self.names, settings, self.slots, values)
            text = self.target.words.say(node.kind.name, view)
        except Fault as fault:
            raise Stop(fault.at(node.span)) from None
        if text:
            self._add(text, (around.path, node.statement))
        used = tuple(
            Operand(w.key(at.weights), self.target.layout(node, w))
            for w in weights
            if w.name.replace(".", "_") in view.asked
        )
        self._hold(at, used)
        return view.gives

    def _hold(self, at: _Place, *layers: tuple[Operand, ...]) -> None:
        """The unit has these weights, unless an earlier use has told so."""
        if at.path == at.weights:
            self.weights += [layer for layer in layers if layer]

    def _instance(self, item: Instance, at: _Place, x: str) -> str:
        if self.callee is None:
            self._comment = f"{at.path}: {item.unit.name}"
            self._line = None
            y = self._items(item.unit.body, at, x)
            self._line = None
            return y
        sketch = self.callee(item.unit)
        weights = tuple(
            tuple(o._replace(name=f"{at.weights}.{o.name}") for o in layer)
            for layer in sketch.weights
        )
        y = self.names.value(at.path)
        self._add(Call(at.path, item.unit, x, y, weights), None)
        self._hold(at, *weights)
        return y

    def _merge(self, merge: Merge, place: _Place, x: str) -> str:
        path = self._merge_path(merge.rule, place)
        given = [self._items(way.body, place, x) for way in merge.paths]
        if merge.shortcut is not None:
            x = self._instance(merge.shortcut, place.member(merge.shortcut.name), x)
        if MERGES[merge.rule].takes_input:
            given.insert(0, x)
        return self._merged(merge, path, place, given)

    def _join(self, join: Join, place: _Place, x: str) -> str:
        given = [self._kept[place.path, name] if name else x for name in join.sources]
        if not join.rule:
            return given[0]
        return self._merged(join, self._merge_path(join.rule, place), place, given)

    def _merge_path(self, rule: str, place: _Place) -> str:
        """The name of a merge: its rule's and its ordinal, as layers have theirs."""
        self._merges[place.path, rule] += 1
        ordinal = self._merges[place.path, rule]
        return self.names.claim(place.member(f"{rule}{ordinal}").path)

    def _merged(
        self, item: Merge | Join, path: str, place: _Place, given: list[str]
    ) -> str:
        parts = Parts(item.rule, [marked(name) for name in given])
        view = Operator(path, given[0], self.names, {}, self.slots, {}, parts)
        text = self.target.words.say_of(item, f"merge_{item.rule}", view)
        self._add(text, (place.path, item.statement))
        return view.gives

    def _add(self, line: Code | Call, source: object) -> None:
        """Add to the group of the same line of the source, or begin another."""
        if source is None or source != self._line or self._comment:
            self.groups.append((self._comment, []))
            self._comment = ""
        self._line = source
        for text in line.split("\n") if isinstance(line, Code) else (line,):
            self.groups[-1][1].append(Code(text) if isinstance(text, str) else text)


def _paths(
    items: tuple[Item | Repeat, ...], prefix: str, inline: bool
) -> Iterator[str]:
    """The names of all layers, calls and groups."""
    for item in items:
        if isinstance(item, Repeat):
            for index in range(item.first, item.first + item.times):
                yield from _path(item.item, f"{prefix}{index}", inline)
        elif isinstance(item, Merge):
            for way in item.paths:
                yield from _paths(way.body, prefix, inline)
            if item.shortcut is not None:
                yield from _path(item.shortcut, f"{prefix}{item.shortcut.name}", inline)
        elif not isinstance(item, Keep | Join) and not item.again:
            yield from _path(item, f"{prefix}{item.name}", inline)


def _path(item: Named, path: str, inline: bool) -> Iterator[str]:
    yield path
    if isinstance(item, Sequence):
        yield from _paths(item.items, f"{path}.", inline)
    elif isinstance(item, Instance) and inline:
        yield from _paths(item.unit.body, f"{path}.", inline)
