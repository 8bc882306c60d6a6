"""A program: its files' declarations, its nets, and all that was built so far."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import closing
from typing import cast

from resdsl.core.catalog import (
    MissingArgument,
    Recursion,
    UnknownArgument,
    UnknownNet,
)
from resdsl.core.diagnostic import Frame, Stop
from resdsl.core.limits import Limits
from resdsl.core.nearest import did_you_mean
from resdsl.core.report import Collector
from resdsl.core.source import Span
from resdsl.ir.net import Net, Unit
from resdsl.lower.aliases import Aliases
from resdsl.lower.budget import Budget
from resdsl.lower.build import build_unit
from resdsl.lower.declarations import Declarations
from resdsl.lower.memory import Built, Memory, Need, Placed
from resdsl.lower.scope import (
    Declared,
    Defaults,
    FileScope,
    Settings,
    identity_key,
    settings_key,
)
from resdsl.lower.statements import defaults
from resdsl.lower.unit import UnitBuilder
from resdsl.syntax import ast
from resdsl.values.plain import plain
from resdsl.values.shape import Shape


class _Making:
    """What is being built: what it has used so far, and the steps that these took."""

    __slots__ = ("inner", "parts")

    def __init__(self) -> None:
        self.parts: dict[int, Built] = {}
        self.inner = 0


class Program:
    """Everything that one file needs, understood as far as its nets ask for it."""

    def __init__(
        self,
        declarations: Declarations,
        findings: Collector,
        limits: Limits,
        memory: Memory | None = None,
    ) -> None:
        self.findings = findings
        self.limits = limits
        self.budget = Budget(limits)
        self._declarations = declarations
        self._memory = memory or Memory()
        self._built: dict[Hashable, Built | None] = {}
        self._aliases = Aliases(findings, limits)
        self._settings: dict[int, Settings] = {}
        self._making = [_Making()]
        self._active: set[int] = set()
        self.seen: set[int] = set()
        self.main = declarations.main
        self._start = Span(self.main.source, 0, 0)

    def find_shortcut(self, name: str, file: FileScope) -> Declared | None:
        """A shortcut rule by name."""
        return self._declarations.find_shortcut(name, file)

    def shortcut_names(self, file: FileScope) -> list[str]:
        """The rules that a file can choose from."""
        return self._declarations.shortcut_names(file)

    # --- nets ---

    def choose(self, name: str | None, given: Iterable[str]) -> str:
        """The net called `name`; the only one that `given` complete without a name.

        Raises:
            Stop: there is none, or several, or it has no such parameters.
        """
        nets = self.nets()
        span = Span(self.main.source, 0, 0)
        if name is None:
            complete = self.complete_nets(given)
            if len(complete) == 1:
                return complete[0]
            message = "the file has several nets: say which"
            if not complete:
                message = "the file has no net that is complete"
            hint = f"--net {'|'.join(complete)}" if complete else ""
            raise Stop(UnknownNet(span, message, hint=hint))
        if name not in nets:
            hint = did_you_mean(name, nets) or f"there are: {', '.join(nets) or 'none'}"
            raise Stop(UnknownNet(span, f"the file has no net '{name}'", hint=hint))
        return name

    def nets(self) -> list[str]:
        """The nets of the main file, in its order."""
        return [name for name, d in self.main.own.items() if d.role == "net"]

    def complete_nets(self, given: Iterable[str] = ()) -> list[str]:
        """The nets that need no arguments beyond those `given`."""
        have = set(given)
        return [name for name in self.nets() if have.issuperset(self._missing(name))]

    def _missing(self, name: str) -> list[str]:
        try:
            declared, given, _, _ = self._aliases.resolve(
                self.main.own[name], self.value
            )
        except Stop:
            return []
        return [s.name for s in declared.params if s.required and s.name not in given]

    def net(self, name: str, overrides: dict[str, object] | None = None) -> Net | None:
        """The net called `name`, or nothing when there are findings."""
        declared = self.main.own[name]
        try:
            base, given, line = self.settle(name, overrides or {})
        except Stop as stop:
            self.findings.add(stop.diagnostic)
            return None
        frame = Frame(f"net '{name}'", declared.tree.name.span)
        settings = self._file_settings(self.main)
        if base.file is not self.main:
            own = self._file_settings(base.file).defaults
            settings = settings._replace(defaults=(*settings.defaults, *own))
        unit = self.unit(base, given, None, settings, (frame,))
        if unit is None:
            return None
        return Net(name, unit._replace(name=name), self.main.source.name, line)

    def settle(
        self, name: str, overrides: Mapping[str, object]
    ) -> tuple[Declared, dict[str, object], str]:
        """A net's body, the values of its parameters, and the line that gave them.

        Raises:
            Stop: it has no such parameters, or some have no value.
        """
        declared = self.main.own[name]
        base, given, line, _ = self._aliases.resolve(declared, self.value)
        self._override(base, given, overrides, declared)
        slots = base.params
        missing = [s.name for s in slots if s.required and s.name not in given]
        if missing:
            message = f"the net '{name}' needs {', '.join(missing)}"
            hint = (
                f"give it as --set {missing[0]}=..., or in a net of its own: "
                f"'net my_{name} = {name} {missing[0]}=...'"
            )
            raise Stop(MissingArgument(declared.tree.name.span, message, hint=hint))
        return base, given, line

    def _override(
        self,
        base: Declared,
        given: dict[str, object],
        overrides: Mapping[str, object],
        declared: Declared,
    ) -> None:
        names = [slot.name for slot in base.params]
        for name, value in overrides.items():
            if name not in names:
                message = f"the net '{declared.name}' has no parameter '{name}'"
                hint = (
                    did_you_mean(name, names) or f"it has: {', '.join(names) or 'none'}"
                )
                span = declared.tree.name.span
                raise Stop(UnknownArgument(span, message, hint=hint))
            given[name] = _native(value)

    def _file_settings(self, file: FileScope) -> Settings:
        if id(file) not in self._settings:
            left = self.budget.left
            self._settings[id(file)] = self._read_settings(file)
            # Steps of the file, whichever of its blocks comes first.
            self._making[-1].inner += left - self.budget.left
        return self._settings[id(file)]

    def _is_unread(self, declared: Declared | None) -> bool:
        """Whether a block's file says something of layers that has yet to be read."""
        file = self.main if declared is None else declared.file
        return bool(file.defaults) and id(file) not in self._settings

    def _read_settings(self, file: FileScope) -> Settings:
        settings = Settings()
        for tree in file.defaults:
            dummy = Declared(ast.Net(tree.layer, (), (), tree.span), file, broken=False)
            with closing(UnitBuilder(self, dummy, None, settings, ())) as b:
                try:
                    settings = settings._replace(defaults=defaults(b, tree))
                except Stop as stop:
                    self.findings.add(stop.diagnostic)
        return settings

    def value(self, file: FileScope, tree: ast.Expr) -> object:
        """The value of an expression outside any body.

        Raises:
            Stop: it has none.
        """
        span = Span(file.source, 0, 0)
        net = ast.Net(ast.Ident("", span), (), (), span)
        dummy = Declared(net, file, broken=False)
        with closing(UnitBuilder(self, dummy, None, Settings(), ())) as b:
            return b.evaluator.value(tree)

    def expression(self, tree: ast.Expr) -> object:
        """The value of an expression from outside the file, as in `--set`.

        Raises:
            Stop: it has none.
        """
        return plain(self.value(self.main, tree))

    # --- units ---

    def unit(
        self,
        declared: Declared,
        given: dict[str, object],
        x: Shape | None,
        settings: Settings,
        trail: tuple[Frame, ...],
    ) -> Unit | None:
        """The unit of a declaration for these arguments, built once for equal ones.

        Raises:
            Stop: it contains itself.
        """
        key = _unit_key(declared, given, x, settings)
        built = self._built[key] if key in self._built else self._recall(key)
        if built is None and key not in self._built:
            self._check_recursion(declared, trail)
            built = self._build(key, declared, given, x, settings, trail)
        if built is None:
            return None
        self._use(built)
        assert isinstance(built.made, Unit)
        return built.made

    def placed(self, key: Hashable, make: Callable[[], Placed | None]) -> Placed | None:
        """What `make` makes, which is the same for equal keys; nothing if it fails."""
        built = self._recall(key)
        if built is None:
            built = self._make(key, None, make)
            if built is None:
                return None
            self._memory.keep(built)
        self._use(built)
        assert isinstance(built.made, Placed)
        return built.made

    def _use(self, built: Built) -> None:
        self._making[-1].parts[id(built)] = built
        self.budget.reach(built.height)

    def needs(self, item: ast.Item) -> tuple[Need, ...]:
        """What an item of a body may depend on."""
        return self._memory.needs(item)

    def _recall(self, key: Hashable) -> Built | None:
        """Take over what another net has built, if this one could build it."""
        found = self._memory.find(key)
        if found is None or self.budget.depth + found.height > self.limits.nesting:
            return None
        new = [part for part in found.within if part.key not in self._built]
        for part in (found, *new):
            if id(part.declared) in self._active or self._is_unread(part.declared):
                return None
        steps = found.steps + sum([part.steps for part in new])
        if steps > self.budget.left:
            return None
        for part in (found, *new) if found.declared else new:
            self._built[part.key] = part
            self.seen.add(id(part.declared))
        self.budget.spend(steps, self._start)
        self._making[-1].inner += steps
        return found

    def _build(
        self,
        key: Hashable,
        declared: Declared,
        given: dict[str, object],
        x: Shape | None,
        settings: Settings,
        trail: tuple[Frame, ...],
    ) -> Built | None:
        """Build a unit, and keep it if nothing is wrong with it."""
        self.seen.add(id(declared))
        if declared.broken:
            self._built[key] = None
            return None
        own = self._own_settings(declared)
        settings = settings._replace(defaults=(*settings.defaults, *own))
        inner = {name: plain(value) for name, value in given.items()}
        self._active.add(id(declared))
        try:
            built = self._make(
                key,
                declared,
                lambda: build_unit(self, declared, inner, x, settings, trail),
            )
        finally:
            self._active.discard(id(declared))
        self._built[key] = built
        if built is not None and declared.role != "net":  # which no other net can use
            self._memory.keep(built)
        return built

    def _make(
        self,
        key: Hashable,
        declared: Declared | None,
        make: Callable[[], Unit | Placed | None],
    ) -> Built | None:
        """What `make` makes, and what that takes."""
        left, deepest = self.budget.left, self.budget.deepest
        self.budget.deepest = self.budget.depth
        making = _Making()
        self._making.append(making)
        try:
            made = make()
        finally:
            self._making.pop()
            height = self.budget.deepest - self.budget.depth
            self.budget.deepest = max(deepest, self.budget.deepest)
        steps = left - self.budget.left
        self._making[-1].inner += steps
        if made is None:
            return None
        parts = {part.key: part for part in making.parts.values()}
        for part in making.parts.values():
            for inner in part.within:
                parts.setdefault(inner.key, inner)
        within = tuple(parts.values())
        return Built(key, declared, made, steps - making.inner, height, within)

    def _own_settings(self, declared: Declared) -> Defaults:
        """What the file of a block that is used says of layers."""
        if declared.role == "net" or declared.file is self.main:
            return ()
        return self._file_settings(declared.file).defaults

    def _check_recursion(self, declared: Declared, trail: tuple[Frame, ...]) -> None:
        span = trail[-1].span
        if id(declared) in self._active:
            message = f"the {declared.role} '{declared.name}' contains itself"
            related = (Frame("it is declared here", declared.tree.name.span),)
            hint = "the language has no recursion: repeat with 'n * block' instead"
            raise Stop(Recursion(span, message, related=related, hint=hint))

    def first_failure(self) -> Stop | None:
        """What stands for the shape that a failed unit does not have."""
        return self.findings.first()

    def unseen(self) -> Iterable[Declared]:
        """Declarations of the main file that no net has led to."""
        own = (*self.main.own.values(), *self.main.shortcuts.values())
        return [
            d
            for d in own
            if id(d) not in self.seen and d.file is self.main and not d.broken
        ]


def _native(value: object) -> object:
    """A value from Python as the language has it: its lists are tuples."""
    if isinstance(value, list):
        return tuple(_native(item) for item in cast("list[object]", value))
    return value


def _unit_key(
    declared: Declared, given: dict[str, object], x: Shape | None, settings: Settings
) -> Hashable:
    return (
        id(declared),
        tuple((name, identity_key(value)) for name, value in sorted(given.items())),
        None if x is None else (int(x.channels), x.spatial, x.last),
        settings_key(settings),
    )
