"""Merges of several tensors: paths beside each other, and tensors that have names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from resdsl.core.catalog import (
    DuplicateName,
    EmptyBody,
    LostOutput,
    MissingArgument,
    TooManyArguments,
    UnknownArgument,
    UnknownName,
    UnknownOutput,
    WrongType,
)
from resdsl.core.diagnostic import Frame, Stop
from resdsl.core.nearest import did_you_mean
from resdsl.core.record import NamedTuple
from resdsl.core.source import Span
from resdsl.ir.needed import elsewhere
from resdsl.ir.net import (
    Body,
    Group,
    Instance,
    Item,
    Join,
    Keep,
    Merge,
    Node,
    Output,
    Path,
)
from resdsl.lower.bias import settle_body
from resdsl.lower.branching import Shares, branching
from resdsl.lower.labels import settled_label
from resdsl.lower.loops import turns
from resdsl.lower.scope import BlockRef, Declared, LayerRef
from resdsl.lower.unit import Tensor, UnitBuilder
from resdsl.ops.base import KINDS
from resdsl.ops.fault import Fault
from resdsl.ops.merge import BODIES, JOINS, MERGES, MergeRule
from resdsl.syntax import ast
from resdsl.values.shape import Shape
from resdsl.values.sizes import Sym

Run = Callable[[ast.Suite], None]
GROUP = "group"
"""What a group begins with that has no label."""
_PATH = "path"
_HINT = "a label names the output of its layer"


class _Part(NamedTuple):
    """One of the tensors that become one: what a message calls it, and where it is."""

    name: str
    shape: Shape
    span: Span | None = None


def branches(b: UnitBuilder, tree: ast.Body, run: Run) -> None:
    """Build each statement of a body as a path of its own, and merge their outputs.

    Raises:
        Stop: it has a finding.
    """
    name, span = tree.name.text, tree.span
    said = branching(tree)
    rule = MERGES[said.rule]
    x = b.known(span)
    shares = Shares(b, said.split, x)
    b.statement += 1
    with b.in_sight():
        ways = list(_ways(b, tree, run, x, shares))
    if x is None or b.now is None:
        b.now = None
        return
    paths: list[Path] = []
    parts = [_Part("the input", x)] if rule.takes_input else []
    for label, items, y, place in ways:
        paths.append(Path(label, settle_body(items), y))
        parts.append(_Part(_path_name(rule, paths), y, place))
    if not paths:
        raise Stop(EmptyBody(span, f"{name} has no path in its body"))
    shares.check(len(paths))
    wanted = len(rule.paths) or len(paths)
    if len(paths) != wanted:
        message = f"{name} has {wanted} paths, this has {len(paths)}"
        hint = f"each line is a path: the {' and the '.join(rule.paths)}"
        raise Stop(MissingArgument(span, message, hint=hint))
    if len(parts) == 1:  # which is no merge
        b.items += paths[0].body
        return
    z = _combined(b, rule, parts, span)
    b.statement += 1
    b.push(Merge(rule.name, tuple(paths), None, "", x, z, span, b.statement))


def _ways(
    b: UnitBuilder, tree: ast.Body, run: Run, x: Shape | None, shares: Shares
) -> Iterator[tuple[str, list[Item], Shape, Span]]:
    """Each path's label, items, output and place.

    The tensors of one are seen by the next.

    Raises:
        Stop: one has no layer.
    """
    for number, suite in enumerate(_suites(b, tree.body, run)):
        place = suite[0].span
        b.now = x
        b.statement += 1
        with b.collecting() as items:
            if not shares.take(number, suite):
                run(suite)
        if b.now is None:
            return
        if not items:
            raise Stop(EmptyBody(place, f"a path of {tree.name.text} has no layer"))
        b.open.append(items)
        yield _label(suite), items, b.now, place


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
            if statement.args or statement.guard is not None:
                message = f"'{_PATH}' takes nothing: its body is all there is to it"
                hint = "use an 'if' around" * (statement.guard is not None)
                raise Stop(UnknownArgument(statement.span, message, hint=hint))
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


def _path_name(rule: MergeRule, paths: list[Path]) -> str:
    """What a message calls the last of some paths."""
    at = len(paths)
    if rule.paths:
        return f"the {rule.paths[at - 1]}" if at <= len(rule.paths) else ""
    label = paths[-1].name
    return f"path {at} ('{label}')" if label else f"path {at}"


def _combined(b: UnitBuilder, rule: MergeRule, parts: list[_Part], span: Span) -> Shape:
    """The shape of several tensors that become one.

    Raises:
        Stop: they do not fit; the finding shows where the two are that do not.
    """
    shapes = [part.shape for part in parts]
    try:
        z = rule.combine(shapes, [part.name for part in parts])
    except Fault as fault:
        pair = (parts[0], parts[fault.part])
        related = tuple(
            Frame(f"{part.name} is here", part.span)
            for part in pair
            if part.span is not None
        )
        hint = fault.hint or _fitting(*(part.shape for part in pair))
        found, expected = fault.found, fault.expected
        raise Stop(
            fault.kind(
                span,
                str(fault),
                found=found,
                expected=expected,
                hint=hint,
                related=related,
            )
        ) from None
    if not rule.stacked:
        for shape in shapes[1:]:
            b.same_channels(shapes[0], shape)
    return z


def _fitting(x: Shape, y: Shape) -> str:
    """What would make two shapes agree."""
    if x.rank != y.rank:
        return "they must have the same number of dimensions"
    if x.spatial == y.spatial:
        if x.last != y.last:
            return "'channels_first' and 'channels_last' change the order of memory"
        layer = "conv 1," if x.rank and not x.last else "linear"
        return f"'{layer} {int(x.channels)}' makes the channels agree"
    if any(isinstance(size, Sym) for size in (*x.spatial, *y.spatial)):
        return "they agree for some sizes only: 'input' may state which"
    return "a stride, a pool or 'upsample' makes the sizes agree"


# --- tensors that have names ---


def remember(b: UnitBuilder, label: ast.Ident) -> None:
    """The output of the item that was just added has its label as its name."""
    b.labels.add(label.text)
    if b.now is None or not b.items:
        return
    item = b.items[-1]
    b.tensors[label.text] = Tensor(b.items, item, b.now, label.span)
    own = b.names is b.own_names  # and no name within a group
    if own and isinstance(item, Node | Instance | Group) and item.name == label.text:
        b.shared[label.text] = item


def join(b: UnitBuilder, call: ast.Call) -> None:
    """Go on from named tensors: `concat skip`, `add a, b`, or the name alone.

    Raises:
        Stop: there is no such tensor, or they do not fit.
    """
    name = call.name
    x = b.known(call.span)
    if x is None:
        return
    if name.text not in JOINS:
        if call.args:
            message = f"'{name.text}' is a tensor, and takes no arguments"
            raise Stop(TooManyArguments(call.args[0].span, message))
        source = _kept(b, settled_label(b, name), call.span)
        y = b.tensors[source].shape
        b.push(Join("", (source,), x, y, call.span, b.statement))
        return
    sources = list(_names(b, call))
    here = b.items[-1].span if b.items else None
    parts = [_Part("the tensor at hand", x, here)]
    for source in sources:
        tensor = b.tensors[source]
        parts.append(_Part(f"'{source}'", tensor.shape, tensor.span))
    y = _combined(b, MERGES[name.text], parts, call.span)
    b.push(Join(name.text, ("", *sources), x, y, call.span, b.statement))


def _names(b: UnitBuilder, call: ast.Call) -> Iterator[str]:
    if not call.args:
        message = f"{call.name.text} needs the name of a tensor"
        raise Stop(MissingArgument(call.span, message, hint=_HINT))
    for arg in call.args:
        if arg.keyword is not None:
            raise Stop(WrongType(arg.span, _unnamed(call.name.text), hint=_HINT))
        yield _named(b, arg.value, call.name.text)


def _unnamed(word: str) -> str:
    return f"{word} takes the names of tensors"


def _named(b: UnitBuilder, value: ast.Expr, word: str) -> str:
    if not isinstance(value, ast.Name):
        raise Stop(WrongType(value.span, _unnamed(word), hint=_HINT))
    label = ast.Ident(value.text, value.span, value.counts, value.end)
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
        name = _named(b, value, "output")
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
        hint = "what a body gives goes on from it; a label further out can be joined"
        raise Stop(UnknownName(span, message, related=there, hint=hint))
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
    for item in body:
        if isinstance(item, Merge):
            for path in item.paths:
                check_nothing_is_lost(path.body)
    for before, item in pairwise(body):
        other = elsewhere(item)
        if other is not None and not isinstance(before, Keep):
            message = f"what comes before '{other}' is used nowhere"
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
    if name.counts:
        return True
    if name.text in KINDS or name.text not in (*b.labels, *JOINS):
        return False
    known = b.scope.get(name.text, b.declared.file.find(name.text))
    return not isinstance(known, BlockRef | LayerRef | Declared)
