"""A program: its files' declarations, its nets, and every unit built so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from resdsl.core.catalog import (
    MissingArgument,
    NestedTooDeep,
    Recursion,
    SyntaxFault,
    UnknownArgument,
    UnknownNet,
)
from resdsl.core.diagnostic import Frame, Stop
from resdsl.core.limits import Limits
from resdsl.core.nearest import did_you_mean
from resdsl.core.record import NamedTuple
from resdsl.core.report import Collector
from resdsl.core.source import Source, Span
from resdsl.ir.net import Net, Unit
from resdsl.lower.bind import bind, slots_of_declared
from resdsl.lower.budget import Budget
from resdsl.lower.build import build_unit
from resdsl.lower.declarations import Declarations, Reader
from resdsl.lower.evaluate import Evaluator
from resdsl.lower.scope import (
    Declared,
    FileScope,
    Settings,
    identity_key,
)
from resdsl.lower.statements import defaults
from resdsl.lower.unit import UnitBuilder
from resdsl.syntax import ast
from resdsl.syntax.parse import parse_expression
from resdsl.values.plain import plain
from resdsl.values.shape import Shape


class _Resolved(NamedTuple):
    """The net behind an alias, the arguments bound on the way, the alias's line."""

    base: Declared
    given: dict[str, object]
    line: str
    depth: int = 0


