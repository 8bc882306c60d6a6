"""A net cut down to a backbone: some of its tensors become its outputs, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resdsl.core.catalog import UnknownOutput
from resdsl.core.diagnostic import ResdslError
from resdsl.core.nearest import did_you_mean
from resdsl.core.render import as_text
from resdsl.ir.count import macs, operators, parameters
from resdsl.ir.net import (
    Body,
    Group,
    Instance,
    Item,
    Join,
    Keep,
    Merge,
    Named,
    Net,
    Node,
    Output,
    Repeat,
)


def with_outputs(net: Net, names: Iterable[str]) -> Net:
    """`net` with the outputs of these layers, blocks or stages, and nothing behind.

    Args:
        net: the network.
        names: as in the state dict: `layer2`, or `features.3` for a group's member.

    Raises:
        ResdslError: there is no such name on the net's own level, or it is given twice.
    """
    wanted = list(dict.fromkeys(names))
    known = list(_names(net.unit.body))
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, known) or f"there are: {', '.join(known[:12])}"
            message = f"the net '{net.name}' has no layer '{name}' to give out"
            found = UnknownOutput(net.unit.span, message, hint=hint)
            raise ResdslError((found,), as_text((found,)))
    kept = {name: _variable(name, net.unit.body) for name in wanted}
    items = list(_kept(net.unit.body, kept))
    last = max(i for i, item in enumerate(items) if _is_one(item, kept))
    body = tuple(_needed(items[: last + 1], set(kept.values())))
    shapes = {item.name: item.y for item in body if isinstance(item, Keep)}
    outputs = tuple(Output(name, kept[name], shapes[kept[name]]) for name in wanted)
    unit = net.unit._replace(
        body=body,
        y=outputs[-1].shape,
        operators=operators(body),
        parameters=parameters(body),
        macs=macs(body),
        outputs=outputs,
    )
    return net._replace(unit=unit)


def _names(body: Body) -> Iterator[str]:
    for item in body:
        if isinstance(item, Node | Instance | Group):
            yield item.name
        if isinstance(item, Group):
            for member in item.items:
                yield from (f"{item.name}.{name}" for name in _member_names(member))


def _member_names(member: Named | Repeat) -> Iterable[str]:
    if isinstance(member, Repeat):
        return map(str, range(member.first, member.first + member.times))
    return (member.name,)


def _variable(name: str, body: Body) -> str:
    """What the tensor is called, apart from those that the source has named."""
    taken = {item.name for item in _keeps(body)}
    made = name.replace(".", "_")
    while made in taken:
        made += "_"
    return made


def _keeps(items: Iterable[Item]) -> Iterator[Keep]:
    for item in items:
        if isinstance(item, Keep):
            yield item
        elif isinstance(item, Merge):
            for path in item.paths:
                yield from _keeps(path.body)


def _is_one(item: Item, kept: dict[str, str]) -> bool:
    return isinstance(item, Keep) and item.name in kept.values()


def _kept(body: Body, kept: dict[str, str]) -> Iterator[Item]:
    """The body, each of its wanted tensors with a name."""
    for item in body:
        if isinstance(item, Group):
            yield from _parts(item, kept)
        else:
            yield item
        if isinstance(item, Node | Instance | Group) and item.name in kept:
            yield _keep(item, kept[item.name])


def _keep(item: Named, name: str) -> Keep:
    return Keep(name, item.y, item.y, item.span, item.statement)


def _parts(group: Group, kept: dict[str, str]) -> Iterator[Item]:
    """A group in as many parts as tensors within it are wanted, which is one more."""
    part: list[Named | Repeat] = []
    x = group.x
    for member in group.items:
        for one, name in _ones(member, f"{group.name}.", kept):
            part.append(one)
            if name:
                y = one.item.y if isinstance(one, Repeat) else one.y
                made = group._replace(items=tuple(part), x=x, y=y)
                yield made
                yield _keep(made, name)
                part, x = [], y
    if part:
        yield group._replace(items=tuple(part), x=x)


def _ones(
    member: Named | Repeat, prefix: str, kept: dict[str, str]
) -> Iterator[tuple[Named | Repeat, str]]:
    """A member, cut behind each repetition that is wanted, and what that is called."""
    if not isinstance(member, Repeat):
        yield member, kept.get(f"{prefix}{member.name}", "")
        return
    begin, end = member.first, member.first + member.times
    for index in range(begin, end):
        name = kept.get(f"{prefix}{index}", "")
        if name or index == end - 1:
            yield member._replace(first=begin, times=index + 1 - begin), name
            begin = index + 1


def _needed(items: list[Item], used: set[str]) -> Iterator[Item]:
    """The items without names that nothing asks for any more."""
    used = used | set(_sources(items))
    return (i for i in items if not isinstance(i, Keep) or i.name in used)


def _sources(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Join):
            yield from item.sources
        elif isinstance(item, Merge):
            for path in item.paths:
                yield from _sources(path.body)
