"""One unit as code: its members in the constructor, and its forward."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from resdsl.emit.flow import Flow, is_fresh
from resdsl.emit.fold import Definition, merges
from resdsl.emit.inits import Placed
from resdsl.emit.labelled import labelled
from resdsl.emit.layer import LayerView
from resdsl.emit.layout import sequence_lines, wrap
from resdsl.emit.parted import Members, Parted, member_name, member_names
from resdsl.emit.parts import Parts
from resdsl.emit.runs import Run, runs
from resdsl.emit.signature import through_lets
from resdsl.emit.target import ClassTarget
from resdsl.emit.text import (
    Code,
    attribute,
    formula,
    identifier,
    join,
    member,
    number,
    prose,
    variable,
)
from resdsl.ir.net import (
    Group,
    Instance,
    Item,
    Join,
    Keep,
    Merge,
    Named,
    Node,
    Repeat,
    Unit,
)
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
        self.flow = Flow(target.words, unit.role == "net", {"self", *target.reserved})
        self._kept_as: dict[str, str] = {}
        """The variables of the tensors that have names."""
        self._parted = Parted(unit.body)

    def write(self) -> None:
        """Fill `setup` and `forward`."""
        self._claimed = set(member_names(self.unit.body))
        if self.definition is not None:
            self._claimed |= {n for n in self.definition.shortcuts() if n is not None}
        self._shared: dict[str, str] = {}
        self._merges = {id(m): at for at, m in enumerate(merges(self.unit.body))}
        self._walk(self.unit.body, "x", "x")
        self.forward = self.flow.finish(self._outputs())

    def _outputs(self) -> Code | None:
        """The tensors that a net gives by name, if it gives several."""
        words = self.target.words
        parts = [
            words.say("output", prose(o.name), Code(self._kept_as[o.tensor]))
            for o in self.unit.outputs
        ]
        return words.say("outputs", join(parts)) if parts else None

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

    def _module(self, node: Node, inplace: bool, called: str = "") -> Code:
        """The module of a layer; it may be another where the forward says the call."""
        view, words = self._view(node, self.used, inplace), self.target.words
        name = node.kind.name
        own = f"member_{name}"
        return words.say_of(node, own if called and words.has(own) else name, view)

    def _view(self, node: Node, used: set[str], inplace: bool = False) -> LayerView:
        target = self.target
        neutral = target.neutral.get(node.kind.name, {})
        return LayerView(node, self.bindings, neutral, target.facts, used, inplace)

    def _member(self, name: str, text: Code) -> None:
        if self.members.get(name) == text:
            return
        self.members[name] = text
        self._hold(name)
        lines = wrap(f"self.{attribute(name)} = {text}", 8)
        self.setup += [Code(line) for line in lines]

    def _hold(self, name: str) -> None:
        """Make what a path leads through: modules that hold others and do nothing."""
        parts = name.split(".")[:-1]
        for path in (".".join(parts[: at + 1]) for at in range(len(parts))):
            if path not in self.members:
                self.members[path] = self.target.words.say("holder")
                line = f"        self.{attribute(path)} = {self.members[path]}"
                self.setup.append(Code(line))

    def _place(self, node: Node, text: Code, path: str | None) -> None:
        self.placed.append(
            Placed(Code(""), Code(path or ""), Code(text.split("(")[0]), node)
        )

    # --- the body ---

    def _walk(self, body: tuple[Item, ...], source: str, target: str) -> str:
        """Write a body; the name of its result: `target`, unless that is kept."""
        self.flow.begin(source, target)
        for item in body:
            if isinstance(item, Node):
                self._node(item)
            elif isinstance(item, Merge):
                self._merge(item, target)
            elif isinstance(item, Keep):
                name = self.flow.spare(variable(item.name))
                self._kept_as[item.name] = name
                self.flow.keep(name)
            elif isinstance(item, Join):
                self._join(item)
            else:
                self._whole(item)
        return self.flow.current()

    def _node(self, node: Node) -> None:
        words, name = self.target.words, node.name
        word = self._word(node)
        weights = node.kind.weights(node.x)
        if (weights or not word) and not node.again:
            text = self._module(node, node.kind.overwrites and self.flow.fresh, word)
            if not weights and _unlabelled(node):
                name = self._shared_name(node, text)
            else:
                self._place(node, text, f".{attribute(name)}")
            self._member(name, text)
        if not word:
            self.flow.apply(lambda x: words.say("call", attribute(name), x), node)
            return
        view, member = self._view(node, self.used), attribute(name)
        if word.startswith("statement"):  # which names its input more than once
            self.flow.flush()
        self.flow.apply(lambda x: words.say(word, view, x, member), node)
        if word.startswith("operator"):  # which binds less than what may come behind
            self.flow.flush()

    def _word(self, node: Node) -> str:
        """The word that writes a layer into the forward; none where that calls it.

        So it is where an argument is known in the constructor alone.
        """
        words = self.target.words
        for start in ("inline", "operator", "statement"):
            word, used = f"{start}_{node.kind.name}", set[str]()
            if words.has(word):
                view = self._view(node, used)
                text = words.say(word, view, Code("x"), Code("y"))
                return word if text and not used else ""
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
        words, name = self.target.words, attribute(item.name)
        if item.again:
            pass  # what its first use has made
        elif isinstance(item, Group):
            if whole := self._parted.whole(item):
                text = self._made_of(item, whole, f".{name}")
                self.members[item.name] = text
                self._hold(item.name)
                self.setup += sequence_lines(f"self.{name} = {text}", 8)
        else:
            self._member(item.name, self.construct(item, self.bindings, self.used))
        word, place = self._parted.way(item)
        self.flow.apply(lambda x: words.say(word, name, x, *place), item)

    def _join(self, join: Join) -> None:
        if not join.rule:
            self.flow.take(self._kept_as[join.sources[0]])
            return

        def joined(x: Code) -> Code:
            named = [Code(self._kept_as[n]) if n else x for n in join.sources]
            parts = Parts(join.rule, named)
            return self.target.words.say_of(join, f"merge_{join.rule}", parts)

        self.flow.join(joined, join)

    def _merge(self, merge: Merge, target: str) -> None:
        x = self.flow.current()
        rule = MERGES[merge.rule]
        if rule.bridged:
            self._bridge(merge, x, target)
            return
        parts = [x] if rule.takes_input else []
        branches: list[str] = []
        for at, path in enumerate(merge.paths):
            branches.append(self.flow.branch(merge, at))
            parts.append(self._walk(path.body, x, branches[-1]))
        self.flow.resume(target)
        self._assign(merge, parts)
        self.flow.release(branches)

    def _assign(self, item: Merge, parts: list[str]) -> None:
        given = Parts(item.rule, [Code(part) for part in parts])
        word = f"merge_{item.rule}"
        self.flow.assign(self.target.words.say_of(item, word, given), item)

    def _bridge(self, merge: Merge, x: str, target: str) -> None:
        """Keep the input, or what a shortcut makes of it, and merge it."""
        apart = x != target and not self._has_shortcut(merge)
        kept = x if apart else self.flow.spare("shortcut")
        line = len(self.flow.lines)
        branch = self._walk(merge.paths[0].body, x, target)
        fresh = self.flow.fresh and branch == target
        if not apart:
            self.flow.insert(line, self._kept(merge, kept, x))
        self.flow.resume(target)
        word = f"merge_{merge.rule}_inplace"
        if fresh and self.target.words.has(word):
            parts = Parts(merge.rule, [Code(kept), Code(branch)])
            self.flow.statement(self.target.words.say_of(merge, word, parts), merge)
        else:
            self._assign(merge, [kept, branch])
        self.flow.release([kept] if not apart else [])

    def _has_shortcut(self, merge: Merge) -> bool:
        """Whether some use of the unit adds more than the input itself."""
        if self.definition is None:
            return merge.shortcut is not None
        return self.definition.shortcuts()[self._merges[id(merge)]] is not None

    def _kept(self, merge: Merge, kept: str, x: str) -> Code:
        words = self.target.words
        if self.definition is None:
            if merge.shortcut is None:
                return Code(f"{kept} = {x}")
            name = identifier(merge.shortcut.name)
            self._member(name, self.construct(merge.shortcut, self.bindings, self.used))
            return Code(f"{kept} = {words.say('call', name, Code(x))}")
        position = self._merges[id(merge)]
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

    def base_members(self) -> list[Code]:
        """The lines of a constructor whose base class is a sequence."""
        items = self.unit.members
        words = self.target.words
        if all(member_name(item).isdigit() for item in items):
            made = words.say("base", join(self._said(self._runs(items, ""))))
            return sequence_lines(made, 8)
        lines = [words.say("base", Code(""))]
        for at, item in enumerate(items):
            name = member(member_name(item))
            made = self._sequenced(item, f"[{at}]", items[:at])
            word = "attribute" if name.isidentifier() else "number"
            lines.append(words.say(word, name, made))
        return [Code(laid) for line in lines for laid in wrap(line, 8)]

    def _made_of(self, part: Group, items: Members, path: str) -> Code:
        """A sequence, or a list where each member has a place of its own."""
        if not self._parted.is_list(part):
            return self.sequence(items, path)
        made = self._runs(items, path)
        if len(made) == 1 and made[0].times > 1:
            word = "list_counted" if made[0].counted else "list_repeated"
            return self.target.words.say(word, made[0].text, number(made[0].times))
        return self.target.words.say("list", join(self._said(made)))

    def sequence(
        self, items: tuple[Named | Repeat, ...], path: str | None = None
    ) -> Code:
        """A sequence of modules, repeated ones rolled up."""
        words = self.target.words
        if any(not member_name(item).isdigit() for item in items):
            return self._named(items, path)
        return words.say("sequence", join(self._said(self._runs(items, path))))

    def _runs(self, items: tuple[Named | Repeat, ...], path: str | None) -> list[Run]:
        members: list[tuple[Code, int]] = []
        for at, item in enumerate(items):
            if isinstance(item, Repeat):
                text = self._repeated(item, path)
                members.append((text, item.times))
            else:
                text = self._sequenced(item, _within(path, at), items[:at])
                members.append((text, 1))
        return list(runs(members))

    def _said(self, made: list[Run]) -> list[Code]:
        words = self.target.words
        parts: list[Code] = []
        for run in made:
            if run.counted:
                parts.append(words.say("counted", run.text, number(run.times)))
            elif run.times > 1:
                parts.append(words.say("repeated", run.text, number(run.times)))
            else:
                parts.append(run.text)
        return parts

    def _named(self, items: tuple[Named | Repeat, ...], path: str | None) -> Code:
        """A sequence in which some members are labelled."""
        members: list[tuple[str, Code]] = []
        for at, item in enumerate(items):
            assert not isinstance(item, Repeat)
            made = self._sequenced(item, _within(path, at), items[:at])
            members.append((item.name, made))
        return labelled(self.target.words, members)

    def _repeated(self, repeat: Repeat, path: str | None) -> Code:
        known = len(self.placed)
        text = self._sequenced(repeat.item, path, ())
        which = Code(f"{repeat.first}:{repeat.first + repeat.times}")
        self.placed[known:] = [p._replace(repeated=which) for p in self.placed[known:]]
        return text

    def _sequenced(
        self, item: Named, path: str | None, before: tuple[Named | Repeat, ...]
    ) -> Code:
        if isinstance(item, Node):
            begins = not before or self._parted.begins(item)
            fresh = not begins and is_fresh(before[-1])
            text = self._module(item, inplace=item.kind.overwrites and fresh)
            self._place(item, text, path)
            return text
        if isinstance(item, Instance):
            return self.construct(item, self.bindings, self.used)
        assert isinstance(item, Group)
        return self.sequence(item.items, path)


def _within(path: str | None, at: int) -> str | None:
    """Where the member of a sequence is kept, if the page can say where that is."""
    return None if path is None else f"{path}[{at}]"


def _unlabelled(node: Node) -> bool:
    return re.fullmatch(rf"{node.kind.name}_?\d+", node.name) is not None
