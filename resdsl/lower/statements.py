"""The statements of a body, each in its order."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

from resdsl.core.catalog import (
    DuplicateName,
    MissingInput,
    OutOfRange,
    ReservedName,
    UnknownLayer,
    WrongType,
)
from resdsl.core.diagnostic import Frame, Stop
from resdsl.core.nearest import did_you_mean
from resdsl.lower.again import again, is_again
from resdsl.lower.branches import GROUP, branches, is_tensor, join, output, remember
from resdsl.lower.bridges import merge, rule_named
from resdsl.lower.labels import settled_label
from resdsl.lower.lists import listed
from resdsl.lower.loops import turns
from resdsl.lower.once import once
from resdsl.lower.repeats import group, repeat
from resdsl.lower.reserved import why_reserved
from resdsl.lower.scope import Callee, LayerRef
from resdsl.lower.unit import UnitBuilder
from resdsl.lower.unpack import unpack
from resdsl.lower.uses import callee_of, instance, layer
from resdsl.ops.base import KINDS
from resdsl.ops.merge import BODIES, JOINS, MERGES
from resdsl.ops.types import describe
from resdsl.syntax import ast
from resdsl.values.expr import Var, expr_of, heavy, traced
from resdsl.values.guards import is_number, is_whole
from resdsl.values.language import Extent
from resdsl.values.plain import plain
from resdsl.values.shape import Shape
from resdsl.values.sizes import Size, Sym


def run(b: UnitBuilder, suite: ast.Suite) -> None:
    """Execute statements in order."""
    with b.program.budget.level(suite[0].span):
        _run(b, suite)


def _run(b: UnitBuilder, suite: ast.Suite) -> None:
    for statement in suite:
        if not isinstance(statement, ast.Chain):  # whose items each see the newest
            b.refresh()
        try:
            b.program.budget.spend(2, statement.span)
            _CASES[type(statement)](b, statement)
        except Stop as stop:
            b.fail(stop)


def _input(b: UnitBuilder, tree: ast.Input) -> None:
    if b.declared.role != "net":
        message = f"a {b.declared.role} takes its input from where it is used"
        raise Stop(MissingInput(tree.span, message, hint="remove this line"))
    if b.entry is not None:
        message = "a net has one input, stated before its first layer"
        raise Stop(MissingInput(tree.span, message))
    parts = tree.sizes.sizes if isinstance(tree.sizes, ast.Extents) else (tree.sizes,)
    sizes: list[Size] = []
    for at, part in enumerate(parts):
        sizes += _input_sizes(b, part, symbolic=at > 0)
    if len(sizes) > 4:
        message = f"an input has at most three spatial sizes, this has {len(sizes) - 1}"
        raise Stop(OutOfRange(tree.span, message))
    channels, *spatial = sizes
    assert isinstance(channels, int)
    b.entry = b.now = Shape(channels, tuple(spatial))


def _input_sizes(b: UnitBuilder, part: ast.Expr, symbolic: bool) -> list[Size]:
    if symbolic and isinstance(part, ast.Name) and part.text not in b.scope:
        return [Sym.named(part.text)]
    value = b.evaluator.value(part)
    sizes: list[int] = []
    for size in value if isinstance(value, Extent) else (value,):
        if not is_whole(size):
            message = f"expected a size, found {describe(size)}"
            raise Stop(WrongType(part.span, message))
        if size < 1:
            message = f"expected a size of at least 1, found {int(size)}"
            raise Stop(OutOfRange(part.span, message))
        sizes.append(size)
    if not symbolic:
        return [sizes[0], *(int(size) for size in sizes[1:])]
    b.pin(value)
    return [int(size) for size in sizes]


def _let(b: UnitBuilder, tree: ast.Let) -> None:
    for name in tree.names:
        _declare(b, name)
    try:
        values = unpack(tree.names, b.evaluator.value(tree.value), tree.value.span)
    except Stop as stop:
        b.scope.update((name.text, stop) for name in tree.names)
        raise
    for name, value in values.items():
        _give(b, name, value)


def _declare(b: UnitBuilder, ident: ast.Ident) -> None:
    name = ident.text
    why = why_reserved(name, parameter=True)
    if why:
        message = f"'{name}' cannot be a name: {why}"
        raise Stop(ReservedName(ident.span, message))
    if name in b.declared_at and not b.loops:
        first = (Frame(f"'{name}' is first given here", b.declared_at[name]),)
        message = f"'{name}' already has a value"
        raise Stop(DuplicateName(ident.span, message, related=first))
    b.declared_at[name] = ident.span


def _give(b: UnitBuilder, name: str, value: object) -> None:
    """Put `value` in sight; a formula is written once, under its name."""
    if is_number(value):
        expr = expr_of(value)
        formula = isinstance(expr, tuple) and not isinstance(expr, Var)
        expanded = b.expand_expr(expr)
        if heavy(expanded):
            b.pin(value)
            value = plain(value)
        elif formula and not b.loops and name not in b.expanded:
            b.lets.append((name, expr))
            b.expanded[name] = expanded
            value = traced(plain(value), Var(name))
    b.scope[name] = value


def _if(b: UnitBuilder, tree: ast.If) -> None:
    for test, suite in tree.cases:
        holds = test is None or b.evaluator.truth(test)
        if test is not None:
            text = test.span.text
            denied = text.startswith("not ")
            b.choices.append((text[4:], not holds) if denied else (text, holds))
        if holds:
            run(b, suite)
            return


def _for(b: UnitBuilder, tree: ast.For) -> None:
    for _ in turns(b, tree):
        run(b, tree.body)


def _use_shortcut(b: UnitBuilder, tree: ast.UseShortcut) -> None:
    b.settings = b.settings.with_rule(rule_named(b, tree.rule))


def _default(b: UnitBuilder, tree: ast.Default) -> None:
    b.settings = b.settings._replace(defaults=defaults(b, tree))


def defaults(b: UnitBuilder, tree: ast.Default) -> tuple[tuple[str, str, object], ...]:
    """The settings with those of a `default` statement before them.

    Raises:
        Stop: the layer is unknown, or an argument is wrong.
    """
    kind = KINDS.get(tree.layer.text)
    if kind is None:
        message = f"there is no layer '{tree.layer.text}'"
        hint = did_you_mean(tree.layer.text, KINDS)
        raise Stop(UnknownLayer(tree.layer.span, message, hint=hint))
    bound = b.bind_kind(kind, tree.args, frozenset())
    new: list[tuple[str, str, object]] = []
    for name, (value, _) in bound.items():
        b.pin(value)
        new.append((kind.name, name, plain(value)))
    replaced = {(layer, name) for layer, name, _ in new}
    kept = (d for d in b.settings.defaults if d[:2] not in replaced)
    return (*new, *kept)


def _body(b: UnitBuilder, tree: ast.Body) -> None:
    name = tree.name.text
    if name in MERGES and len(MERGES[name].paths) < 2 and name not in JOINS:
        merge(b, tree, lambda: run(b, tree.body))
        return
    if name in BODIES:
        branches(b, tree, lambda suite: run(b, suite))
        return
    label = None if name == GROUP else settled_label(b, tree.name)
    named, numbered = _says(tree, "named"), _says(tree, "numbered")
    if (
        name in JOINS
        or tree.guard is not None
        or (tree.args and not (named or numbered))
    ):
        message = f"there is no merge '{name}'"
        hint = did_you_mean(name, BODIES) or f"there are: {', '.join(BODIES)}"
        if name in JOINS:
            hint = f"write 'branches {name}:', with a path on each line"
        raise Stop(UnknownLayer(tree.name.span, message, hint=hint))
    if label is not None:
        _refuse_near_merge(label)
        _refuse_second(tree)
    with listed(b, label, tree.span) as own:
        group(b, own, lambda: run(b, tree.body), tree.span, numbered=not named)
    if label is not None:
        remember(b, label)


def _says(tree: ast.Body, word: str) -> bool:
    """Whether a group says how its members are called: `stem named:`."""
    values = [arg.value for arg in tree.args if arg.keyword is None]
    names = [value.text for value in values if isinstance(value, ast.Name)]
    return names == [word] and len(tree.args) == 1


def _refuse_second(tree: ast.Body) -> None:
    """A layer has one label, unless the first of two is a merge."""
    if tree.second is not None:
        name = tree.name.text
        message = f"there is no merge '{name}', and a layer has one label"
        hint = f"'{name} named:' begins a group on one line"
        raise Stop(UnknownLayer(tree.second.span, message, hint=hint))


def _refuse_near_merge(label: ast.Ident) -> None:
    """As a label, a misspelt merge would compile: into a network without the merge."""
    hint = _near_merge(label.text)
    plain = label.text.rstrip("_0123456789")
    if hint and plain not in BODIES and plain != "branch":
        message = f"there is no merge '{label.text}', and as a label it is close to one"
        raise Stop(UnknownLayer(label.span, message, hint=hint))


@lru_cache
def _near_merge(label: str) -> str:
    return did_you_mean(label, BODIES, nearness=0.8)


def _chain(b: UnitBuilder, tree: ast.Chain) -> None:
    first = tree.items[0]
    if first.label is not None and first.label.text in BODIES:
        inner = first._replace(label=None)
        chain = tree._replace(items=(inner, *tree.items[1:]))
        _body(b, ast.Body(first.label, (), None, (chain,), first.label.span))
        return
    if first.label is not None:
        _refuse_near_merge(first.label)
    b.statement += 1
    for item in tree.items:
        b.refresh()
        try:
            _item(b, item)
        except Stop as stop:
            b.fail(stop)


def _item(b: UnitBuilder, item: ast.Item) -> None:
    if item.label is None:
        _single(b, item)
        return
    label = settled_label(b, item.label)
    if "." not in label.text:
        _single(b, item if label is item.label else item._replace(label=label))
    else:
        with listed(b, label, item.span) as own:
            _single(b, item._replace(label=own))
    remember(b, label)


def _single(b: UnitBuilder, item: ast.Item) -> None:
    if is_again(b, item.call.name):
        again(b, item)
        if item.label is not None:
            b.names.name("", item.label, item.span)
        return
    if item.times is None and is_tensor(b, item.call.name):
        join(b, item.call)
        if item.label is not None:
            b.names.name("", item.label, item.span)
        return
    if item.label is not None and item.label.text in BODIES:
        message = f"'{item.label.text}' is a merge, and a merge is no part of a chain"
        hint = "put it on a line of its own"
        raise Stop(UnknownLayer(item.label.span, message, hint=hint))
    callee = callee_of(b, item.call.name)
    base = callee.name if isinstance(callee, LayerRef) else callee.declared.name
    name = b.names.name(base, item.label, item.span)
    once(b, item, name, _maker(b, item, callee, name))
    if item.times is not None:
        b.bound_operators(b.repeated, item.span)


def _maker(
    b: UnitBuilder, item: ast.Item, callee: Callee, name: str
) -> Callable[[], None]:
    if item.times is not None:
        return partial(repeat, b, item, callee, name)
    if isinstance(callee, LayerRef):
        return partial(layer, b, callee, item.call, name)
    return partial(instance, b, callee, item.call, name, item.span)


_CASES: dict[type, Callable[..., None]] = {
    ast.Input: _input,
    ast.Output: output,
    ast.Let: _let,
    ast.If: _if,
    ast.For: _for,
    ast.UseShortcut: _use_shortcut,
    ast.Default: _default,
    ast.Body: _body,
    ast.Chain: _chain,
}
