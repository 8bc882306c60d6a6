"""Whether a convolution that does not say so has a bias."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resdsl.ir.net import Group, Item, Join, Keep, Merge, Named, Node, Repeat
from resdsl.ops.conv import Conv
from resdsl.ops.norm import BatchNorm


def settle_bias(items: list[Item], merged: bool = False) -> list[Item]:
    """`items` with every convolution's bias decided, also in groups.

    None where batch norm follows, with activations at most between, since its shift
    makes the bias redundant. None either, in a body that is `merged`, where batch norm
    comes before: nobody has one under pre-activation (He et al. 2016).
    """
    row = list(_row(items))
    after = _norm_next(reversed(row))[::-1]
    before = _norm_next(row) if merged else [False] * len(row)
    decided = {
        id(item): not (behind or ahead)
        for item, behind, ahead in zip(row, after, before, strict=True)
    }
    return [_settled(item, decided) for item in items]


def settle_repeated(member: Named | Repeat) -> Named | Repeat:
    """A repeated member with its bias decided; its only neighbours are its equals."""
    layer = member.item if isinstance(member, Repeat) else member
    if not isinstance(layer, Node):
        return member  # whose own body has decided
    settled = _settled_node(layer, True)
    return member._replace(item=settled) if isinstance(member, Repeat) else settled


def _row(items: Iterable[Item | Repeat]) -> Iterator[Item | Repeat]:
    """The items one after another: a labelled group changes names and nothing else."""
    for item in items:
        if isinstance(item, Group) and not item.repeated:
            yield from _row(item.items)
        else:
            yield item


def _settled(item: Item, decided: dict[int, bool]) -> Item:
    if isinstance(item, Merge | Keep | Join):
        return item
    return _settled_named(item, decided)


def _settled_named(item: Named, decided: dict[int, bool]) -> Named:
    if isinstance(item, Group) and not item.repeated:
        inner = [
            i if isinstance(i, Repeat) else _settled_named(i, decided)
            for i in item.items
        ]
        return item._replace(items=tuple(inner))
    return _settled_node(item, decided[id(item)]) if isinstance(item, Node) else item


def _settled_node(node: Node, bias: bool) -> Node:
    if isinstance(node.kind, Conv) and node.kind.bias is None:
        return node._replace(kind=node.kind.replace(bias=bias))
    return node


def _norm_next(items: Iterable[Item | Repeat]) -> list[bool]:
    """Per item, whether the nearest one passed that is no activation is batch norm."""
    nearest = False
    found: list[bool] = []
    for item in items:
        found.append(nearest)
        if not isinstance(item, Node):
            nearest = False
        elif not item.kind.activation:
            nearest = isinstance(item.kind, BatchNorm)
    return found
