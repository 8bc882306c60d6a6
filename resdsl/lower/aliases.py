"""Nets that are another net's name with arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from resdsl.core.catalog import NestedTooDeep, Recursion, SyntaxFault, UnknownNet
from resdsl.core.diagnostic import Diagnostic, Stop
from resdsl.core.limits import Limits
from resdsl.core.nearest import did_you_mean
from resdsl.core.record import NamedTuple
from resdsl.core.report import Collector
from resdsl.lower.bind import bind
from resdsl.lower.scope import Declared, FileScope
from resdsl.syntax import ast
from resdsl.values.plain import plain


class Resolved(NamedTuple):
    """The net behind an alias, the arguments bound on the way, the alias's line."""

    base: Declared
    given: dict[str, object]
    line: str
    depth: int = 0


class Aliases:
    """Follows names to the nets that they stand for."""

    def __init__(self, findings: Collector, limits: Limits) -> None:
        self._findings = findings
        self._limits = limits
        self._known: dict[int, Resolved | Diagnostic] = {}

    def resolve(
        self,
        declared: Declared,
        value: Callable[[FileScope, ast.Expr], object],
        path: tuple[Declared, ...] = (),
    ) -> Resolved:
        """What a net's name stands for, found once; `path` led to it.

        Raises:
            Stop: it leads nowhere, or to itself.
        """
        known = self._known.get(id(declared))
        if known is None:
            try:
                known = self._follow(declared, value, path)
            except Stop as stop:
                known = stop.diagnostic
            self._known[id(declared)] = known
        if isinstance(known, Diagnostic):
            raise Stop(known)
        return known._replace(given=dict(known.given))

    def _follow(
        self,
        declared: Declared,
        value: Callable[[FileScope, ast.Expr], object],
        path: tuple[Declared, ...],
    ) -> Resolved:
        tree = declared.tree
        if declared.broken:
            # Its faults are known: naming the first again adds no message.
            fault = SyntaxFault(tree.name.span, "this declaration has faults")
            raise self._findings.first() or Stop(fault)
        if not isinstance(tree, ast.Alias):
            return Resolved(declared, {}, "")
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
        base, given, _, depth = self.resolve(target, value, (*path, declared))
        self._check_depth(tree, max(depth, len(path)))
        bound = bind(
            base.name,
            base.params,
            tree.call.args,
            partial(value, declared.file),
            self._findings.add,
            frozenset(given),
        )
        given = {**given, **{name: plain(b.value) for name, b in bound.items()}}
        return Resolved(base, given, tree.call.span.text, depth + 1)

    def _check_depth(self, tree: ast.Alias, depth: int) -> None:
        if depth >= self._limits.nesting:
            message = f"nets stand for one another more than {depth} deep"
            hint = f"raise the bound with {Limits.flag('nesting')}"
            raise Stop(NestedTooDeep(tree.name.span, message, hint=hint))
