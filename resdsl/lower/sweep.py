"""Names in declarations that no net has led to: wrong ones are found all the same."""

from __future__ import annotations

from collections.abc import Iterator

from resdsl.core.catalog import UnknownArgument, UnknownLayer
from resdsl.core.nearest import did_you_mean
from resdsl.lower.program import Program
from resdsl.lower.scope import Declared
from resdsl.ops.base import KINDS
from resdsl.ops.merge import MERGES
from resdsl.syntax import ast


def check_unseen(program: Program) -> None:
    """Report unknown layers and arguments in what was never built."""
    for declared in program.unseen():
        tree = declared.tree
        if isinstance(tree, ast.Alias):
            continue
        local = {p.name.text for p in tree.params} | set(_bound(tree.body))
        for call in _calls(tree.body):
            _check(program, declared, call, local)


def _check(
    program: Program, declared: Declared, call: ast.Call, local: set[str]
) -> None:
    name = call.name.text
    if name in local or declared.file.find(name) is not None:
        return
    kind = KINDS.get(name)
    if kind is None:
        hint = did_you_mean(name, [*KINDS, *declared.file, *local, *MERGES])
        message = f"there is no layer or block '{name}'"
        program.findings.add(UnknownLayer(call.name.span, message, hint=hint))
        return
    known = [s.name for s in kind.signature]
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.text not in known:
            message = f"{name} has no argument '{arg.keyword.text}'"
            hint = (
                did_you_mean(arg.keyword.text, known)
                or f"{name} takes: {', '.join(known)}"
            )
            program.findings.add(UnknownArgument(arg.keyword.span, message, hint=hint))


def _suites(suite: ast.Suite) -> Iterator[ast.Statement]:
    for statement in suite:
        yield statement
        if isinstance(statement, ast.If):
            for _, branch in statement.cases:
                yield from _suites(branch)
        elif isinstance(statement, ast.For | ast.Body):
            yield from _suites(statement.body)


def _bound(suite: ast.Suite) -> Iterator[str]:
    for statement in _suites(suite):
        if isinstance(statement, ast.Let | ast.For):
            yield statement.name.text


def _calls(suite: ast.Suite) -> Iterator[ast.Call]:
    for statement in _suites(suite):
        if isinstance(statement, ast.Chain):
            for item in statement.items:
                yield item.call
