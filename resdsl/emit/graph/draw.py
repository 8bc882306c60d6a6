"""Units drawn as operators, in the order of computation; blocks called or drawn in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from resdsl.core.diagnostic import Stop
from resdsl.core.record import NamedTuple
from resdsl.emit.environment import Words
from resdsl.emit.graph.operator import Operator, arguments
from resdsl.emit.graph.sketch import Call, Group, Names, Operand, Sketch, Slot
from resdsl.emit.text import Code
from resdsl.ir.net import Group as Sequence
from resdsl.ir.net import Instance, Item, Merge, Node, Repeat, Unit
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
        self._merged: Counter[tuple[str, str]] = Counter()
        self._line: object = None
        self._comment = ""

    def draw(self) -> Sketch:
        """The whole unit."""
        x, _ = self.ends
        y = self._items(self.unit.body, "", x)
        if y == x:
            path = self.names.claim("copy")
            view = Operator(path, x, self.names, {}, self.slots, {})
            self._add(self.target.words.say("copy", view), None)
            y = view.gives
        groups = tuple(Group(comment, tuple(lines)) for comment, lines in self.groups)
        return Sketch(self.unit, groups, tuple(self.slots), tuple(self.weights), y)

    def _items(self, items: tuple[Item | Repeat, ...], prefix: str, x: str) -> str:
        for item in items:
            if isinstance(item, Repeat):
                for index in range(item.first, item.first + item.times):
                    x = self._item(item.item, f"{prefix}{index}", prefix, x)
            else:
                name = "" if isinstance(item, Merge) else item.name
                x = self._item(item, f"{prefix}{name}", prefix, x)
        return x

    def _item(self, item: Item, path: str, prefix: str, x: str) -> str:
        if isinstance(item, Node):
            return self._node(item, path, prefix, x)
        if isinstance(item, Instance):
            return self._instance(item, path, x)
        if isinstance(item, Sequence):
            return self._items(item.items, f"{path}.", x)
        return self._merge(item, prefix, x)

    def _node(self, node: Node, path: str, prefix: str, x: str) -> str:
        weights = node.kind.weights(node.x)
        values = {w.name: w.key(path) for w in weights}
        try:
            settings = arguments(node.kind, node.x.rank) | self.target.settings(node)
            view = Operator(path, x, self.names, settings, self.slots, values)
            text = self.target.words.say(node.kind.name, view)
        except Fault as fault:
            raise Stop(fault.at(node.span)) from None
        if text:
            self._add(text, (prefix, node.statement))
        used = tuple(
            Operand(values[w.name], self.target.layout(node, w))
            for w in weights
            if w.name in view.asked
        )
        self.weights += [used] if used else []
        return view.gives

    def _instance(self, item: Instance, path: str, x: str) -> str:
        if self.callee is None:
            self._comment = f"{path}: {item.unit.name}"
            self._line = None
            y = self._items(item.unit.body, f"{path}.", x)
            self._line = None
            return y
        sketch = self.callee(item.unit)
        weights = tuple(
            tuple(o._replace(name=f"{path}.{o.name}") for o in layer)
            for layer in sketch.weights
        )
        y = self.names.value(path)
        self._add(Call(path, item.unit, x, y, weights), None)
        self.weights += weights
        return y

    def _merge(self, merge: Merge, prefix: str, x: str) -> str:
        rule = MERGES[merge.rule]
        self._merged[prefix, rule.name] += 1
        count = self._merged[prefix, rule.name]
        path = self.names.claim(f"{prefix}{rule.name}{count}")
        branch = self._items(merge.body, prefix, x)
        kept = x
        if merge.shortcut is not None:
            kept = self._instance(merge.shortcut, f"{prefix}{merge.shortcut.name}", x)
        values = {"kept": kept, "branch": branch}
        view = Operator(path, branch, self.names, {}, self.slots, values)
        text = self.target.words.say_of(merge, f"merge_{rule.name}", view)
        self._add(text, (prefix, merge.statement))
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
    """The names of all layers and calls."""
    for item in items:
        if isinstance(item, Repeat):
            for index in range(item.first, item.first + item.times):
                yield from _path(item.item, f"{prefix}{index}", prefix, inline)
        else:
            name = "" if isinstance(item, Merge) else item.name
            yield from _path(item, f"{prefix}{name}", prefix, inline)


def _path(item: Item, path: str, prefix: str, inline: bool) -> Iterator[str]:
    if isinstance(item, Sequence):
        yield from _paths(item.items, f"{path}.", inline)
    elif isinstance(item, Merge):
        yield from _paths(item.body, prefix, inline)
        if item.shortcut is not None:
            yield from _path(
                item.shortcut, f"{prefix}{item.shortcut.name}", prefix, inline
            )
    elif isinstance(item, Instance) and inline:
        yield from _paths(item.unit.body, f"{path}.", inline)
    else:
        yield path
