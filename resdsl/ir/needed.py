"""What some tensors of a body need of it; the rest computes nothing that is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from resdsl.ir.net import (
    Body,
    Group,
    Instance,
    Item,
    Join,
    Keep,
    Merge,
    Node,
    Path,
    Repeat,
)
from resdsl.ops.merge import MERGES


def needed(items: Sequence[Item], wanted: Iterable[str]) -> Body:
    """The items without those that the tensors of these names do without.

    Of weights that are used several times, the first use that is left has them.
    """
    found, _ = _left(items, set(wanted), followed=False)
    return tuple(_placed(list(_held(found, set()))))


def _left(
    items: Sequence[Item], asked: set[str], followed: bool
) -> tuple[list[Item], bool]:
    """What is left of some items, and whether it takes the tensor before them.

    Args:
        items: one after another.
        asked: the names of the tensors that are needed; those are added that the items
            take themselves.
        followed: whether the last tensor is needed.
    """
    found: list[Item] = []
    for item in reversed(items):
        if isinstance(item, Keep):
            if item.name in asked:
                found.append(item)
                followed = True
        elif isinstance(item, Merge):
            made, followed = _merge(item, asked, followed)
            found += reversed(made)
        elif followed:
            found.append(item)
            followed = elsewhere(item) is None
            asked.update(item.sources if isinstance(item, Join) else ())
    return found[::-1], followed


def _merge(merge: Merge, asked: set[str], followed: bool) -> tuple[list[Item], bool]:
    """What is left of a merge; of one path alone, if nothing needs what all give."""
    holding = [path for path in merge.paths if not asked.isdisjoint(_kept(path.body))]
    if not followed and len(holding) < 2:
        return _left(holding[0].body, asked, followed) if holding else ([], False)
    paths: list[Path] = []
    for path in reversed(merge.paths):
        body, _ = _left(path.body, asked, followed=True)
        paths.append(path._replace(body=tuple(body)))
    made = merge._replace(paths=tuple(paths[::-1]))
    return [made], elsewhere(made) is None


def elsewhere(item: Item) -> str | None:
    """The tensor that an item goes on from, if it does not use the one at hand."""
    if isinstance(item, Join):
        return None if "" in item.sources else item.sources[0]
    if not isinstance(item, Merge) or MERGES[item.rule].takes_input:
        return None
    others = [elsewhere(path.body[0]) for path in item.paths]
    return others[0] if None not in others else None


def _kept(items: Iterable[Item]) -> Iterator[str]:
    """The names of the tensors among some items, those within merges included."""
    for item in items:
        if isinstance(item, Keep):
            yield item.name
        elif isinstance(item, Merge):
            for path in item.paths:
                yield from _kept(path.body)


def _held(items: Iterable[Item], known: set[str]) -> Iterator[Item]:
    """The items, of which only those use weights again that have an earlier use."""
    for item in items:
        if isinstance(item, Merge):
            paths = [p._replace(body=tuple(_held(p.body, known))) for p in item.paths]
            yield item._replace(paths=tuple(paths))
        elif isinstance(item, Node | Instance | Group):
            yield item._replace(again=item.again and item.name in known)
            known.add(item.name)
        else:
            yield item


def _placed(items: Sequence[Item]) -> Iterator[Item]:
    """The items, in which the members of a list keep their numbers.

    A list begins with 0 and leaves none out. What does not is no list any more: each
    member is at a place of its own, which has the same name.
    """
    numbers: dict[str, list[str]] = {}
    for group in _groups(items):
        numbers.setdefault(group.name, []).extend(_numbers(group))
    gaps = {
        name
        for name, found in numbers.items()
        if all(map(str.isdigit, found)) and found != [str(i) for i in range(len(found))]
    }
    yield from _apart(items, gaps)


def _groups(items: Iterable[Item]) -> Iterator[Group]:
    for item in items:
        if isinstance(item, Group) and not item.again:
            yield item
        elif isinstance(item, Merge):
            for path in item.paths:
                yield from _groups(path.body)


def _numbers(group: Group) -> Iterator[str]:
    for member in group.items:
        if isinstance(member, Repeat):
            yield from map(str, range(member.first, member.first + member.times))
        else:
            yield member.name


def _apart(items: Iterable[Item], gaps: set[str]) -> Iterator[Item]:
    """The items, with the members of the lists `gaps` at places of their own."""
    for item in items:
        if isinstance(item, Merge):
            paths = [p._replace(body=tuple(_apart(p.body, gaps))) for p in item.paths]
            yield item._replace(paths=tuple(paths))
        elif isinstance(item, Group) and item.name in gaps:
            for member in item.items:
                assert not isinstance(member, Repeat)
                yield member._replace(name=f"{item.name}.{member.name}")
        else:
            yield item
