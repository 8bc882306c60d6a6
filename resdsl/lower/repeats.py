"""Repeats and labelled groups: several items under one name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from resdsl.core.catalog import EmptyBody, NotAvailable, OutOfRange, WrongType
from resdsl.core.diagnostic import Stop
from resdsl.core.source import Span
from resdsl.ir.count import cost
from resdsl.ir.net import Group, Item, Join, Keep, Merge, Named, Node, Repeat
from resdsl.lower.bias import settle_repeated
from resdsl.lower.names import Names
from resdsl.lower.scope import BlockRef, Callee, LayerRef
from resdsl.lower.unit import UnitBuilder
from resdsl.lower.uses import arguments, layer, push_instance, use
from resdsl.ops.types import describe
from resdsl.syntax import ast

_BLOCK = "declare a block with this body, and use it here"


def repeat(b: UnitBuilder, item: ast.Item, callee: Callee, name: str) -> None:
    """Add a group of equal layers or blocks to the body.

    Raises:
        Stop: it has a finding.
    """
    assert item.times is not None
    count = times(b, item.times)
    b.known(item.call.span)
    if isinstance(callee, LayerRef):
        add = partial(_add_layer, b, callee, item.call)
    else:
        given = arguments(b, callee, item.call)
        add = partial(_add_instance, b, callee, given, name, item.span)
    _repeat(b, count, add, name, item.span)


def _add_layer(b: UnitBuilder, ref: LayerRef, call: ast.Call, index: int) -> None:
    layer(b, ref, call, str(index), later=index > 0)


def _add_instance(
    b: UnitBuilder,
    ref: BlockRef,
    given: dict[str, object],
    name: str,
    span: Span,
    index: int,
) -> None:
    if index and "stride" in given:
        given = given | {"stride": 1}
    where = f"{name}.{index}"
    push_instance(b, use(b, ref, given, b.now, str(index), span, where))


def _repeat(
    b: UnitBuilder, count: int, add: Callable[[int], None], name: str, span: Span
) -> None:
    x = b.now
    members = _members(b, count, add)
    if members and x is not None and b.now is not None:
        settled = tuple(settle_repeated(member) for member in members)
        made = Group(name, settled, x, b.now, span, b.statement, repeated=True)
        b.items.append(made)
        b.repeated += cost([made]).operators
    elif b.failure:
        b.now = None


def times(b: UnitBuilder, tree: ast.Expr) -> int:
    """How often something is repeated.

    Raises:
        Stop: it is no whole number of at least 1, or more than the bounds allow.
    """
    count = b.evaluator.value(tree)
    b.pin(count)
    if not isinstance(count, int) or isinstance(count, bool):
        message = f"expected a whole number of repeats, found {describe(count)}"
        raise Stop(WrongType(tree.span, message))
    if count < 1:
        message = f"expected at least 1 repeat, found {int(count)}"
        raise Stop(OutOfRange(tree.span, message))
    b.bound_operators(int(count), tree.span)
    return int(count)


def check_sequence(items: Iterable[Item], what: str) -> tuple[Named, ...]:
    """The items, one after another as the members of a sequence are.

    Raises:
        Stop: there is a merge among them, or a layer that is a tensor.
    """
    members: list[Named] = []
    kept: Keep | None = None
    for item in items:
        if isinstance(item, Merge):
            message = f"{what} is a sequence: a merge cannot be a member of it"
            raise Stop(NotAvailable(item.span, message, hint=_BLOCK))
        if isinstance(item, Join):
            message = f"{what} is a sequence: it has no way to other tensors"
            hint = "join them behind it, or declare a block with this body"
            raise Stop(NotAvailable(item.span, message, hint=hint))
        if isinstance(item, Node) and any(w.bare for w in item.kind.weights(item.x)):
            message = f"{what} is a sequence: a tensor cannot be a member of it"
            raise Stop(NotAvailable(item.span, message, hint=_BLOCK))
        if not isinstance(item, Keep | Repeat) and item.again:
            message = f"{what} is a sequence: it holds each of its members once"
            raise Stop(NotAvailable(item.span, message, hint=_BLOCK))
        if isinstance(item, Keep):
            kept = kept or item
        elif not isinstance(item, Repeat) and "." in item.name:
            message = f"{what} is a sequence: '{item.name}' cannot be within a member"
            hint = "write a group in the group, or the whole path in the body around"
            raise Stop(NotAvailable(item.span, message, hint=hint))
        else:
            members.append(item)
    if kept is not None:
        message = f"{what} is a sequence: a tensor within it cannot be given out here"
        hint = "name the group, or ask for its member by '--outputs'"
        raise Stop(NotAvailable(kept.span, message, hint=hint))
    return tuple(members)


def _members(
    b: UnitBuilder, count: int, add: Callable[[int], None]
) -> list[Named | Repeat]:
    """The repeated units. A stride goes to the first of them, the others have 1.

    Once one gives back its input's shape, all others equal it, so the rest is counted
    instead of built.
    """
    members: list[Named | Repeat] = []
    outer, b.names = b.names, Names(b.report, numbered=True)
    outer_items, b.items = b.items, []
    try:
        for index in range(count):
            before = b.now
            add(index)
            if b.now is None or not b.items:
                return []
            (member,) = check_sequence(b.items, "a repeat")
            b.items.clear()
            rest = count - index
            if index and before is not None and before == b.now and rest > 1:
                b.same_channels(before, b.now)
                members.append(Repeat(index, rest, member))
                break
            members.append(member)
    finally:
        b.names, b.items = outer, outer_items
    return members


def group(
    b: UnitBuilder,
    label: ast.Ident | None,
    run: Callable[[], None],
    span: Span,
    numbered: bool = True,
) -> None:
    """Add what `run` builds to the body, as a group with this name, or none of its own.

    Without a label it is a member of a list, and has its number.

    Raises:
        Stop: it has a finding.
    """
    x = b.known(span)
    name = b.names.name("group", label, span)
    with b.collecting(Names(b.report, numbered)) as items:
        run()
    if x is None or b.now is None:
        return
    if not items:
        raise Stop(EmptyBody(span, f"the group '{name}' has no layer"))
    members = check_sequence(items, f"the group '{name}'")
    b.items.append(Group(name, members, x, b.now, span, b.statement))
