"""Receptive fields: how much of the input one output value sees."""

from __future__ import annotations

from fractions import Fraction

from resdsl.core.record import NamedTuple
from resdsl.ir.net import Instance, Item, Join, Keep, Merge, Net, Node, Repeat
from resdsl.ops.merge import MERGES
from resdsl.ops.pixels import PixelShuffle
from resdsl.ops.reshape import Reshape, Upsample

Kept = dict[str, "Field"]
"""The fields of the tensors of one unit that have names."""


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
    _items(net.unit.body, start, found, {})
    return found


def _items(
    items: tuple[Item | Repeat, ...], at: Field, found: list[Field], kept: Kept
) -> Field:
    for item in items:
        at = (
            _repeat(item, at, found, kept)
            if isinstance(item, Repeat)
            else _item(item, at, found, kept)
        )
    return at


def _repeat(repeat: Repeat, at: Field, found: list[Field], kept: Kept) -> Field:
    """The field after all repetitions.

    Each adds the same, so the last one starts where one would after the others have
    been added up.
    """
    once = _item(repeat.item, at, [], kept)
    skipped = repeat.times - 1
    grown = tuple(
        before + skipped * (after - before)
        for before, after in zip(at.extent, once.extent, strict=True)
    )
    last = Field(grown, once.jump, (once.everything and skipped > 0) or at.everything)
    return _item(repeat.item, last, found, kept)


def _item(item: Item, at: Field, found: list[Field], kept: Kept) -> Field:
    if isinstance(item, Node):
        at = _node(item, at)
        found.append(at)
        return at
    if isinstance(item, Instance):
        return _items(item.unit.body, at, found, {})
    if isinstance(item, Keep):
        kept[item.name] = at
        return at
    if isinstance(item, Join):
        return _join(item, at, found, kept)
    if isinstance(item, Merge):
        return _merge(item, at, found, kept)
    return _items(item.items, at, found, kept)


def _join(join: Join, at: Field, found: list[Field], kept: Kept) -> Field:
    fields = [kept[name] if name else at for name in join.sources]
    if not join.rule:
        return fields[0]
    found.append(_joined(fields))
    return found[-1]


def _merge(merge: Merge, at: Field, found: list[Field], kept: Kept) -> Field:
    fields = [_items(path.body, at, found, kept) for path in merge.paths]
    if merge.shortcut is not None:
        at = _items(merge.shortcut.unit.body, at, found, {})
    # What is scaled keeps its places: a pooled factor has none of its own.
    scaled = [at, *fields]
    own = [*fields, at] if MERGES[merge.rule].takes_input else fields
    found.append(_joined(scaled if merge.rule == "scale" else own))
    return found[-1]


def _joined(fields: list[Field]) -> Field:
    """All that any of them sees, at the places of the first."""
    extents = zip(*(field.extent for field in fields), strict=True)
    return Field(
        tuple(max(sizes) for sizes in extents),
        fields[0].jump,
        any(field.everything for field in fields),
    )


def _node(node: Node, at: Field) -> Field:
    if at.everything or isinstance(node.kind, Reshape):
        return at._replace(everything=True)
    if not node.x.rank:
        return at._replace(
            everything=at.everything or bool(node.kind.macs(node.x, node.y))
        )
    if node.y.rank == 0:
        return at._replace(everything=True)
    extent, step = node.kind.window(node.x.rank)
    if 0 in extent:
        return at._replace(everything=True)
    if len(extent) != len(at.extent):  # positions of an image became a sequence
        return at._replace(everything={*extent, *step} != {1})
    sizes = zip(at.extent, extent, at.jump, strict=True)
    grown = tuple(size + (int(width) - 1) * jump for size, width, jump in sizes)
    if isinstance(node.kind, Upsample | PixelShuffle):
        kind = node.kind
        factor = kind.scale if isinstance(kind, Upsample) else kind.factor
        jumps = tuple(jump / int(factor) for jump in at.jump)
    else:
        jumps = tuple(j * int(s) for j, s in zip(at.jump, step, strict=True))
    return Field(grown, jumps, at.everything)
