"""Whether a convolution that does not say so has a bias."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resdsl.ir.net import Body, Group, Item, Join, Keep, Merge, Named, Node, Repeat
from resdsl.ops.conv import Conv
from resdsl.ops.merge import MERGES
from resdsl.ops.norm import BatchNorm


def settle_bias(items: Iterable[Item], followed: bool = False) -> list[Item]:
    """`items` with every convolution's bias decided, also in groups and merges.

    None where batch norm follows, with activations at most between, since its shift
    makes the bias redundant. `followed` says that it follows the last of `items`.
    """
    row = list(_row(items))
    after = _norm_next(reversed(row), followed)[::-1]
    decided = {id(item): not norm for item, norm in zip(row, after, strict=True)}
    return [
        _settled_merge(item, followed=not decided[id(item)])
        if isinstance(item, Merge)
        else _settled(item, decided)
        for item in items
    ]


def settle_body(items: list[Item]) -> Body:
    """The body of a merge, in which a convolution behind batch norm has no bias.

    Nobody has one under pre-activation (He et al. 2016). The others stay undecided,
    until it is known what follows the merge.
    """
    row = list(_row(items))
    before = zip(row, _norm_next(row), strict=True)
    decided = {id(item): False for item, norm in before if norm}
    return tuple(_settled(item, decided) for item in items)


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


def _settled_merge(merge: Merge, followed: bool) -> Merge:
    """What follows the merge follows each path, where a norm there undoes its shift."""
    followed = followed and MERGES[merge.rule].shifted
    paths = (
        path._replace(body=tuple(settle_bias(path.body, followed)))
        for path in merge.paths
    )
    return merge._replace(paths=tuple(paths))


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
    if isinstance(item, Node) and id(item) in decided:
        return _settled_node(item, decided[id(item)])
    return item


def _settled_node(node: Node, bias: bool) -> Node:
    if isinstance(node.kind, Conv) and node.kind.bias is None:
        return node._replace(kind=node.kind.replace(bias=bias))
    return node


def _norm_next(items: Iterable[Item | Repeat], nearest: bool = False) -> list[bool]:
    """Per item, whether the nearest one passed that is no activation is batch norm.

    `nearest` says so of the first.
    """
    found: list[bool] = []
    for item in items:
        found.append(nearest)
        if not isinstance(item, Node):
            nearest = False
        elif not item.kind.activation:
            nearest = isinstance(item.kind, BatchNorm)
    return found
