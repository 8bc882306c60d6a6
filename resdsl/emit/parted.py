"""Groups of which a part is passed, up to a tensor within them that has a name."""

from __future__ import annotations

from resdsl.emit.text import Code, number
from resdsl.ir.net import Group, Item, Merge, Repeat


def parted(body: tuple[Item, ...]) -> dict[str, list[Group]]:
    """The groups of a body, each in the parts that tensors within it make of it."""
    parts: dict[str, list[Group]] = {}
    for item in body:
        if isinstance(item, Group):
            parts.setdefault(item.name, []).append(item)
        elif isinstance(item, Merge):
            for path in item.paths:
                parts |= parted(path.body)
    return parts


def bounds(part: Group, parts: list[Group]) -> tuple[Code, Code]:
    """From which member to which a part goes, as a slice."""
    at = next(i for i, other in enumerate(parts) if other is part)
    before = sum(map(_length, parts[:at]))
    after = before + _length(part)
    last = at == len(parts) - 1
    return number(before) if at else Code(""), Code("") if last else number(after)


def _length(group: Group) -> int:
    members = group.items
    return sum(m.times if isinstance(m, Repeat) else 1 for m in members)
