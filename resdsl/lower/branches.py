"""Merges of several tensors: paths beside each other, and tensors that have names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from resdsl.core.catalog import (
    DuplicateName,
    EmptyBody,
    LostOutput,
    MissingArgument,
    UnknownArgument,
    UnknownName,
    UnknownOutput,
    WrongType,
)
from resdsl.core.diagnostic import Frame, Stop
from resdsl.core.nearest import did_you_mean
from resdsl.core.source import Span
from resdsl.ir.net import Body, Item, Join, Keep, Merge, Output, Path
from resdsl.lower.bias import settle_bias
from resdsl.lower.labels import settled_label
from resdsl.lower.loops import turns
from resdsl.lower.scope import BlockRef, Declared, LayerRef
from resdsl.lower.unit import Tensor, UnitBuilder
from resdsl.ops.base import KINDS
from resdsl.ops.fault import Fault
from resdsl.ops.merge import BODIES, BRANCHES, JOINS, MERGES
from resdsl.syntax import ast
from resdsl.values.shape import Shape

Run = Callable[[ast.Suite], None]
GROUP = "group"
"""What a group begins with that has no label."""
_PATH = "path"
_WANTED = "expected the name of a tensor"
_HINT = "a label names the output of its layer"


def branches(b: UnitBuilder, tree: ast.Body, run: Run) -> None:
    """Build each statement of a body as a path of its own, and merge their outputs.

    Raises:
        Stop: it has a finding.
    """
    name, span = tree.name.text, tree.span
    rule = MERGES[_rule(tree)]
    x = b.known(span)
    b.statement += 1
    with b.in_sight():
        ways = list(_ways(b, tree.body, run, x))
    if x is None or b.now is None:
        b.now = None
        return
    paths = [
        Path(label, tuple(settle_bias(items, merged=True)), y)
        for label, items, y in ways
    ]
    if not paths:
        raise Stop(EmptyBody(span, f"this {name} has no path in its body"))
    wanted = len(rule.paths) or len(paths)
    if len(paths) != wanted:
        message = f"{name} has {wanted} paths, this has {len(paths)}"
        hint = f"each line is a path: the {' and the '.join(rule.paths)}"
        raise Stop(MissingArgument(span, message, hint=hint))
    shapes = [path.y for path in paths]
    z = _combined(b, rule.name, [x, *shapes] if rule.takes_input else shapes, span)
    b.statement += 1
    b.push(Merge(rule.name, tuple(paths), None, "", x, z, span, b.statement))


def _ways(
    b: UnitBuilder, body: ast.Suite, run: Run, x: Shape | None
) -> Iterator[tuple[str, list[Item], Shape]]:
    """Each path's label, items and output; the tensors of one are seen by the next."""
    for suite in _suites(b, body, run):
        b.now = x
        b.statement += 1
        with b.collecting() as items:
            run(suite)
        if b.now is None:
            return
        b.open.append(items)
        yield _label(suite), items, b.now


def _rule(tree: ast.Body) -> str:
    """How a body joins its paths; `branches` does `concat` unless it says otherwise.

    Raises:
        Stop: it says what is not known.
    """
    if tree.guard is not None:
        message = "'only if' is for merges that take their input"
        raise Stop(UnknownArgument(tree.guard.span, message, hint="use an 'if' around"))
    name = tree.name.text
    chosen = "concat" if name == BRANCHES else name
    for arg in tree.args:
        value = arg.value
        if (
            name != BRANCHES
            or arg.keyword is not None
            or not isinstance(value, ast.Name)
            or value.text not in JOINS
        ):
            message = f"{name} has no argument '{arg.span.text}'"
            hint = f"it takes one of: {', '.join(sorted(JOINS))}"
            hint *= name == BRANCHES
            raise Stop(UnknownArgument(arg.span, message, hint=hint))
        chosen = value.text
    return chosen


def _suites(b: UnitBuilder, suite: ast.Suite, run: Run) -> Iterator[ast.Suite]:
    """The statements of each path: a line, a group, or what `path:` holds."""
    for statement in suite:
        if isinstance(statement, ast.If):
            for test, inner in statement.cases:
                if test is None or b.evaluator.truth(test):
                    yield from _suites(b, inner, run)
                    break
        elif isinstance(statement, ast.For):
            for _ in turns(b, statement):
                yield from _suites(b, statement.body, run)
        elif isinstance(statement, ast.Body) and statement.name.text == _PATH:
            yield statement.body
        elif isinstance(statement, ast.Chain | ast.Body):
            yield (statement,)
        else:
            run((statement,))


def _label(suite: ast.Suite) -> str:
    """What a path is called: as what it begins with, if that has a label."""
    first = suite[0]
    if isinstance(first, ast.Chain):
        label = first.items[0].label
    else:
        label = first.name if isinstance(first, ast.Body) else None
    if label is None or label.counts:
        return ""
    return "" if label.text in (*BODIES, GROUP) else label.text


def _combined(b: UnitBuilder, rule: str, shapes: list[Shape], span: Span) -> Shape:
    try:
        z = MERGES[rule].combine(shapes)
    except Fault as fault:
        raise Stop(fault.at(span)) from None
    if rule != "concat":
        for shape in shapes[1:]:
            b.same_channels(shapes[0], shape)
    return z


