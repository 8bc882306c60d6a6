"""Whether a convolution that does not say so has a bias."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resdsl.ir.net import Group, Item, Node, Repeat
from resdsl.ops.conv import Conv
from resdsl.ops.norm import BatchNorm


def settle_bias(items: list[Item], merged: bool = False) -> list[Item]:
    """`items` with every convolution's bias decided, also in groups.

    None where batch norm follows, with activations at most between, since its shift
    makes the bias redundant. None either, in a body that is `merged`, where batch norm
    comes before: nobody has one under pre-activation (He et al. 2016).
    """
    row = list(_row(items))
    decided: dict[int, bool] = {}
    for at, item in enumerate(row):
        before = reversed(row[:at]) if merged else ()
        beside = _first_is_norm(row[at + 1 :]) or _first_is_norm(before)
        decided[id(item)] = not beside
    return [_settled(item, decided) for item in items]


def settle_repeated(member: Item | Repeat) -> Item | Repeat:
    """A repeated member with its bias decided; its only neighbours are its equals."""
    if isinstance(member, Repeat):
        return member._replace(item=settle_bias([member.item])[0])
    return settle_bias([member])[0]


def _row(items: Iterable[Item | Repeat]) -> Iterator[Item | Repeat]:
    """The items one after another: a labelled group changes names and nothing else."""
    for item in items:
        if isinstance(item, Group) and not item.repeated:
            yield from _row(item.items)
        else:
            yield item


def _settled(item: Item, decided: dict[int, bool]) -> Item:
    if isinstance(item, Group) and not item.repeated:
        inner = [
            i if isinstance(i, Repeat) else _settled(i, decided) for i in item.items
        ]
        return item._replace(items=tuple(inner))
    if (
        isinstance(item, Node)
        and isinstance(item.kind, Conv)
        and item.kind.bias is None
    ):
        return item._replace(kind=item.kind.replace(bias=decided[id(item)]))
    return item


def _first_is_norm(items: Iterable[Item | Repeat]) -> bool:
    for item in items:
        if not isinstance(item, Node):
            return False
        if not item.kind.activation:
            return isinstance(item.kind, BatchNorm)
    return False
