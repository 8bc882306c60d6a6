"""Receptive fields: how much of the input one output value sees."""

from __future__ import annotations

from fractions import Fraction

from resdsl.core.record import NamedTuple
from resdsl.ir.net import Group, Instance, Item, Merge, Net, Node, Repeat
from resdsl.ops.reshape import Upsample


class Field(NamedTuple):
    """Per dimension, the extent seen and the distance between neighbours' centres."""

    extent: tuple[Fraction, ...]
    jump: tuple[Fraction, ...]
    everything: bool = False

    def __str__(self) -> str:
        if self.everything:
            return "all"
        return "x".join(
            str(-(-size.numerator // size.denominator)) for size in self.extent
        )


def fields(net: Net) -> list[Field]:
    """The field of each layer and merge, in the order of `analysis.walk`.

    For a rolled repeat it is the field of the last repetition.
    """
    rank = net.unit.x.rank
    found: list[Field] = []
    start = Field((Fraction(1),) * rank, (Fraction(1),) * rank)
    _items(net.unit.body, start, found)
    return found


def _items(items: tuple[Item | Repeat, ...], at: Field, found: list[Field]) -> Field:
    for item in items:
        at = (
            _repeat(item, at, found)
            if isinstance(item, Repeat)
            else _item(item, at, found)
        )
    return at


def _repeat(repeat: Repeat, at: Field, found: list[Field]) -> Field:
    """The field after all repetitions.

    Each adds the same, so the last one starts where one would after the others have
    been added up.
    """
    once = _item(repeat.item, at, [])
    skipped = repeat.times - 1
    grown = tuple(
        before + skipped * (after - before)
        for before, after in zip(at.extent, once.extent, strict=True)
    )
    last = Field(grown, once.jump, (once.everything and skipped > 0) or at.everything)
    return _item(repeat.item, last, found)


def _item(item: Item, at: Field, found: list[Field]) -> Field:
    if isinstance(item, Node):
        at = _node(item, at)
        found.append(at)
        return at
    if isinstance(item, Instance):
        return _items(item.unit.body, at, found)
    if isinstance(item, Group):
        return _items(item.items, at, found)
    return _merge(item, at, found)


def _merge(merge: Merge, at: Field, found: list[Field]) -> Field:
    body = _items(merge.body, at, found)
    other = at
    if merge.shortcut is not None:
        other = _items(merge.shortcut.unit.body, at, found)
    extent = tuple(max(a, b) for a, b in zip(body.extent, other.extent, strict=True))
    jump = other.jump if merge.rule == "scale" else body.jump
    joined = Field(extent, jump, body.everything or other.everything)
    found.append(joined)
    return joined


def _node(node: Node, at: Field) -> Field:
    if not node.x.rank:
        return at._replace(
            everything=at.everything or bool(node.kind.macs(node.x, node.y))
        )
    if node.y.rank == 0:
        return at._replace(everything=True)
    extent, step = node.kind.window(node.x.rank)
    if 0 in extent:
        return at._replace(everything=True)
    sizes = zip(at.extent, extent, at.jump, strict=True)
    grown = tuple(size + (int(width) - 1) * jump for size, width, jump in sizes)
    if isinstance(node.kind, Upsample):
        jumps = tuple(jump / int(node.kind.scale) for jump in at.jump)
    else:
        jumps = tuple(j * int(s) for j, s in zip(at.jump, step, strict=True))
    return Field(grown, jumps, at.everything)
