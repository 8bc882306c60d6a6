"""What some tensors of a body need of it; the rest computes nothing that is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from resdsl.ir.net import Body, Group, Instance, Item, Join, Keep, Merge, Node
from resdsl.ops.merge import MERGES


def needed(items: Sequence[Item], wanted: Iterable[str]) -> Body:
    """The items without those that the tensors of these names do without.

    Of weights that are used several times, the first use that is left has them.
    """
    asked = set(wanted)
    found: list[Item] = []
    followed = False
    for item in reversed(items):
        if isinstance(item, Keep):
            if item.name not in asked:
                continue
            followed = True
        elif not followed and asked.isdisjoint(_kept(item)):
            continue
        else:
            asked.update(_sources(item))
            followed = elsewhere(item) is None
        found.append(item)
    return tuple(_held(reversed(found), set()))


def elsewhere(item: Item) -> str | None:
    """The tensor that an item goes on from, if it does not use the one at hand."""
    if isinstance(item, Join):
        return None if "" in item.sources else item.sources[0]
    if not isinstance(item, Merge) or MERGES[item.rule].takes_input:
        return None
    others = [elsewhere(path.body[0]) for path in item.paths]
    return others[0] if None not in others else None


def _kept(item: Item) -> Iterator[str]:
    """The names of the tensors that lie in a merge."""
    if isinstance(item, Keep):
        yield item.name
    elif isinstance(item, Merge):
        for path in item.paths:
            for inner in path.body:
                yield from _kept(inner)


def _sources(item: Item) -> Iterator[str]:
    """The tensors that an item takes by their names."""
    if isinstance(item, Join):
        yield from item.sources
    elif isinstance(item, Merge):
        for path in item.paths:
            for inner in path.body:
                yield from _sources(inner)


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
