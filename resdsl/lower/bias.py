"""Whether a convolution that does not say so has a bias."""

from __future__ import annotations

from collections.abc import Iterable

from resdsl.ir.net import Item, Node, Repeat
from resdsl.ops.conv import Conv
from resdsl.ops.norm import BatchNorm


def settle_bias(items: list[Item]) -> list[Item]:
    """`items` with every convolution's bias decided.

    None where batch norm stands beside it, with activations at most between: after the
    convolution the norm's shift makes it redundant, before it (pre-activation) nobody
    has one (He et al. 2016).
    """
    return [
        item._replace(kind=item.kind.replace(bias=not _beside_norm(items, at)))
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


def _beside_norm(items: list[Item], at: int) -> bool:
    return any(_first_is_norm(side) for side in (items[at + 1 :], reversed(items[:at])))


def _first_is_norm(items: Iterable[Item]) -> bool:
    for item in items:
        if not isinstance(item, Node):
            return False
        if not item.kind.activation:
            return isinstance(item.kind, BatchNorm)
    return False