# --- tensors that have names ---


def remember(b: UnitBuilder, label: ast.Ident) -> None:
    """The output of the item that was just added has its label as its name."""
    b.labels.add(label.text)
    if b.now is not None and b.items:
        b.tensors[label.text] = Tensor(b.items, b.items[-1], b.now, label.span)


def join(b: UnitBuilder, call: ast.Call) -> None:
    """Go on from named tensors: `concat skip`, `add a, b`, or the name alone.

    Raises:
        Stop: there is no such tensor, or they do not fit.
    """
    name = call.name
    x = b.known(call.span)
    if name.text in JOINS:
        sources, shapes = ["", *_names(b, call)], [x]
        shapes += [b.tensors[source].shape for source in sources[1:]]
        rule = name.text
    else:
        source = _kept(b, settled_label(b, name), call.span)
        sources, shapes, rule = [source], [b.tensors[source].shape], ""
    known = [shape for shape in shapes if shape is not None]
    if x is None or len(known) < len(shapes):
        return
    y = _combined(b, rule, known, call.span) if rule else known[0]
    b.push(Join(rule, tuple(sources), x, y, call.span, b.statement))


def _names(b: UnitBuilder, call: ast.Call) -> Iterator[str]:
    if not call.args:
        message = f"{call.name.text} needs the name of a tensor to join"
        raise Stop(MissingArgument(call.span, message, hint=_HINT))
    for arg in call.args:
        if arg.keyword is not None:
            raise Stop(WrongType(arg.span, _WANTED, hint=_HINT))
        yield _named(b, arg.value)


def _named(b: UnitBuilder, value: ast.Expr) -> str:
    if not isinstance(value, ast.Name):
        raise Stop(WrongType(value.span, _WANTED, hint=_HINT))
    label = ast.Ident(value.text, value.span, value.counts)
    return _kept(b, settled_label(b, label), value.span)


def output(b: UnitBuilder, tree: ast.Output) -> None:
    """These tensors are what the net gives, by their names.

    Raises:
        Stop: it is no net, or there is no such tensor.
    """
    if b.declared.role != "net":
        message = f"a {b.declared.role} gives its last tensor alone"
        hint = "state the outputs in the net, by the labels there"
        raise Stop(UnknownOutput(tree.span, message, hint=hint))
    for value in tree.tensors:
        name = _named(b, value)
        if any(known.name == name for known in b.outputs):
            message = f"'{name}' is given out twice"
            raise Stop(DuplicateName(value.span, message))
        b.outputs.append(Output(name, name, b.tensors[name].shape))


def _kept(b: UnitBuilder, label: ast.Ident, span: Span) -> str:
    """The tensor of a label, which from now on is kept.

    Raises:
        Stop: there is none in sight.
    """
    name = label.text
    tensor = b.tensors.get(name)
    if tensor is None and b.failure is not None:
        raise b.failure
    if tensor is None:
        hint = did_you_mean(name, b.tensors) or _HINT
        raise Stop(UnknownName(span, f"there is no tensor '{name}'", hint=hint))
    if not any(items is tensor.items for items in b.open):
        there = (Frame(f"'{name}' is here", tensor.span),)
        message = f"the tensor '{name}' is out of sight: its body has ended"
        raise Stop(UnknownName(span, message, related=there))
    after = next(i for i, item in enumerate(tensor.items) if item is tensor.item) + 1
    following = tensor.items[after] if after < len(tensor.items) else None
    if not (isinstance(following, Keep) and following.name == name):
        shape, at = tensor.shape, tensor.item
        keep = Keep(name, shape, shape, at.span, at.statement)
        tensor.items.insert(after, keep)
    return name


def check_nothing_is_lost(body: Body) -> None:
    """Check that a tensor is kept before the network goes on from another.

    Raises:
        Stop: one is not, so that the layers behind it would do nothing.
    """
    for before, item in pairwise(body):
        if isinstance(item, Merge):
            for path in item.paths:
                check_nothing_is_lost(path.body)
        if not isinstance(item, Join) or item.rule:
            continue
        if not isinstance(before, Keep | Join):
            message = f"what comes before '{item.sources[0]}' is used nowhere"
            hint = "give it a label, and join that further down"
            there = (Frame("its output is lost", before.span),)
            raise Stop(LostOutput(item.span, message, related=there, hint=hint))


def check_outputs(b: UnitBuilder) -> None:
    """Check that nothing comes behind the last of a net's outputs.

    Raises:
        Stop: something does, which nothing would use.
    """
    given = {output.tensor for output in b.outputs}
    last = b.items[-1] if b.items else None
    if given and last and not (isinstance(last, Keep) and last.name in given):
        message = "what comes last is none of the outputs"
        hint = "give it a label, and name that in 'output', or leave it out"
        raise Stop(LostOutput(last.span, message, hint=hint))


def is_tensor(b: UnitBuilder, name: ast.Ident) -> bool:
    """Whether a call goes on from tensors, and is no layer."""
    if name.counts or name.text in JOINS:
        return True
    if name.text not in b.labels or name.text in KINDS:
        return False
    known = b.scope.get(name.text, b.declared.file.find(name.text))
    return not isinstance(known, BlockRef | LayerRef | Declared)
