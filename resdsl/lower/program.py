"""A program: all files in use, their declarations, and every unit built so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from resdsl.core.catalog import (
    DuplicateName,
    FileTooLarge,
    MissingArgument,
    NestedTooDeep,
    Recursion,
    ReservedName,
    SyntaxFault,
    UnknownArgument,
    UnknownNet,
    UseTooDeep,
)
from resdsl.core.diagnostic import Frame, Stop
from resdsl.core.limits import Limits
from resdsl.core.nearest import did_you_mean
from resdsl.core.report import Collector
from resdsl.core.source import Source, Span
from resdsl.ir.net import Net, Unit
from resdsl.lower.bind import bind, slots_of_declared
from resdsl.lower.build import build_unit
from resdsl.lower.evaluate import Evaluator
from resdsl.lower.reserved import why_reserved
from resdsl.lower.scope import (
    Declared,
    FileScope,
    Settings,
    identity_key,
)
from resdsl.lower.statements import defaults
from resdsl.lower.unit import UnitBuilder
from resdsl.syntax import ast
from resdsl.syntax.parse import parse, parse_expression
from resdsl.values.plain import plain
from resdsl.values.shape import Shape

Reader = Callable[[str, bool, Source, Span], Source]
"""Reads what `use` names: (target, whether it is a file, who uses it, where)."""

_SHORTCUTS = ("projection", "shortcuts")


class Program:
    """Everything that one file needs, understood as far as its nets ask for it."""

    def __init__(
        self, source: Source, findings: Collector, limits: Limits, read: Reader
    ) -> None:
        self.findings = findings
        self.limits = limits
        self._read = read
        self._files: dict[str, FileScope] = {}
        self._opening: list[str] = []
        self._units: dict[object, Unit | None] = {}
        self._active: list[Declared] = []
        self._prelude: dict[str, FileScope] = {}
        self.seen: set[int] = set()
        self.main = self._open(source)

    # --- files ---

    def _open(self, source: Source) -> FileScope:
        if len(source.text) > self.limits.file_bytes:
            message = f"the file has more than {self.limits.file_bytes} bytes"
            hint = f"raise the bound with {Limits.flag('file_bytes')}"
            self.findings.add(FileTooLarge(Span(source, 0, 0), message, hint=hint))
            return FileScope(source)
        tree = parse(source, self.findings, self.limits)
        scope = FileScope(source)
        self._files[source.name] = scope
        self._opening.append(source.name)
        for at, declaration in enumerate(tree.declarations):
            if isinstance(declaration, ast.Use):
                self._use(scope, declaration)
            elif isinstance(declaration, ast.Default):
                scope.defaults.append(declaration)
            else:
                self._declare(scope, Declared(declaration, scope, at in tree.broken))
        self._opening.pop()
        return scope

    def _declare(self, scope: FileScope, declared: Declared) -> None:
        name = declared.tree.name
        why = why_reserved(name.text, parameter=True)
        if why and not declared.broken:
            message = f"'{name.text}' cannot be declared: {why}"
            self.findings.add(ReservedName(name.span, message))
        table = scope.shortcuts if declared.role == "shortcut" else scope.own
        known = table.get(name.text)
        if known is not None and known.file is scope:
            first = (
                Frame(f"'{name.text}' is first declared here", known.tree.name.span),
            )
            message = f"two declarations are called '{name.text}'"
            self.findings.add(DuplicateName(name.span, message, related=first))
            return
        table[name.text] = declared

    def _use(self, scope: FileScope, tree: ast.Use) -> None:
        for target in tree.targets:
            try:
                used = self._target(scope, target)
            except Stop as stop:
                self.findings.add(stop.diagnostic)
                continue
            for name, declared in used.own.items():
                other = scope.used.get(name)
                if other is not None and other is not declared:
                    first = (Frame("also declared here", other.tree.name.span),)
                    message = f"two files in use declare '{name}'"
                    self.findings.add(
                        DuplicateName(target.span, message, related=first)
                    )
                scope.used[name] = declared
            for name, declared in used.shortcuts.items():
                scope.shortcuts.setdefault(name, declared)

    def _target(self, scope: FileScope, target: ast.Ident) -> FileScope:
        quoted = target.text.startswith('"')
        source = self._read(target.text.strip('"'), quoted, scope.source, target.span)
        if source.name in self._opening:
            message = f"'{source.name}' uses itself"
            raise Stop(Recursion(target.span, message))
        if len(self._opening) >= self.limits.use_depth:
            message = f"files use one another more than {self.limits.use_depth} deep"
            hint = f"raise the bound with {Limits.flag('use_depth')}"
            raise Stop(UseTooDeep(target.span, message, hint=hint))
        if source.name not in self._files:
            self._open(source)
        return self._files.get(source.name) or FileScope(source)

    def _standard_shortcuts(self) -> Iterator[dict[str, Declared]]:
        """The standard library's shortcut rules, which need no `use`.

        They come file by file: most programs need only the first.
        """
        span = Span(self.main.source, 0, 0)
        for name in _SHORTCUTS:
            if name not in self._prelude:
                source = self._read(name, False, self.main.source, span)
                self._prelude[name] = self._open(source)
            yield self._prelude[name].shortcuts

    def find_shortcut(self, name: str, file: FileScope) -> Declared | None:
        """A shortcut rule by name: the file's own, a used file's, the standard one."""
        own = file.shortcuts.get(name)
        if own is not None:
            return own
        found = (rules[name] for rules in self._standard_shortcuts() if name in rules)
        return next(found, None)

    def shortcut_names(self, file: FileScope) -> list[str]:
        """The rules that a file can choose from."""
        standard = (name for rules in self._standard_shortcuts() for name in rules)
        return sorted({*file.shortcuts, *standard})

    # --- nets ---

    def nets(self) -> list[str]:
        """The nets of the main file, in its order."""
        return [name for name, d in self.main.own.items() if d.role == "net"]

    def complete_nets(self) -> list[str]:
        """The nets that need no further arguments."""
        return [name for name in self.nets() if not self._missing(name)]

    def _missing(self, name: str) -> list[str]:
        try:
            declared, given, _ = self._resolve(self.main.own[name], [])
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
            base, given, line = self._resolve(declared, [])
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
        settings = self._file_settings(base.file)
        unit = self.unit(base, given, None, settings, (frame,))
        if unit is None:
            return None
        return Net(name, unit._replace(name=name), self.main.source.name, line)

    def _file_settings(self, file: FileScope) -> Settings:
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

    def _resolve(
        self, declared: Declared, path: list[Declared]
    ) -> tuple[Declared, dict[str, object], str]:
        """The net behind an alias, the arguments bound on the way, the alias's line.

        Raises:
            Stop: an alias leads nowhere, or to itself.
        """
        tree = declared.tree
        self.seen.add(id(declared))
        if declared.broken:
            # Its faults are known: naming the first again adds no message.
            fault = SyntaxFault(tree.name.span, "this declaration has faults")
            raise self.first_failure() or Stop(fault)
        if not isinstance(tree, ast.Alias):
            return declared, {}, ""
        if declared in path:
            message = f"the net '{declared.name}' is defined by itself"
            raise Stop(Recursion(tree.name.span, message))
        target = declared.file.find(tree.call.name.text)
        if target is None or target.role != "net":
            nets = [
                n
                for n in declared.file
                if (declared.file.find(n) or declared).role == "net"
            ]
            message = f"there is no net '{tree.call.name.text}'"
            hint = did_you_mean(tree.call.name.text, nets)
            raise Stop(UnknownNet(tree.call.name.span, message, hint=hint))
        base, given, _ = self._resolve(target, [*path, declared])
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
        return base, given, tree.call.span.text

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
            Stop: it contains itself, or nests too deep.
        """
        key = (
            id(declared),
            tuple((name, identity_key(value)) for name, value in sorted(given.items())),
            None if x is None else (int(x.channels), x.spatial),
            _settings_key(settings),
        )
        if key in self._units:
            return self._units[key]
        self._check_nesting(declared, trail)
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

    def _check_nesting(self, declared: Declared, trail: tuple[Frame, ...]) -> None:
        span = trail[-1].span
        if declared in self._active:
            message = f"the {declared.role} '{declared.name}' contains itself"
            related = (Frame("it is declared here", declared.tree.name.span),)
            hint = "the language has no recursion: repeat with 'n * block' instead"
            raise Stop(Recursion(span, message, related=related, hint=hint))
        if len(self._active) >= self.limits.nesting:
            message = f"blocks nest deeper than {self.limits.nesting} levels"
            hint = f"raise the bound with {Limits.flag('nesting')}"
            raise Stop(NestedTooDeep(span, message, hint=hint))

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
