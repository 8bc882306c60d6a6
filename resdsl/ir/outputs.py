"""A net cut down to a backbone: some of its tensors become its outputs, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resdsl.core.catalog import DuplicateName, UnknownOutput
from resdsl.core.diagnostic import ResdslError
from resdsl.core.nearest import did_you_mean
from resdsl.core.record import NamedTuple
from resdsl.core.render import as_text
from resdsl.ir.count import cost
from resdsl.ir.needed import needed
from resdsl.ir.net import (
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
    Unit,
)

_SHOWN = 12
"""How many names a message lists."""


class _Wanted(NamedTuple):
    """What is to be given out, and where each member ends that stands in parts."""

    kept: dict[str, str]
    ends: dict[str, Named]
    there: frozenset[str]
    """Tensors that have their names already."""

    def name(self, path: str) -> str:
        """What the tensor is to be called, if it is wanted and has no name yet."""
        return "" if path in self.there else self.kept.get(path, "")

    def of(self, path: str, item: Named) -> str:
        """The tensor that an item gives, if that is wanted and this is its end."""
        return self.name(path) if item is self.ends.get(path) else ""

    def within(self, path: str) -> bool:
        """Whether a member of a group is wanted, or one of its members."""
        return any(name.startswith(f"{path}.") for name in self.kept)


def with_outputs(net: Net, names: Iterable[str]) -> Net:
    """`net` with the outputs of these layers, blocks or stages, and what they need.

    Args:
        net: the network.
        names: as in the state dict: `layer2`, or `features.3` for a group's member,
            which may be a group itself; or the label of what has no place there.

    Raises:
        ResdslError: there is no such name, it lies deeper than that, or it is given
            twice.
        ValueError: there are no names.
    """
    wanted = tuple(names)
    if not wanted:
        raise ValueError("a backbone needs the name of a layer to give out")
    _check(net, wanted)
    there = frozenset(keep.name for keep in _keeps(net.unit.body))
    kept = _variables(wanted, there)
    ends = dict(_ends(net.unit.body))
    items = list(_kept(net.unit, _Wanted(kept, ends, there)))
    body = needed(items, kept.values())
    shapes = {item.name: item.y for item in body if isinstance(item, Keep)}
    outputs = tuple(Output(name, kept[name], shapes[kept[name]]) for name in wanted)
    operators, parameters, macs = cost(body)
    unit = net.unit._replace(
        body=body,
        y=body[-1].y,
        operators=operators,
        parameters=parameters,
        macs=macs,
        outputs=outputs,
        labels=(),
    )
    return net._replace(unit=unit, whole=net.whole or net.unit)


def _check(net: Net, wanted: tuple[str, ...]) -> None:
    known = list(_names(net.unit.body, frozenset(_used_again(net.unit.body))))
    known += [label for label, _ in net.unit.labels]
    for at, name in enumerate(wanted):
        if name not in known:
            found = _unknown(net, name, known)
        elif name in wanted[:at]:
            found = DuplicateName(net.unit.span, f"'{name}' is given out twice")
        else:
            continue
        raise ResdslError((found,), as_text((found,)))


def _unknown(net: Net, name: str, known: list[str]) -> UnknownOutput:
    """What is wrong with a name that is none of the `known`."""
    inside = _inside(net.unit.body, name)
    around = max((k for k in known if name.startswith(f"{k}.")), key=len, default="")
    if inside:
        message = f"'{name}' lies in a {inside}, which does not give it out"
    else:
        message = f"the net '{net.name}' has no layer '{name}' to give out"
    hint = did_you_mean(name, known)
    if inside and around:
        hint = f"'{around}' can be given out"
    elif inside == "merge":
        hint = "name it there: a label, and 'output' with that label"
    elif not hint:
        more = ", …" * (len(known) > _SHOWN)
        hint = f"there are: {', '.join(known[:_SHOWN])}{more}"
    return UnknownOutput(net.unit.span, message, hint=hint)


def _inside(items: Iterable[Item | Repeat], name: str, what: str = "") -> str:
    """In what a layer of the net lies that hides it; nothing if there is no such."""
    head, _, rest = name.partition(".")
    for item in items:
        if isinstance(item, Merge):
            bridge = () if item.shortcut is None else (item.shortcut,)
            for body in (*(path.body for path in item.paths), bridge):
                if found := _inside(body, name, what or "merge"):
                    return found
        elif not isinstance(item, Keep | Join) and head in _member_names(item):
            one = item.item if isinstance(item, Repeat) else item
            if not rest:
                return what or "group that is used again"
            if isinstance(one, Group):
                return _inside(one.items, rest, what)
            if isinstance(one, Instance):
                return _inside(one.unit.body, rest, what or "block")
    return ""


def _names(
    items: Iterable[Item | Repeat], closed: frozenset[str], prefix: str = ""
) -> Iterator[str]:
    """What can be given out: the net's own layers, and the members of its groups.

    Not those of `closed` groups, which are called as wholes.
    """
    for item in items:
        if isinstance(item, Node | Instance | Group) and item.again:
            continue
        if isinstance(item, Repeat | Node | Instance | Group):
            yield from (f"{prefix}{name}" for name in _member_names(item))
        if isinstance(item, Group) and f"{prefix}{item.name}" not in closed:
            yield from _names(item.items, closed, f"{prefix}{item.name}.")


def _used_again(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Merge):
            for path in item.paths:
                yield from _used_again(path.body)
        elif isinstance(item, Node | Instance | Group) and item.again:
            yield item.name


def _ends(
    items: Iterable[Item | Repeat], prefix: str = ""
) -> Iterator[tuple[str, Named]]:
    """The items of these names; of a group in parts the last of them comes last.

    What is used again gives out what its first use does.
    """
    for item in items:
        if isinstance(item, Node | Instance | Group) and not item.again:
            yield f"{prefix}{item.name}", item
        if isinstance(item, Group) and not item.again:
            yield from _ends(item.items, f"{prefix}{item.name}.")


def _member_names(member: Named | Repeat) -> Iterable[str]:
    if isinstance(member, Repeat):
        return map(str, range(member.first, member.first + member.times))
    return (member.name,)


def _variables(wanted: tuple[str, ...], there: frozenset[str]) -> dict[str, str]:
    """What each tensor is called, apart from those that the source has named."""
    taken = set(there)
    made: dict[str, str] = {}
    for name in wanted:
        if name in there:
            made[name] = name
            continue
        variable = name.replace(".", "_")
        while variable in taken:
            variable += "_"
        taken.add(variable)
        made[name] = variable
    return made


def _keeps(items: Iterable[Item]) -> Iterator[Keep]:
    for item in items:
        if isinstance(item, Keep):
            yield item
        elif isinstance(item, Merge):
            for path in item.paths:
                yield from _keeps(path.body)


def _kept(unit: Unit, wanted: _Wanted) -> Iterator[Item]:
    """The body, each of its wanted tensors with a name.

    A list whose members stand apart gives what the last of them does.
    """
    labels = {at: label for label, at in unit.labels if label in wanted.kept}
    for at, item in enumerate(unit.body):
        if isinstance(item, Group) and not item.again:
            yield from _parts(item, item.name, wanted)
        else:
            yield item
        if isinstance(item, Node | Instance | Group):
            yield from _keep(item, wanted.of(item.name, item))
        if at in labels:
            yield from _keep(item, wanted.name(labels[at]))


def _keep(item: Item, name: str) -> Iterator[Keep]:
    if name:
        yield Keep(name, item.y, item.y, item.span, item.statement)


def _parts(group: Group, path: str, wanted: _Wanted) -> Iterator[Group | Keep]:
    """A group in as many parts as tensors within it are wanted, which is one more.

    A part of a member that is a group is a part of its own.
    """
    part: list[Named | Repeat] = []
    for member in group.items:
        inner = f"{path}.{'' if isinstance(member, Repeat) else member.name}"
        if isinstance(member, Group) and wanted.within(inner):
            yield from _part(group, part)
            part = []
            for piece in _parts(member, inner, wanted):
                if isinstance(piece, Group):
                    yield from _part(group, [piece])
                else:
                    yield piece
            yield from _keep(member, wanted.of(inner, member))
            continue
        for one, name in _ones(member, inner, wanted):
            part.append(one)
            if name:
                for made in _part(group, part):
                    yield made
                    yield from _keep(made, name)
                part = []
    yield from _part(group, part)


def _part(group: Group, members: list[Named | Repeat]) -> Iterator[Group]:
    """These members as a part of their group, if there are any."""
    if members:
        x, y = _named(members[0]).x, _named(members[-1]).y
        yield group._replace(items=tuple(members), x=x, y=y)


def _named(member: Named | Repeat) -> Named:
    return member.item if isinstance(member, Repeat) else member


def _ones(
    member: Named | Repeat, path: str, wanted: _Wanted
) -> Iterator[tuple[Named | Repeat, str]]:
    """A member, cut behind each repetition that is wanted, and what that is called."""
    if not isinstance(member, Repeat):
        yield member, wanted.of(path, member)
        return
    begin, end = member.first, member.first + member.times
    for index in range(begin, end):
        name = wanted.kept.get(f"{path}{index}", "")
        if name or index == end - 1:
            yield member._replace(first=begin, times=index + 1 - begin), name
            begin = index + 1
