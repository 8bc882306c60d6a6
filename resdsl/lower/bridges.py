"""Merges: two paths become one, and a shortcut rule makes their shapes agree."""

from __future__ import annotations

from collections.abc import Callable

from resdsl.core.catalog import (
    CannotMerge,
    DuplicateArgument,
    EmptyBody,
    UnknownArgument,
    UnknownShortcut,
    WrongType,
)
from resdsl.core.diagnostic import Diagnostic, Stop
from resdsl.core.nearest import did_you_mean
from resdsl.core.source import Span
from resdsl.ir.net import Body, Instance, Merge, Path
from resdsl.lower.bias import settle_body
from resdsl.lower.bind import Bound
from resdsl.lower.scope import BlockRef, LayerRef, Settings
from resdsl.lower.strides import steps
from resdsl.lower.unit import UnitBuilder
from resdsl.lower.uses import layer, use
from resdsl.ops.base import KINDS
from resdsl.ops.fault import Fault
from resdsl.ops.merge import MERGES, MergeRule
from resdsl.syntax import ast
from resdsl.values.expr import expr_of
from resdsl.values.language import Extent, Symbol
from resdsl.values.shape import Shape

DEFAULT_SHORTCUT = "projection"
_DROP = "drop_path"


def merge(b: UnitBuilder, tree: ast.Body, run: Callable[[], None]) -> None:
    """Build a body and merge its output with its input, unless its guard fails.

    Raises:
        Stop: it has a finding.
    """
    name, span = tree.name.text, tree.span
    rule = MERGES[name]
    settings, drop = _settings(b, name, tree.args)
    x = b.known(span)
    b.statement += 1
    with b.collecting() as items:
        run()
        y, merges = b.now, True
        if x is not None and y is not None and items:
            merges = tree.guard is None or _guarded(b, tree.guard, x, y)
            if drop is not None and merges:
                _drop(b, drop)
    if x is None or y is None or b.now is None:
        b.now = None
        return
    if not items:
        raise Stop(EmptyBody(span, f"this {name} has no layer in its body"))
    body = settle_body(items)
    if not merges:
        b.items += body
        return
    shortcut, why = None, ""
    if rule.bridged:
        shortcut, why = _shortcut(b, settings, x, y, body, span)
    try:
        z = rule.combine((shortcut.y if shortcut else x, y))
    except Fault as fault:
        raise Stop(_mismatch(fault, rule, shortcut, x, y, span)) from None
    if not rule.stacked:
        b.same_channels(shortcut.y if shortcut else x, y)
    b.statement += 1
    paths = (Path("", body, y),)
    b.push(Merge(name, paths, shortcut, why, x, z, span, b.statement))


def _settings(
    b: UnitBuilder, name: str, args: tuple[ast.Arg, ...]
) -> tuple[Settings, Bound | None]:
    """The settings within, and how often training drops the body, if that is said."""
    settings, drop = b.settings, None
    for arg in args:
        keyword = arg.keyword.text if arg.keyword else ""
        value = arg.value
        if keyword == "drop" and MERGES[name].bridged:
            if drop is not None:
                raise Stop(DuplicateArgument(arg.span, f"{name} gets 'drop' twice"))
            drop = _rate(b, arg)
            continue
        if keyword != "shortcut" or not MERGES[name].bridged:
            message = f"{name} has no argument '{keyword or arg.span.text}'"
            hint = "it takes shortcut=RULE and drop=RATE" * MERGES[name].bridged
            raise Stop(UnknownArgument(arg.span, message, hint=hint))
        call = value if isinstance(value, ast.Call) else None
        if isinstance(value, ast.Name):
            call = ast.Call(ast.Ident(value.text, value.span), (), value.span)
        if call is None:
            raise Stop(WrongType(value.span, "expected the name of a shortcut rule"))
        settings = settings.with_rule(rule_named(b, call))
    return settings, drop


def _rate(b: UnitBuilder, arg: ast.Arg) -> Bound:
    """How often training drops a body, in terms of what stands before it.

    Raises:
        Stop: it is no rate.
    """
    given = (ast.Arg(None, arg.value, arg.span),)
    return b.bind_kind(KINDS[_DROP], given, frozenset())["rate"]


def _drop(b: UnitBuilder, rate: Bound) -> None:
    """End a body in the layer that drops it, which without a merge would drop all."""
    name = b.names.name(_DROP, None, rate.span)
    call = ast.Call(ast.Ident(_DROP, rate.span), (), rate.span)
    layer(b, LayerRef(_DROP, (("rate", rate.value),)), call, name)


