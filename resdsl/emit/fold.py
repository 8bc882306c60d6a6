"""Equal units become one definition, whose parameters are the source's own.

Two instances are equal when every formula in them is the same; the numbers are what the
constructor is given. Shortcuts are handed to the constructor, so that an instance with
one and an instance without share the definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from resdsl.emit.text import Code, formula, identifier, value
from resdsl.ir.bindings import bindings_of, net_bindings
from resdsl.ir.net import (
    Body,
    Group,
    Instance,
    Item,
    Keep,
    Merge,
    Net,
    Node,
    Repeat,
    Unit,
)
from resdsl.values.expr import Expr, expr_of
from resdsl.values.guards import is_list, is_number

Key = tuple[object, ...]
_NOTHING: Mapping[str, Expr] = {}


class Definition:
    """What one class or function of the page is made from."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.given: dict[str, set[str]] = {}
        """Per parameter, the texts that its uses give."""
        self.uses = 0
        self.units: list[Unit] = []
        """That of each use: they differ in sizes."""
        self._named: list[dict[str, int]] = [{} for _ in merges(unit.body)]
        """Per merge, how many uses have a shortcut of each name."""
        self.weighty: set[str] = set()
        """The names of shortcuts that have parameters, and so keys in a checkpoint."""

    def use(self, instance: Instance, bindings: Mapping[str, Expr]) -> None:
        """Take note of one instance, whose arguments are in terms of `bindings`."""
        self.uses += 1
        self.units.append(instance.unit)
        args = dict(instance.args)
        for param in instance.unit.params:
            given = args.get(param.name, param.default)
            self.given.setdefault(param.name, set()).add(_text(given, bindings))
        for names, merge in zip(self._named, merges(instance.unit.body), strict=True):
            if merge.shortcut is not None:
                name = merge.shortcut.name
                names[name] = names.get(name, 0) + 1
                if merge.shortcut.unit.parameters:
                    self.weighty.add(name)

    def shortcuts(self) -> list[Code | None]:
        """Per merge, the name of its shortcut, if any use has one."""
        chosen = [
            next((n for n in names if n in self.weighty), next(iter(names), None))
            for names in self._named
        ]
        return [identifier(name) if name else None for name in chosen]

    def bridges(self) -> list[Code | None]:
        """Per merge, the parameter that takes its shortcut.

        Its name is the shortcut's, unless a number of the source has that.
        """
        unit = self.unit
        taken = {*(p.name for p in unit.params), *(name for name, _ in unit.lets)}
        made: list[Code | None] = []
        for name in self.shortcuts():
            free = name
            while free in taken:
                free = Code(f"{free}_")
            made.append(free)
        return made

    def optional(self, position: int) -> bool:
        """Whether some use has no shortcut at a merge that has one elsewhere."""
        return sum(self._named[position].values()) < self.uses


class Folding:
    """All definitions of a net, in the order in which they need one another."""

    def __init__(self, net: Net) -> None:
        self._keys: dict[int, Key] = {}
        self._kept: list[Unit] = []
        self.definitions: dict[Key, Definition] = {}
        self._visit(net.unit, net_bindings(net.unit))

    def _visit(self, unit: Unit, bindings: Mapping[str, Expr] = _NOTHING) -> None:
        own = unit.body if unit.role == "net" else ()
        bridges = [m.shortcut for m in merges(own) if m.shortcut is not None]
        for instance in (*bridges, *instances(unit.body)):
            key = self.key(instance.unit)
            if key not in self.definitions:
                self._visit(instance.unit)
                self.definitions[key] = Definition(instance.unit)
            self.definitions[key].use(instance, bindings)

    def key(self, unit: Unit) -> Key:
        """What instances of one definition have in common."""
        if id(unit) not in self._keys:
            self._kept.append(unit)  # so that its id stays its own
            lets = tuple((name, formula(expr, _NOTHING)) for name, expr in unit.lets)
            self._keys[id(unit)] = (
                unit.name,
                unit.role,
                lets,
                *_signature(self, unit.body),
            )
        return self._keys[id(unit)]


def instances(body: tuple[Item | Repeat, ...]) -> Iterator[Instance]:
    """Every block or rule that a body uses directly, shortcuts before their block."""
    for item in body:
        if isinstance(item, Repeat):
            yield from instances((item.item,))
        elif isinstance(item, Instance):
            # A block's shortcuts are made by whoever makes the block.
            for merge in merges(item.unit.body):
                if merge.shortcut is not None:
                    yield merge.shortcut
            yield item
        elif isinstance(item, Group):
            yield from instances(item.items)
        elif isinstance(item, Merge):
            for path in item.paths:
                yield from instances(path.body)


def merges(body: Body) -> Iterator[Merge]:
    """The merges of a body, also those within others, in order."""
    for item in body:
        if isinstance(item, Merge):
            for path in item.paths:
                yield from merges(path.body)
            yield item


def _text(item: object, bindings: Mapping[str, Expr]) -> str:
    try:
        return str(value(item, bindings))
    except TypeError:
        return ""


def _signature(folding: Folding, body: tuple[Item | Repeat, ...]) -> Iterator[object]:
    first = min((i.statement for i in body if not isinstance(i, Repeat)), default=0)
    for item in body:
        if isinstance(item, Node):
            fields = tuple((k, _field(v)) for k, v in item.kind.settled().items())
            channels = formula(expr_of(item.x.channels), _NOTHING)
            place = (item.statement - first, item.again)
            yield (item.name, item.kind.name, fields, channels, *_form(item), *place)
        elif isinstance(item, Instance):
            texts = _instance_texts(folding, item)
            yield (item.name, folding.key(item.unit), texts, item.again)
        elif isinstance(item, Repeat):
            yield (item.first, item.times, *_signature(folding, (item.item,)))
        elif isinstance(item, Group):
            yield (item.name, item.again, *_signature(folding, item.items))
        elif isinstance(item, Merge):
            paths = (tuple(_signature(folding, path.body)) for path in item.paths)
            yield (item.rule, *paths)
        elif isinstance(item, Keep):
            yield ("keep", item.name)
        else:
            yield ("join", item.rule, item.sources)


def _form(node: Node) -> tuple[object, ...]:
    """What of the input's sizes decides the code of a layer."""
    sizes = node.x.spatial if node.kind.sized else ()
    return (node.x.rank, node.x.last, sizes)


def _instance_texts(folding: Folding, item: Instance) -> tuple[object, ...]:
    inner = tuple(
        (
            merge.shortcut.name,
            folding.key(merge.shortcut.unit),
            _bound_texts(merge.shortcut, item),
        )
        for merge in merges(item.unit.body)
        if merge.shortcut is not None
    )
    args = tuple((name, _field(arg)) for name, arg in item.args)
    return (args, formula(expr_of(item.x.channels), _NOTHING), inner)


def _bound_texts(shortcut: Instance, owner: Instance) -> tuple[str, ...]:
    bindings = bindings_of(owner)
    numbers = [arg for _, arg in shortcut.args if isinstance(arg, int | float)]
    return tuple(formula(expr_of(arg), bindings) for arg in numbers)


def _field(item: object) -> object:
    if type(item) is int:
        return str(item)
    if is_list(item):
        return tuple(_field(part) for part in item)
    if is_number(item):
        return str(formula(expr_of(item), _NOTHING))
    return item
