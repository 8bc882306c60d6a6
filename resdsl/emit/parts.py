"""Groups of which a body uses one part here and another there."""

from __future__ import annotations

from resdsl.emit.text import Code, number
from resdsl.ir.net import Body, Group, Merge, Repeat


def parted(body: Body) -> dict[str, list[Group]]:
    """The groups of a body by name, each in the parts that stand apart."""
    parts: dict[str, list[Group]] = {}
    _find(body, parts)
    return parts


def _find(body: Body, parts: dict[str, list[Group]]) -> None:
    for item in body:
        if isinstance(item, Group):
            parts.setdefault(item.name, []).append(item)
        elif isinstance(item, Merge):
            for path in item.paths:
                _find(path.body, parts)


def is_list(parts: list[Group]) -> bool:
    """Whether each part is one member, so that nobody asks for two in a row."""
    return len(parts) > 1 and all(_length(part) == 1 for part in parts)


def place(part: Group, parts: list[Group]) -> int:
    """How many members stand before a part."""
    at = next(i for i, other in enumerate(parts) if other is part)
    return sum(map(_length, parts[:at]))


def bounds(part: Group, parts: list[Group]) -> tuple[Code, Code]:
    """From which member to which a part goes, as a slice."""
    before = place(part, parts)
    after = before + _length(part)
    last = part is parts[-1]
    return number(before) if before else Code(""), Code("") if last else number(after)


def _length(group: Group) -> int:
    members = group.items
    return sum(m.times if isinstance(m, Repeat) else 1 for m in members)
