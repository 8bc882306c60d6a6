"""All files in use, and what they declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from resdsl.core.catalog import (
    DuplicateName,
    FileTooLarge,
    Recursion,
    ReservedName,
    UseTooDeep,
)
from resdsl.core.diagnostic import Frame, Stop
from resdsl.core.limits import Limits
from resdsl.core.report import Collector
from resdsl.core.source import Source, Span
from resdsl.lower.reserved import why_reserved
from resdsl.lower.scope import Declared, FileScope
from resdsl.syntax import ast
from resdsl.syntax.parse import parse

Reader = Callable[[str, bool, Source, Span], Source]
"""Reads what `use` names: (target, whether it is a file, who uses it, where)."""

_SHORTCUTS = ("projection", "shortcuts")


class Declarations:
    """The main file, and every file that it uses, each opened once."""

    def __init__(
        self, source: Source, findings: Collector, limits: Limits, read: Reader
    ) -> None:
        self.findings = findings
        self.limits = limits
        self._read = read
        self._files: dict[str, FileScope] = {}
        self._opening: list[str] = []
        self._prelude: dict[str, FileScope] = {}
        self.main = self._open(source)

    def _open(self, source: Source) -> FileScope:
        if len(source.text) > self.limits.file_bytes:
            message = f"the file has more than {self.limits.file_bytes} bytes"
            hint = f"raise the bound with {Limits.flag('file_bytes')}"
            self.findings.add(FileTooLarge(Span(source, 0, 0), message, hint=hint))
            return FileScope(source)
        # The library reads the same whatever bounds are set for the user's own text.
        limits = Limits() if source.name.startswith("std/") else self.limits
        tree = parse(source, self.findings, limits)
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
        self._check_label(declared)
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

    def _check_label(self, declared: Declared) -> None:
        """A shortcut's label becomes a member and a parameter of whoever uses it."""
        tree = declared.tree
        label = tree.label if isinstance(tree, ast.Shortcut) else None
        if label is not None:
            why = why_reserved(label.text) or why_reserved(label.text, parameter=True)
            if why:
                message = f"'{label.text}' cannot be a label: {why}"
                hint = f"try '{label.text}_'"
                self.findings.add(ReservedName(label.span, message, hint=hint))

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
