"""What no net has led to: wrong names and recursion are found there all the same."""

from __future__ import annotations

from collections.abc import Iterator

from resdsl.core.catalog import (
    Recursion,
    ReservedName,
    UnknownArgument,
    UnknownLayer,
    UnknownName,
)
from resdsl.core.diagnostic import Stop
from resdsl.core.nearest import did_you_mean
from resdsl.lower.again import taken_label
from resdsl.lower.functions import FUNCTIONS, SYMBOLS
from resdsl.lower.program import Program
from resdsl.lower.reserved import why_reserved
from resdsl.lower.scope import Declared
from resdsl.lower.uses import refuse_merge
from resdsl.ops.base import KINDS
from resdsl.ops.merge import AGAIN, BODIES, JOINS
from resdsl.syntax import ast

_FAR = 100
"""Blocks; whoever has such a ring of them finds it out when he uses one."""
_GIVEN = frozenset(("channels", "in_channels", "rank", "stride", "same"))
"""Names that a body has without declaring them."""


def check_unseen(program: Program) -> None:
    """Report what is wrong, whatever the arguments, in what was never built."""
    for declared in program.unseen():
        tree = declared.tree
        if isinstance(tree, ast.Alias):
            continue
        _check_params(program, tree)
        local = {p.name.text for p in tree.params} | set(_bound(tree.body))
        for call in _calls(tree.body):
            _check_call(program, declared, call, local)
        for value in _said(tree.body):
            _check_names(program, declared, value, local)
        _check_recursion(program, declared, tree.body, local)


def _check_params(program: Program, tree: ast.Block | ast.Shortcut | ast.Net) -> None:
    for param in tree.params:
        why = why_reserved(param.name.text, parameter=True)
        if why:
            message = f"'{param.name.text}' cannot be a parameter: {why}"
            program.findings.add(ReservedName(param.name.span, message))


def _check_call(
    program: Program, declared: Declared, call: ast.Call, local: set[str]
) -> None:
    name = call.name.text
    known = name in local or declared.file.find(name) is not None
    if name == AGAIN and not known:
        try:
            taken_label(call)
        except Stop as stop:
            program.findings.add(stop.diagnostic)
        return
    if call.name.counts or "." in name or (name in JOINS and not known):
        return  # labels, which only the making of the body settles
    for arg in call.args:
        _check_names(program, declared, arg.value, local)
    if known:
        return
    kind = KINDS.get(name)
    if kind is None:
        try:
            refuse_merge(call.name)
        except Stop as stop:
            program.findings.add(stop.diagnostic)
            return
        hint = did_you_mean(name, [*KINDS, *declared.file, *local, *BODIES])
        message = f"there is no layer or block '{name}'"
        program.findings.add(UnknownLayer(call.name.span, message, hint=hint))
        return
    slots = [s.name for s in kind.signature]
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.text not in slots:
            message = f"{name} has no argument '{arg.keyword.text}'"
            hint = (
                did_you_mean(arg.keyword.text, slots)
                or f"{name} takes: {', '.join(slots)}"
            )
            program.findings.add(UnknownArgument(arg.keyword.span, message, hint=hint))


def _check_names(
    program: Program, declared: Declared, value: ast.Expr, local: set[str]
) -> None:
    if not isinstance(value, ast.Name) or value.text in local | _GIVEN:
        return
    name, file = value.text, declared.file
    if name in KINDS or name in SYMBOLS or file.find(name) is not None:
        return
    if program.find_shortcut(name, file) is None:
        hint = did_you_mean(name, [*local, *file, *KINDS, *SYMBOLS, *FUNCTIONS])
        message = f"nothing is called '{name}'"
        program.findings.add(UnknownName(value.span, message, hint=hint))


def _check_recursion(
    program: Program, declared: Declared, body: ast.Suite, local: set[str]
) -> None:
    """Report a block that leads back to itself by name."""
    seen: set[str] = set()
    ways = [(call, call) for call in _calls(body)]
    while ways and len(seen) < _FAR:
        first, call = ways.pop()
        name = call.name.text
        target = declared.file.own.get(name)
        if name in local or target is None or isinstance(target.tree, ast.Alias):
            continue
        if target is declared:
            message = f"the {declared.role} '{declared.name}' contains itself"
            program.findings.add(Recursion(first.span, message))
            return
        if name not in seen:
            seen.add(name)
            ways += [(first, inner) for inner in _calls(target.tree.body)]


def _suites(suite: ast.Suite) -> Iterator[ast.Statement]:
    for statement in suite:
        yield statement
        if isinstance(statement, ast.If):
            for _, branch in statement.cases:
                yield from _suites(branch)
        elif isinstance(statement, ast.For | ast.Body):
            yield from _suites(statement.body)


def _bound(suite: ast.Suite) -> Iterator[str]:
    """What has a value, and what has a label: a tensor's name may stand alone."""
    for statement in _suites(suite):
        if isinstance(statement, ast.Let | ast.For):
            yield from (name.text for name in statement.names)
        elif isinstance(statement, ast.Body) and statement.name.text not in BODIES:
            yield statement.name.text
        elif isinstance(statement, ast.Chain):
            labels = (item.label.text for item in statement.items if item.label)
            yield from (label for label in labels if label not in BODIES)


def _calls(suite: ast.Suite) -> Iterator[ast.Call]:
    for statement in _suites(suite):
        if isinstance(statement, ast.Chain):
            for item in statement.items:
                yield item.call


def _said(suite: ast.Suite) -> Iterator[ast.Expr]:
    """What merges are told by keyword."""
    for statement in _suites(suite):
        if isinstance(statement, ast.Body):
            yield from (arg.value for arg in statement.args if arg.keyword is not None)
