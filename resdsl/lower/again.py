"""Shared weights: `again head` is the layer, block or group `head` once more."""

from __future__ import annotations

from collections.abc import Iterable

from resdsl.core.catalog import (
    CannotMerge,
    MissingArgument,
    NotAvailable,
    UnknownName,
    WrongType,
)
from resdsl.core.diagnostic import Frame, Stop
from resdsl.core.nearest import did_you_mean
from resdsl.core.source import Span
from resdsl.ir.count import cost
from resdsl.ir.net import Body, Group, Instance, Item, Join, Keep, Merge, Named, Node
from resdsl.ir.resized import Fixed, resized_one
from resdsl.lower.labels import settled_label
from resdsl.lower.repeats import times
from resdsl.lower.scope import BlockRef, Declared, LayerRef
from resdsl.lower.unit import UnitBuilder
from resdsl.ops.fault import Fault
from resdsl.ops.merge import AGAIN
from resdsl.syntax import ast
from resdsl.values.shape import Shape

_HINT = "a label names the layer, block or group that is used again"


def is_again(b: UnitBuilder, name: ast.Ident) -> bool:
    """Whether a call uses weights again, and is no layer or block of that name."""
    if name.text != AGAIN or name.counts:
        return False
    known = b.scope.get(name.text, b.declared.file.find(name.text))
    return not isinstance(known, BlockRef | LayerRef | Declared)


def again(b: UnitBuilder, item: ast.Item) -> None:
    """Add an earlier layer, block or group to the body once more, or several times.

    Raises:
        Stop: there is none of that name, or it cannot take the tensor at hand.
    """
    span = item.call.span
    x = b.known(span)
    name = settled_label(b, taken_label(item.call)).text
    count = 1 if item.times is None else times(b, item.times)
    if x is None:
        return
    first = b.shared.get(name)
    if first is None:
        message = f"there is no layer '{name}' to be used again"
        hint = did_you_mean(name, b.shared) or _HINT
        tensor = b.tensors.get(name)
        if tensor and (
            isinstance(tensor.item, Merge | Keep | Join) or tensor.item.again
        ):
            message = f"'{name}' is a tensor, and has no weights to be used again"
        raise Stop(UnknownName(span, message, hint=hint))
    costs = cost([first])
    if not costs.parameters:
        message = f"'{name}' has no weights to be used again"
        raise Stop(NotAvailable(span, message, hint="write it once more"))
    b.recurs = True
    b.bound_operators(cost(b.items).operators + count * costs.operators, span)
    for index in range(count):
        made = _taking(first, x, span)
        b.same_channels(first.x, x)
        b.statement += index > 0
        b.push(made._replace(again=True, span=span, statement=b.statement))
        x = made.y


def taken_label(call: ast.Call) -> ast.Ident:
    """The label of what is used again, as it is written.

    Raises:
        Stop: there is not one label.
    """
    if not call.args:
        message = f"{AGAIN} needs the name of a layer"
        raise Stop(MissingArgument(call.span, message, hint=_HINT))
    value = call.args[0].value
    named = call.args[0].keyword is not None
    if len(call.args) > 1 or named or not isinstance(value, ast.Name):
        message = f"{AGAIN} takes the name of one layer"
        raise Stop(WrongType(call.span, message, hint=_HINT))
    return ast.Ident(value.text, value.span, value.counts, value.end)


def _taking(first: Named, x: Shape, span: Span) -> Named:
    """The first use, on another input.

    Raises:
        Stop: its weights are for another.
    """
    there = (Frame(f"'{first.name}' is here", first.span),)
    if x.last == first.x.last:
        try:
            return resized_one(first, x)
        except Fault as fault:
            found = fault.at(span)
            found.related = there
            raise Stop(found) from None
        except Fixed:
            pass
    raise Stop(
        CannotMerge(
            span,
            f"'{first.name}' cannot be used again: its weights are for another input",
            found=str(x),
            expected=str(first.x),
            related=there,
            hint="a layer of its own, or one before it that makes the shapes agree",
        )
    )


def settled_again(body: Body) -> Body:
    """A complete body, in which each later use is what its first has become."""
    firsts: dict[str, Named] = {}
    return tuple(_settled(body, firsts))


def _settled(items: Iterable[Item], firsts: dict[str, Named]) -> Iterable[Item]:
    for item in items:
        if isinstance(item, Merge):
            paths = [
                path._replace(body=tuple(_settled(path.body, firsts)))
                for path in item.paths
            ]
            yield item._replace(paths=tuple(paths))
        elif isinstance(item, Node | Instance | Group) and item.again:
            made = resized_one(firsts[item.name], item.x)
            yield made._replace(again=True, span=item.span, statement=item.statement)
        else:
            if isinstance(item, Node | Instance | Group):
                firsts[item.name] = item
            yield item
