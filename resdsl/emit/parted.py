"""Groups of which a body uses a part here and another there: one member, many calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resdsl.emit.text import Code, join, number
from resdsl.ir.net import Group, Instance, Item, Merge, Named, Node, Repeat

Members = tuple[Named | Repeat, ...]
Way = tuple[str, tuple[Code, ...]]
"""A target's word for a call, and what it takes behind the group and its input."""


class Parted:
    """The groups of one body, each in the parts that tensors within it make of it."""

    def __init__(self, body: Iterable[Item | Repeat]) -> None:
        self._parts: dict[str, list[Group]] = {}
        self._find(body)
        self._begins = {
            id(part.items[0]) for parts in self._parts.values() for part in parts
        }
        self._split = {
            name: _Split(parts) for name, parts in self._parts.items() if parts[1:]
        }

    def _find(self, items: Iterable[Item | Repeat]) -> None:
        for item in items:
            if isinstance(item, Group) and not item.again:
                self._parts.setdefault(item.name, []).append(item)
            elif isinstance(item, Merge):
                for path in item.paths:
                    self._find(path.body)

    def whole(self, part: Group) -> Members:
        """All members of the group; none where another part is the first."""
        if part is not self._parts[part.name][0]:
            return ()
        split = self._split.get(part.name)
        return split.members if split else part.items

    def is_list(self, part: Group) -> bool:
        """Whether nobody asks for two members in a row."""
        split = self.split(part)
        return split is not None and split.is_list

    def split(self, part: Group) -> _Split | None:
        """The group that this is a part of; none where it is whole."""
        return self._split.get(part.name)

    def way(self, part: Instance | Group) -> Way:
        """How a part is called: by its place, its bounds, or `within` a member."""
        split = self._split.get(part.name)
        if split is None or part.again or not isinstance(part, Group):
            return "call", ()
        (*places, begin), end = split.reach(part)
        if places:
            inside = join([number(place) for place in places])
            return "within", (inside, number(begin), number(end))
        if split.is_list:
            return "at", (number(begin),)
        start = number(begin) if begin else Code("")
        return "part", (start, number(end) if end < split.length else Code(""))

    def begins(self, member: Named | Repeat) -> bool:
        """Whether a member begins a part: it takes a tensor that others hold."""
        return id(member) in self._begins or any(
            split.within.begins(member) for split in self._split.values()
        )


class _Split:
    """A group in parts, any of whose members may be such a group in turn."""

    def __init__(self, parts: list[Group]) -> None:
        found = [member for part in parts for member in part.items]
        self.within = Parted(found)
        self.members: Members = tuple(self._made_whole(found))
        self.is_list = all(map(_one_of_a_list, parts))
        """Whether each part is one member; those of a list have no labels."""
        self._places: dict[str, int] = {}
        self.length = 0
        for member in self.members:
            self._places[member_name(member)] = self.length
            self.length += _length(member)

    def _made_whole(self, found: Iterable[Named | Repeat]) -> Iterator[Named | Repeat]:
        for member in found:
            if not isinstance(member, Group):
                yield member
            elif items := self.within.whole(member):
                yield member._replace(items=items)

    def reach(self, part: Group) -> tuple[tuple[int, ...], int]:
        """Where a part begins, behind the places of what it is within, and its end."""
        first, last = part.items[0], part.items[-1]
        begin = self._places[member_name(first)]
        if isinstance(first, Group) and (inner := self.within.split(first)):
            places, end = inner.reach(first)
            return (begin, *places), end
        return (begin,), self._places[member_name(last)] + _length(last)


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


def _one_of_a_list(part: Group) -> bool:
    (first, *others) = part.items
    return not others and _length(first) == 1 and member_name(first).isdigit()


def _length(member: Named | Repeat) -> int:
    return member.times if isinstance(member, Repeat) else 1
