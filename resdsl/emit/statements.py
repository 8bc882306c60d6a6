"""One unit as statements: a function's body, in which each layer is one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from resdsl.core.record import NamedTuple
from resdsl.emit.book import Book
from resdsl.emit.flow import path_variable
from resdsl.emit.fold import Definition, merges
from resdsl.emit.layer import LayerView
from resdsl.emit.layout import WIDTH, wrap
from resdsl.emit.loops import INDENT, rolled
from resdsl.emit.parts import Parts
from resdsl.emit.shared import opened, reused, spread
from resdsl.emit.signature import Parameter, through_lets
from resdsl.emit.target import FunctionTarget
from resdsl.emit.text import (
    Code,
    formula,
    free_name,
    identifier,
    join,
    prose,
    variable,
)
from resdsl.ir.net import (
    Group,
    Instance,
    Item,
    Join,
    Keep,
    Merge,
    Named,
    Node,
    Repeat,
    Unit,
)
from resdsl.ops.merge import MERGES
from resdsl.values.expr import Expr, Var, substitute

_INDICES = "ijkmnpqrstuvw"


class _Place(NamedTuple):
    """Where a layer is: the start of its name, and the loops around it."""

    prefix: str
    depth: int = 0

    def member(self, name: str) -> _Place:
        return _Place(f"{self.prefix}{name.replace('.', '_')}_", self.depth)

    def loop(self) -> _Place:
        return _Place(self.prefix, self.depth + 1)


class StatementWriter:
    """Writes one unit as statements that begin with `x` and end with the result."""

    def __init__(
        self,
        target: FunctionTarget,
        book: Book,
        unit: Unit,
        bindings: Mapping[str, Expr],
        definition: Definition | None,
    ) -> None:
        self.target = target
        self.book = book
        self.unit = unit
        self.definition = definition
        self.named = unit.role != "net"
        """Whether layers are called after the instance: `f"{name}_conv1"`."""
        values = {*(p.name for p in unit.params), *(name for name, _ in unit.lets)}
        bridges = _bridges(definition)
        taken = values | bridges
        self.aliases = _aliases(values & target.locals, taken)
        """The numbers of the source that a page calls otherwise."""
        taken |= {*self.aliases.values()}
        self._bridges = _aliases(bridges & (values | target.locals), taken)
        self.bindings = {
            **{name: Var(alias) for name, alias in self.aliases.items()},
            **bindings,
        }
        self.used: set[str] = set()
        """Parameters and `let`s that some line depends on, by the source's names."""
        self._variables = {"x", *taken, *self._bridges.values(), *book.taken}
        self._lines: list[str] = []
        self._source = self._target = "x"
        self._merges = {id(merge): at for at, merge in enumerate(merges(unit.body))}
        self._sums: dict[str, int] = {}
        self._kept: dict[str, str] = {}
        """The variables of the tensors that have names."""
        self._reused = reused(unit.body)
        units = definition.units if definition is not None else [unit]
        self._spread = set[str]().union(*(spread(each.body) for each in units))
        """What is used with inputs of several sizes, in some use of the unit."""
        self._models: dict[str, str] = {}
        """The variables of what is used again."""

    def write(self, indent: int, returns: bool) -> tuple[Code, ...]:
        """The statements, `let`s first; the last one may return."""
        place = _Place("")
        if self.unit.numbered:
            self._sequence(self.unit.members, place)
        else:
            self._walk(self.unit.body, place, "x", "x")
        self._gather()
        lines = self._lines
        if returns:
            lines = _returning(lines, self._source)
        laid = _lay_out([*self._lets(), *lines], indent)
        return tuple(Code(line) for line in laid)

    @property
    def result(self) -> Code:
        """The variable that holds what comes out."""
        return identifier(self._source)

    def _gather(self) -> None:
        """The tensors that a net gives by name, if it gives several."""
        words = self.target.words
        parts = [
            words.say("output", prose(o.name), Code(self._kept[o.tensor]))
            for o in self.unit.outputs
        ]
        if parts:
            self._target = free_name("outputs", self._variables)
            self._assign(words.say("outputs", join(parts)))

    # --- names ---

    def local(self, parameter: Parameter) -> Parameter:
        """A parameter as the page calls it."""
        return parameter._replace(alias=self.aliases.get(parameter.name, Code("")))

    def shortcuts(self) -> list[Code | None]:
        """Per merge, the parameter that takes its shortcut, if any use has one."""
        if self.definition is None:
            return []
        names = self.definition.shortcuts()
        return [name and self._bridges.get(name, name) for name in names]

    def _label(self, place: _Place, name: str) -> Code:
        """The layer's name, which within a block goes on from the instance's."""
        text = f"{place.prefix}{name.replace('.', '_')}"
        start = "{name}_" if self.named else ""
        formatted = self.named or place.depth > 0
        return Code(f'{"f" if formatted else ""}"{start}{text}"')

    def _lets(self) -> list[str]:
        used = through_lets(self.unit, self.used)
        self.used = used
        lines: list[str] = []
        if "in_channels" in used and self.named:
            channels = self.target.words.say("channels", Code("x"))
            lines.append(f"in_channels = {channels}")
        for name, expr in self.unit.lets:
            settled = self.bindings.get(name)
            if name in used and (settled is None or name in self.aliases):
                bound = formula(substitute(expr, self.bindings), {})
                lines.append(f"{self.aliases.get(name, identifier(name))} = {bound}")
        return lines

    # --- statements ---

    def _assign(self, text: str) -> None:
        self._lines.append(f"{self._target} = {text}")
        self._source = self._target

    def _go_on(self, text: str) -> None:
        """Assign, unless a layer does nothing here."""
        if text != self._source:
            self._assign(text)

    def _use(self, names: set[str]) -> None:
        sources: dict[str, str] = {a: name for name, a in self.aliases.items()}
        self.used |= {sources.get(name, name) for name in names}

    def _walk(
        self, body: tuple[Item, ...], place: _Place, source: str, target: str
    ) -> None:
        self._source, self._target = source, target
        for item in body:
            if isinstance(item, Merge):
                self._merge(item, place)
            elif isinstance(item, Keep):
                self._keep(item)
            elif isinstance(item, Join):
                self._join(item, place)
            elif item.name in self._reused:
                self._share(item, place)
            else:
                self._item(item, place, item.name)

    def _item(self, item: Named, place: _Place, name: str) -> None:
        if isinstance(item, Group):
            self._sequence(item.items, place.member(name))
        elif isinstance(item, Node):
            self._layer(item, self._label(place, name))
        else:
            self._instance(item, self._label(place, name))

    def _share(self, item: Named, place: _Place) -> None:
        """Call the model of what is used more than once; its first use makes it."""
        if not item.again:
            self._model(item, place)
        self._assign(f"{self._models[item.name]}({self._source})")

    def _model(self, item: Named, place: _Place) -> None:
        words, taken, label = self.target.words, self._variables, variable(item.name)
        name = self._models[item.name] = free_name(label, taken)
        x, y = (free_name(f"{label}_{end}", taken) for end in ("input", "output"))
        whole, sizes = item, Code("")
        if item.name in self._spread:
            whole, sizes = opened(item, self.target.check)
        made = words.say("shared_input", Code(self._source), sizes)
        self._lines.append(f"{x} = {made}")
        outer = self._source, self._target
        self._source, self._target = x, y
        self._item(whole, place, item.name)
        made = words.say("shared", Code(x), self.result, self._label(place, label))
        self._lines.append(f"{name} = {made}")
        self._source, self._target = outer

    def _layer(self, node: Node, label: Code) -> None:
        neutral = self.target.neutral.get(node.kind.name, {})
        used: set[str] = set()
        view = LayerView(node, self.bindings, neutral, self.target.facts, used)
        self._go_on(
            self.target.words.say_of(
                node, node.kind.name, view, Code(self._source), label
            )
        )
        self._use(used)

    def _instance(self, item: Instance, label: Code) -> None:
        used: set[str] = set()
        function, args = self.book.call(item, self.bindings, used)
        self._use(used)
        args = [Code(self._source), *args, Code(f"name={label}")]
        self._assign(f"{function}({join(args)})")

    def _sequence(self, items: tuple[Named | Repeat, ...], place: _Place) -> None:
        """The members of a sequence; equal ones, or ones in step, as a loop."""
        if any(not _member_name(item).isdigit() for item in items):
            for item in items:
                assert not isinstance(item, Repeat)
                self._item(item, place, item.name)
            return
        if self._source != self._target and _times(items[0]) > 1:
            self._assign(self._source)
        index = next(n for n in _INDICES if n not in self._variables)
        self._variables.add(index)
        members: list[tuple[Code, int]] = []
        outer = self._lines
        for item in items:
            single = item.item if isinstance(item, Repeat) else item
            self._lines = []
            self._item(single, place.loop(), f"\0{index}\0")
            members.append((Code("\n".join(self._lines)), _times(item)))
        self._variables.remove(index)
        first = items[0].first if isinstance(items[0], Repeat) else int(items[0].name)
        self._lines = [*outer, *rolled(members, index, place.depth, first)]

    # --- merges ---

    def _merge(self, merge: Merge, place: _Place) -> None:
        rule = MERGES[merge.rule]
        target, x = self._target, self._source
        label = self._label(place, self._merged(rule.name))
        parts = [x] if rule.takes_input else []
        branches: list[str] = []
        if rule.bridged and (x == target or self._has_shortcut(merge)):
            parts = [free_name("shortcut", self._variables)]
            branches.append(parts[0])
            self._lines += self._bridge(merge, place, parts[0])
        for at, path in enumerate(merge.paths):
            branch = target
            if not rule.bridged:
                branch = path_variable(merge, at, self._variables)
                branches.append(branch)
            self._walk(path.body, place, x, branch)
            parts.append(self._source)
        self._target = target
        self._merge_of(merge, parts, label)
        self._variables.difference_update(branches)

    def _has_shortcut(self, merge: Merge) -> bool:
        """Whether some use of the unit adds more than the input itself."""
        if self.definition is None:
            return merge.shortcut is not None
        return self.shortcuts()[self._merges[id(merge)]] is not None

    def _keep(self, keep: Keep) -> None:
        """Give the current tensor its name, in the line that made it."""
        name = free_name(variable(keep.name), self._variables)
        start = f"{self._target} = "
        if self._source == self._target and self._made_last(start):
            self._lines[-1] = f"{name} = {self._lines[-1].removeprefix(start)}"
        else:
            self._lines.append(f"{name} = {self._source}")
        self._kept[keep.name] = self._source = name

    def _made_last(self, start: str) -> bool:
        return bool(self._lines) and self._lines[-1].startswith(start)

    def _join(self, join: Join, place: _Place) -> None:
        parts = [self._kept[name] if name else self._source for name in join.sources]
        if not join.rule:
            self._source = parts[0]
            return
        label = self._label(place, self._merged(join.rule))
        self._merge_of(join, parts, label)

    def _merge_of(self, item: Merge | Join, parts: list[str], label: Code) -> None:
        """The line of a merge."""
        given = Parts(item.rule, [Code(part) for part in parts])
        word = f"merge_{item.rule}"
        self._assign(self.target.words.say_of(item, word, given, label))

    def _merged(self, rule: str) -> str:
        """The name of a merge: its rule's and its ordinal, as layers have theirs."""
        self._sums[rule] = self._sums.get(rule, 0) + 1
        return f"{rule}{self._sums[rule]}"

    def _bridge(self, merge: Merge, place: _Place, kept: str) -> list[str]:
        """What a residual adds its body to: its input, or what a shortcut makes."""
        x = self._source
        if self.definition is None:
            if merge.shortcut is None:
                return [f"{kept} = {x}"]
            used: set[str] = set()
            function, args = self.book.call(merge.shortcut, self.bindings, used)
            self._use(used)
            label = self._label(place, merge.shortcut.name)
            return [f"{kept} = {function}({join(args)})({x}, {label})"]
        at = self._merges[id(merge)]
        name, label = self.shortcuts()[at], self.definition.shortcuts()[at]
        if name is None or label is None:
            return [f"{kept} = {x}"]
        called = f"{name}({x}, {self._label(place, label)})"
        if not self.definition.optional(at):
            return [f"{kept} = {called}"]
        line = f"{kept} = {x} if {name} is None else {called}"
        if len(INDENT + line) <= WIDTH:
            return [line]
        lines = [f"if {name} is not None:", f"{INDENT}{kept} = {called}"]
        return [f"{kept} = {x}", *lines]


def _lay_out(lines: list[str], indent: int) -> Iterator[str]:
    """Statements, each with its own indentation, within the width of a page."""
    for line in lines:
        text = line.lstrip(" ")
        yield from wrap(text, indent + len(line) - len(text))


def _returning(lines: list[str], result: str) -> list[str]:
    """The lines, the last of which returns."""
    start = f"{result} = "
    if lines and lines[-1].startswith(start):
        return [*lines[:-1], f"return {lines[-1].removeprefix(start)}"]
    return [*lines, f"return {result}"]


def _bridges(definition: Definition | None) -> set[str]:
    """The names of a unit's shortcuts."""
    names = definition.shortcuts() if definition is not None else []
    return {name for name in names if name is not None}


def _aliases(names: set[str], taken: set[str]) -> dict[str, Code]:
    """For each of `names` another one that is not `taken`."""
    return {name: identifier(_alias(name, taken)) for name in names}


def _alias(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _times(item: Named | Repeat) -> int:
    return item.times if isinstance(item, Repeat) else 1


def _member_name(item: Named | Repeat) -> str:
    if isinstance(item, Repeat):
        return "0"
    return item.name
