"""Groups of which a body uses a part here and another there: one member, many calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resdsl.emit.text import Code, number
from resdsl.ir.net import Group, Instance, Item, Merge, Named, Node, Repeat

Members = tuple[Named | Repeat, ...]


class Parted:
    """The groups of one body, each in the parts that tensors within it make of it."""

    def __init__(self, body: tuple[Item, ...]) -> None:
        self._parts: dict[str, list[Group]] = {}
        self._find(body)
        parts = [part for found in self._parts.values() for part in found]
        self._begins = {id(part.items[0]) for part in parts}

    def _find(self, items: Iterable[Item]) -> None:
        for item in items:
            if isinstance(item, Group) and not item.again:
                self._parts.setdefault(item.name, []).append(item)
            elif isinstance(item, Merge):
                for path in item.paths:
                    self._find(path.body)

    def whole(self, part: Group) -> Members:
        """All members of the group; none where another part is the first."""
        parts = self._parts[part.name]
        if part is not parts[0]:
            return ()
        return tuple(member for found in parts for member in found.items)

    def is_list(self, part: Group) -> bool:
        """Whether each part is one member, so that nobody asks for two in a row.

        The members of a list have no labels.
        """
        parts = self._parts[part.name]
        return len(parts) > 1 and all(
            _length(found) == 1 and member_name(found.items[0]).isdigit()
            for found in parts
        )

    def place(self, part: Group) -> int:
        """How many members stand before a part."""
        parts = self._parts[part.name]
        at = next(i for i, found in enumerate(parts) if found is part)
        return sum(map(_length, parts[:at]))

    def bounds(self, part: Group) -> tuple[Code, Code] | None:
        """From which member to which a part goes, as a slice; nothing for them all."""
        parts = self._parts[part.name]
        if len(parts) == 1:
            return None
        before = self.place(part)
        last = part is parts[-1]
        stop = Code("") if last else number(before + _length(part))
        return number(before) if before else Code(""), stop

    def begins(self, member: Named | Repeat) -> bool:
        """Whether a member begins a part: it takes a tensor that others hold."""
        return id(member) in self._begins


def member_names(body: Iterable[Item]) -> Iterator[str]:
    """The names that a unit's own members have in the source."""
    for item in body:
        if isinstance(item, Merge):
            for path in item.paths:
                yield from member_names(path.body)
            if item.shortcut is not None:
                yield item.shortcut.name
        elif isinstance(item, Node | Instance | Group):
            yield item.name.partition(".")[0]


def member_name(member: Named | Repeat) -> str:
    """What a member of a sequence is called; the members of a repeat have numbers."""
    return str(member.first) if isinstance(member, Repeat) else member.name


def _length(group: Group) -> int:
    members = group.items
    return sum(m.times if isinstance(m, Repeat) else 1 for m in members)