def _guarded(b: UnitBuilder, guard: ast.Expr, x: Shape, y: Shape) -> bool:
    """Whether `only if` holds, where `same` tells that the shapes agree."""
    b.scope["same"] = x == y
    try:
        if x == y:
            b.same_channels(x, y)
        elif x.spatial == y.spatial:
            b.pin(x.channels)
            b.pin(y.channels)
        return b.evaluator.truth(guard)
    finally:
        del b.scope["same"]


def rule_named(b: UnitBuilder, call: ast.Call) -> BlockRef | None:
    """The shortcut rule that a name stands for, with its arguments bound.

    Raises:
        Stop: there is no such rule.
    """
    name = call.name.text
    value = b.scope.get(name)
    if isinstance(value, Stop):
        raise value
    if isinstance(value, BlockRef) and value.declared.role == "shortcut":
        ref = value
    elif name == "none" or (isinstance(value, Symbol) and value == "none"):
        return None
    else:
        declared = b.program.find_shortcut(name, b.declared.file)
        if declared is None:
            known = b.program.shortcut_names(b.declared.file)
            hint = did_you_mean(name, known) or f"there are: {', '.join(known)}, none"
            message = f"there is no shortcut rule '{name}'"
            raise Stop(UnknownShortcut(call.name.span, message, hint=hint))
        ref = BlockRef(declared)
    if not call.args:
        return ref
    bound = b.bind_partially(ref, call)
    assert isinstance(bound, BlockRef)
    return bound


def _shortcut(
    b: UnitBuilder, settings: Settings, x: Shape, y: Shape, body: Body, span: Span
) -> tuple[Instance | None, str]:
    """The shortcut that makes `x` addable to `y`, and why there is one."""
    rule = settings.shortcut
    if rule is None and not settings.strict:
        declared = b.program.find_shortcut(DEFAULT_SHORTCUT, b.declared.file)
        rule = BlockRef(declared) if declared else None
    if rule is None:
        return None, ""
    tree = rule.declared.tree
    always = isinstance(tree, ast.Shortcut) and tree.always
    alike = x.rank == y.rank and x.last == y.last
    needed = alike and (always or x != y)
    label = rule.declared.label or "shortcut"
    params = frozenset(p.name for p in b.params)
    name = b.names.bridge(label, span, params, needed)
    if not needed:
        return None, ""
    b.pin(x.channels)
    b.pin(y.channels)
    stride = _one(steps(body, x.rank))
    given = {**dict(rule.bound), "channels": y.channels, "stride": stride}
    outer, b.settings = b.settings, settings
    try:
        instance = use(b, rule, given, x, name, span)
    finally:
        b.settings = outer
    if instance is None:
        assert b.failure is not None
        raise b.failure
    why = "the rule applies always" if x == y else _difference(x, y)
    return instance, why


def _one(steps: tuple[int, ...]) -> object:
    """One stride for all dimensions where they agree, else one for each."""
    if not steps:
        return 1
    if all(expr_of(s) == expr_of(steps[0]) and s == steps[0] for s in steps):
        return steps[0]
    return Extent(int(s) for s in steps)


def _difference(x: Shape, y: Shape) -> str:
    parts: list[str] = []
    if int(x.channels) != int(y.channels):
        parts.append(f"{int(x.channels)} channels become {int(y.channels)}")
    if x.spatial != y.spatial:
        before = "x".join(str(s) for s in x.spatial)
        after = "x".join(str(s) for s in y.spatial)
        parts.append(f"{before} becomes {after}")
    return ", ".join(parts)


def _mismatch(
    fault: Fault,
    rule: MergeRule,
    shortcut: Instance | None,
    x: Shape,
    y: Shape,
    span: Span,
) -> Diagnostic:
    if fault.kind is not CannotMerge or shortcut is None:
        hint = fault.hint or _merge_hint(x, y, rule.bridged)
        return fault.kind(
            span, str(fault), found=fault.found, expected=fault.expected, hint=hint
        )
    name = shortcut.unit.name
    made = "the input" if shortcut.y == x else f"the input {x}"
    return CannotMerge(
        span,
        f"cannot add {y} to {shortcut.y}",
        found=f"the body gives {y}",
        expected=f"{shortcut.y}, what the shortcut '{name}' makes of {made}",
        hint=_merge_hint(shortcut.y, y, rule.bridged),
    )


def _merge_hint(x: Shape, y: Shape, bridged: bool) -> str:
    if x.rank != y.rank:
        return "body and input must have the same number of dimensions"
    if x.last != y.last:
        return f"end the body with '{'channels_last' if x.last else 'channels_first'}'"
    pooled = all(size == 1 for size in y.spatial)
    if x.spatial != y.spatial and not pooled:
        return (
            "padding that keeps the size, or a stride that divides it, makes them agree"
        )
    if int(x.channels) != int(y.channels):
        ending = f"end the body with {int(x.channels)} channels"
        return f"{ending}, or choose a shortcut rule" if bridged else ending
    return ""
