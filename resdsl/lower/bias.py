"""Whether a convolution that does not say so has a bias."""

from __future__ import annotations

from dataclasses import replace

from resdsl.ir.net import Item, Node
from resdsl.ops.conv import Conv
from resdsl.ops.norm import BatchNorm


def settle_bias(items: list[Item]) -> list[Item]:
    """`items` with every convolution's bias decided.

    None where batch norm stands beside it, with activations at most between: after the
    convolution the norm's shift makes it redundant, before it (pre-activation) nobody
    has one (He et al. 2016).
    """
    return [
        item._replace(kind=replace(item.kind, bias=not _beside_norm(items, at)))
        if isinstance(item, Node)
        and isinstance(item.kind, Conv)
        and item.kind.bias is None
        else item
        for at, item in enumerate(items)
    ]


def _beside_norm(items: list[Item], at: int) -> bool:
    return any(
        _first_is_norm(side) for side in (items[at + 1 :], reversed(items[:at]))
    )


def _first_is_norm(items: object) -> bool:
    for item in items:  # type: ignore[attr-defined]
        if not isinstance(item, Node):
            return False
        if not item.kind.activation:
            return isinstance(item.kind, BatchNorm)
    return False
