"""Whether a convolution that does not say so has a bias."""

from __future__ import annotations

from collections.abc import Iterable

from resdsl.ir.net import Item, Node, Repeat
from resdsl.ops.conv import Conv
from resdsl.ops.norm import BatchNorm


def settle_bias(items: list[Item], merged: bool = False) -> list[Item]:
    """`items` with every convolution's bias decided.

    None where batch norm follows, with activations at most between, since its shift
    makes the bias redundant. None either, in a body that is `merged`, where batch norm
    comes before: nobody has one under pre-activation (He et al. 2016).
    """
    return [
        item._replace(kind=item.kind.replace(bias=not _beside_norm(items, at, merged)))
        if isinstance(item, Node)
        and isinstance(item.kind, Conv)
        and item.kind.bias is None
        else item
        for at, item in enumerate(items)
    ]


def settle_repeated(member: Item | Repeat) -> Item | Repeat:
    """A repeated member with its bias decided; its only neighbours are its equals."""
    if isinstance(member, Repeat):
        return member._replace(item=settle_bias([member.item])[0])
    return settle_bias([member])[0]


def _beside_norm(items: list[Item], at: int, merged: bool) -> bool:
    before = reversed(items[:at]) if merged else ()
    return _first_is_norm(items[at + 1 :]) or _first_is_norm(before)


def _first_is_norm(items: Iterable[Item]) -> bool:
    for item in items:
        if not isinstance(item, Node):
            return False
        if not item.kind.activation:
            return isinstance(item.kind, BatchNorm)
    return False