class Program:
    """Everything that one file needs, understood as far as its nets ask for it."""

    def __init__(
        self, source: Source, findings: Collector, limits: Limits, read: Reader
    ) -> None:
        self.findings = findings
        self.limits = limits
        self.budget = Budget(limits)
        self._declarations = Declarations(source, findings, limits, read)
        self._units: dict[object, Unit | None] = {}
        self._resolved: dict[int, _Resolved | Stop] = {}
        self._settings: dict[int, Settings] = {}
        self._active: list[Declared] = []
        self.seen: set[int] = set()
        self.main = self._declarations.main

    def find_shortcut(self, name: str, file: FileScope) -> Declared | None:
        """A shortcut rule by name."""
        return self._declarations.find_shortcut(name, file)

    def shortcut_names(self, file: FileScope) -> list[str]:
        """The rules that a file can choose from."""
        return self._declarations.shortcut_names(file)

    # --- nets ---

    def nets(self) -> list[str]:
        """The nets of the main file, in its order."""
        return [name for name, d in self.main.own.items() if d.role == "net"]

    def complete_nets(self, given: Iterable[str] = ()) -> list[str]:
        """The nets that need no arguments beyond those `given`."""
        have = set(given)
        return [name for name in self.nets() if have.issuperset(self._missing(name))]

    def _missing(self, name: str) -> list[str]:
        try:
            declared, given, _, _ = self._resolve(self.main.own[name], [])
        except Stop:
            return []
        return [
            s.name
            for s in slots_of_declared(declared)
            if s.required and s.name not in given
        ]

    def net(self, name: str, overrides: dict[str, object] | None = None) -> Net | None:
        """The net called `name`, or nothing when there are findings."""
        declared = self.main.own[name]
        try:
            base, given, line, _ = self._resolve(declared, [])
            self._override(base, given, overrides or {}, declared)
            missing = [
                s.name
                for s in slots_of_declared(base)
                if s.required and s.name not in given
            ]
            if missing:
                raise Stop(
                    MissingArgument(
                        declared.tree.name.span,
                        f"the net '{name}' needs {', '.join(missing)}",
                        hint=f"give it as --set {missing[0]}=..., or in a net of its "
                        f"own: 'net my_{name} = {name} {missing[0]}=...'",
                    )
                )
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

    def _file_settings(self, file: FileScope) -> Settings:
        if id(file) not in self._settings:
            self._settings[id(file)] = self._read_settings(file)
        return self._settings[id(file)]

    def _read_settings(self, file: FileScope) -> Settings:
        settings = Settings()
        for tree in file.defaults:
            dummy = Declared(ast.Net(tree.layer, (), (), tree.span), file, broken=False)
            builder = UnitBuilder(self, dummy, None, settings, ())
            try:
                settings = settings._replace(defaults=defaults(builder, tree))
            except Stop as stop:
                self.findings.add(stop.diagnostic)
        return settings

    def _override(
        self,
        base: Declared,
        given: dict[str, object],
        overrides: dict[str, object],
        declared: Declared,
    ) -> None:
        names = [slot.name for slot in slots_of_declared(base)]
        for name, value in overrides.items():
            if name not in names:
                message = f"the net '{declared.name}' has no parameter '{name}'"
                hint = (
                    did_you_mean(name, names) or f"it has: {', '.join(names) or 'none'}"
                )
                span = declared.tree.name.span
                raise Stop(UnknownArgument(span, message, hint=hint))
            given[name] = _native(value)

    def _resolve(self, declared: Declared, path: list[Declared]) -> _Resolved:
        """What an alias stands for, found once.

        Raises:
            Stop: it leads nowhere, or to itself.
        """
        known = self._resolved.get(id(declared))
        if known is None:
            try:
                known = self._follow(declared, path)
            except Stop as stop:
                known = stop
            self._resolved[id(declared)] = known
        if isinstance(known, Stop):
            raise known
        return known._replace(given=dict(known.given))

    def _follow(self, declared: Declared, path: list[Declared]) -> _Resolved:
        tree = declared.tree
        if declared.broken:
            # Its faults are known: naming the first again adds no message.
            fault = SyntaxFault(tree.name.span, "this declaration has faults")
            raise self.first_failure() or Stop(fault)
        if not isinstance(tree, ast.Alias):
            return _Resolved(declared, {}, "")
        if declared in path:
            message = f"the net '{declared.name}' is defined by itself"
            raise Stop(Recursion(tree.name.span, message))
        self._check_depth(tree, len(path))
        target = declared.file.find(tree.call.name.text)
        if target is None or target.role != "net":
            nets = [
                n
                for n in declared.file
                if (declared.file.find(n) or declared).role == "net"
            ]
            message = f"there is no net '{tree.call.name.text}'"
            if target is not None:
                message = f"'{tree.call.name.text}' is a {target.role}, not a net"
            hint = did_you_mean(tree.call.name.text, nets)
            raise Stop(UnknownNet(tree.call.name.span, message, hint=hint))
        base, given, _, depth = self._resolve(target, [*path, declared])
        self._check_depth(tree, max(depth, len(path)))
        evaluator = self.evaluator(declared.file)
        slots = slots_of_declared(base)
        bound = bind(
            base.name,
            slots,
            tree.call.args,
            evaluator.value,
            self.findings.add,
            frozenset(given),
        )
        given = {**given, **{name: plain(b.value) for name, b in bound.items()}}
        return _Resolved(base, given, tree.call.span.text, depth + 1)

    def _check_depth(self, tree: ast.Alias, depth: int) -> None:
        if depth >= self.limits.nesting:
            message = f"nets stand for one another more than {depth} deep"
            hint = f"raise the bound with {Limits.flag('nesting')}"
            raise Stop(NestedTooDeep(tree.name.span, message, hint=hint))

    def evaluator(self, file: FileScope) -> Evaluator:
        """An evaluator of expressions outside any body."""
        dummy = Declared(
            ast.Net(
                ast.Ident("", Span(file.source, 0, 0)), (), (), Span(file.source, 0, 0)
            ),
            file,
            broken=False,
        )
        return UnitBuilder(self, dummy, None, Settings(), ()).evaluator

    def expression(self, text: str, name: str) -> object:
        """The value of an expression from outside the file, as in `--set`.

        Raises:
            Stop: it has none.
        """
        source = Source(name, text)
        tree = parse_expression(source, self.limits)
        return plain(self.evaluator(self.main).value(tree))

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
        key = (
            id(declared),
            tuple((name, identity_key(value)) for name, value in sorted(given.items())),
            None if x is None else (int(x.channels), x.spatial),
            _settings_key(settings),
        )
        if key in self._units:
            return self._units[key]
        self._check_recursion(declared, trail)
        self.seen.add(id(declared))
        if declared.broken:
            self._units[key] = None
            return None
        self._active.append(declared)
        try:
            inner = {name: _rooted(value) for name, value in given.items()}
            if declared.role != "net" and declared.file is not self.main:
                own = self._file_settings(declared.file).defaults
                settings = settings._replace(defaults=(*settings.defaults, *own))
            unit = build_unit(self, declared, inner, x, settings, trail)
        finally:
            self._active.pop()
        self._units[key] = unit
        return unit

    def _check_recursion(self, declared: Declared, trail: tuple[Frame, ...]) -> None:
        span = trail[-1].span
        if declared in self._active:
            message = f"the {declared.role} '{declared.name}' contains itself"
            related = (Frame("it is declared here", declared.tree.name.span),)
            hint = "the language has no recursion: repeat with 'n * block' instead"
            raise Stop(Recursion(span, message, related=related, hint=hint))

    def first_failure(self) -> Stop | None:
        """What stands for the shape that a failed unit does not have."""
        found = self.findings.sorted()
        return Stop(found[0]) if found else None

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


def _rooted(value: object) -> object:
    """A value as its receiver sees it: the giver's formulas mean nothing there."""
    return plain(value)


def _settings_key(settings: Settings) -> object:
    rule = identity_key(settings.shortcut) if settings.shortcut else None
    defaults = tuple((k, n, identity_key(v)) for k, n, v in settings.defaults)
    return rule, settings.strict, defaults
