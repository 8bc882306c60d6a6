"""One unit as code: its members in the constructor, and its forward."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from resdsl.emit.flow import Flow, is_fresh
from resdsl.emit.fold import Definition, merges
from resdsl.emit.inits import Placed
from resdsl.emit.layer import LayerView
from resdsl.emit.layout import explode, members, wrap
from resdsl.emit.runs import runs
from resdsl.emit.signature import through_lets
from resdsl.emit.target import ClassTarget
from resdsl.emit.text import Code, formula, identifier, join, member, number
from resdsl.ir.net import Group, Instance, Item, Merge, Node, Repeat, Unit
from resdsl.ops.merge import MERGES
from resdsl.values.expr import Expr, substitute

Construct = Callable[[Instance, Mapping[str, Expr], set[str]], Code]
"""The expression that makes an instance; adds the names that it uses to the set."""


class UnitWriter:
    """Writes one unit: its members in order, and its forward."""

    def __init__(
        self,
        target: ClassTarget,
        construct: Construct,
        unit: Unit,
        bindings: Mapping[str, Expr],
        definition: Definition | None,
    ) -> None:
        self.target = target
        self.construct = construct
        self.unit = unit
        self.bindings = bindings
        self.definition = definition
        self.used: set[str] = set()
        self.placed: list[Placed] = []
        self.setup: list[Code] = []
        self.forward: list[Code] = []
        self.members: dict[str, Code] = {}
        self.flow = Flow(target.words, shapes=unit.role == "net")

    def write(self) -> None:
        """Fill `setup` and `forward`."""
        self._claimed = set(_member_names(self.unit.body))
        if self.definition is not None:
            self._claimed |= {n for n in self.definition.shortcuts() if n is not None}
        self._shared: dict[str, str] = {}
        self._merges = iter(range(len(list(merges(self.unit.body)))))
        self._walk(self.unit.body, "x", "x")
        self.forward = self.flow.finish()

    def lets(self, indent: int = 8) -> list[Code]:
        """The source's `let`s that something uses, as local names."""
        used = through_lets(self.unit, self.used)
        lines: list[Code] = []
        for name, expr in self.unit.lets:
            bound = substitute(expr, self.bindings)
            if name in used and name not in self.bindings:
                lines.append(
                    Code(f"{' ' * indent}{identifier(name)} = {formula(bound, {})}")
                )
        return lines

    # --- members ---

    def _module(self, node: Node, inplace: bool) -> Code:
        view = self._view(node, self.used, inplace)
        return self.target.words.say_of(node, node.kind.name, view)

    def _view(self, node: Node, used: set[str], inplace: bool = False) -> LayerView:
        target = self.target
        neutral = target.neutral.get(node.kind.name, {})
        return LayerView(node, self.bindings, neutral, target.facts, used, inplace)

    def _member(self, name: str, text: Code) -> None:
        if self.members.get(name) == text:
            return
        self.members[name] = text
        lines = wrap(f"self.{identifier(name)} = {text}", 8)
        self.setup += [Code(line) for line in lines]

    def _place(self, node: Node, text: Code, path: str) -> None:
        self.placed.append(Placed(Code(""), Code(path), Code(text.split("(")[0]), node))

    # --- the body ---

    def _walk(self, body: tuple[Item, ...], source: str, target: str) -> None:
        self.flow.begin(source, target)
        for item in body:
            if isinstance(item, Node):
                self._node(item)
            elif isinstance(item, Merge):
                self._merge(item, target)
            else:
                self._whole(item)
        self.flow.flush()

    def _node(self, node: Node) -> None:
        words, name = self.target.words, node.name
        word = self._word(node)
        weights = node.kind.weights(node.x)
        if weights or not word:
            text = self._module(node, node.kind.overwrites and self.flow.fresh)
            if not weights and _unlabelled(node):
                name = self._shared_name(node, text)
            else:
                self._place(node, text, identifier(name))
            self._member(name, text)
        if not word:
            self.flow.apply(lambda x: words.say("call", identifier(name), x), node)
            return
        view, member = self._view(node, self.used), identifier(name)
        self.flow.apply(lambda x: words.say(word, view, x, member), node)
        if word.startswith("operator"):  # which binds less than what may come behind
            self.flow.flush()

    def _word(self, node: Node) -> str:
        """The word that writes a layer into the forward; none where that calls it.

        So it is where an argument is known in the constructor alone.
        """
        words = self.target.words
        for start in ("inline", "operator"):
            word, used = f"{start}_{node.kind.name}", set[str]()
            if words.has(word):
                words.say(word, self._view(node, used), Code("x"), Code("y"))
                return "" if used else word
        return ""

    def _shared_name(self, node: Node, text: Code) -> str:
        """One name for all layers without weights that print alike: that of the kind.

        Others of that kind keep their own names.
        """
        if text not in self._shared:
            name = node.kind.name
            spare = name not in self._claimed and name not in self._shared.values()
            self._shared[text] = name if spare else node.name
        return self._shared[text]

    def _whole(self, item: Instance | Group) -> None:
        words = self.target.words
        if isinstance(item, Group):
            text = self.sequence(item.items, f"{item.name}")
            self.members[item.name] = text
            self.setup += sequence_lines(f"self.{identifier(item.name)} = {text}", 8)
        else:
            self._member(item.name, self.construct(item, self.bindings, self.used))
        name = identifier(item.name)
        self.flow.apply(lambda x: words.say("call", name, x), item)

    def _merge(self, merge: Merge, target: str) -> None:
        x = self.flow.current()
        rule = MERGES[merge.rule]
        if rule.bridged:
            self._bridge(merge, x, target)
            return
        branch = self.flow.spare(rule.branch)
        self._walk(merge.body, x, branch)
        self._advance_merge()
        text = self.target.words.say_of(
            merge, f"merge_{rule.name}", Code(x), Code(branch)
        )
        self.flow.resume(target)
        self.flow.assign(text, merge)

    def _bridge(self, merge: Merge, x: str, target: str) -> None:
        """Keep the input, or what a shortcut makes of it, and merge it."""
        kept = self.flow.spare("shortcut")
        line = len(self.flow.lines)
        self._walk(merge.body, x, target)
        fresh = self.flow.fresh
        position = self._advance_merge()
        self.flow.insert(line, self._kept(merge, kept, x, position))
        self.flow.resume(target)
        word = f"merge_{merge.rule}"
        if fresh and self.target.words.has(f"{word}_inplace"):
            text = self.target.words.say_of(
                merge, f"{word}_inplace", Code(kept), Code(target)
            )
            self.flow.statement(text, merge)
        else:
            text = self.target.words.say_of(merge, word, Code(kept), Code(target))
            self.flow.assign(text, merge)

    def _advance_merge(self) -> int:
        return next(self._merges)

    def _kept(self, merge: Merge, kept: str, x: str, position: int) -> Code:
        words = self.target.words
        if self.definition is None:
            if merge.shortcut is None:
                return Code(f"{kept} = {x}")
            name = identifier(merge.shortcut.name)
            self._member(name, self.construct(merge.shortcut, self.bindings, self.used))
            return Code(f"{kept} = {words.say('call', name, Code(x))}")
        name = self.definition.shortcuts()[position]
        if name is None:
            return Code(f"{kept} = {x}")
        given = self.definition.bridges()[position]
        self._member(name, given or name)
        called = words.say("call", name, Code(x))
        if self.definition.optional(position):
            return Code(f"{kept} = {x} if self.{name} is None else {called}")
        return Code(f"{kept} = {called}")

    # --- sequences ---

    def sequence(self, items: tuple[Item | Repeat, ...], path: str = "") -> Code:
        """A sequence of modules, repeated ones rolled up."""
        words = self.target.words
        if any(not _member_name(item).isdigit() for item in items):
            return self._named(items, path)
        members: list[tuple[Code, int]] = []
        for at, item in enumerate(items):
            if isinstance(item, Repeat):
                text = self._repeated(item, path)
                members.append((text, item.times))
            else:
                text = self._sequenced(
                    item, f"{path}[{at}]" if path else "", items[:at]
                )
                members.append((text, 1))
        parts: list[Code] = []
        for run in runs(members):
            if run.counted:
                parts.append(words.say("counted", run.text, number(run.times)))
            elif run.times > 1:
                parts.append(words.say("repeated", run.text, number(run.times)))
            else:
                parts.append(run.text)
        return words.say("sequence", join(parts))

    def _named(self, items: tuple[Item | Repeat, ...], path: str) -> Code:
        """A sequence in which some members are labelled."""
        words = self.target.words
        parts: list[Code] = []
        for at, item in enumerate(items):
            assert not isinstance(item, Repeat)
            made = self._sequenced(item, f"{path}[{at}]" if path else "", items[:at])
            parts.append(words.say("named_member", member(_member_name(item)), made))
        return words.say("named", join(parts))

    def _repeated(self, repeat: Repeat, path: str) -> Code:
        known = len(self.placed)
        text = self._sequenced(repeat.item, path, ())
        which = Code(f"{repeat.first}:{repeat.first + repeat.times}")
        self.placed[known:] = [p._replace(repeated=which) for p in self.placed[known:]]
        return text

    def _sequenced(
        self, item: Item, path: str, before: tuple[Item | Repeat, ...]
    ) -> Code:
        if isinstance(item, Node):
            fresh = bool(before) and is_fresh(before[-1])
            text = self._module(item, inplace=item.kind.overwrites and fresh)
            self._place(item, text, path)
            return text
        if isinstance(item, Instance):
            return self.construct(item, self.bindings, self.used)
        assert isinstance(item, Group)
        return self.sequence(item.items, path)


def _member_name(item: Item | Repeat) -> str:
    """What a member of a sequence is called; the members of a repeat have numbers."""
    if isinstance(item, Repeat):
        return "0"
    assert not isinstance(item, Merge)
    return item.name


def sequence_lines(text: str, indent: int) -> list[Code]:
    """A sequence of several modules has one on each line, however short."""
    lay = explode if len(members(text)) > 1 else wrap
    return [Code(line) for line in lay(text, indent)]


def _member_names(body: tuple[Item, ...]) -> Iterator[str]:
    """The names that a unit's own members have in the source."""
    for item in body:
        if isinstance(item, Merge):
            yield from _member_names(item.body)
            if item.shortcut is not None:
                yield item.shortcut.name
        else:
            yield item.name


def _unlabelled(node: Node) -> bool:
    return re.fullmatch(rf"{node.kind.name}_?\d+", node.name) is not None
