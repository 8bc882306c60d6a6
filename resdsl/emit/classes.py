"""Pages of classes: a class per block, members made in the constructor, a forward.

Serves every target whose networks are objects; the words are the target's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from resdsl.emit.environment import Words
from resdsl.emit.flow import Flow
from resdsl.emit.fold import Definition, Folding, Key, merges
from resdsl.emit.inits import Placed, init_lines
from resdsl.emit.layer import Facts, LayerView
from resdsl.emit.layout import WIDTH, explode, fill, members, wrap
from resdsl.emit.runs import runs
from resdsl.emit.shapes import describe_net, describe_unit
from resdsl.emit.text import Code, identifier, join, number, pascal, prose, value
from resdsl.emit.views import ClassView, FunctionView, PageView
from resdsl.ir.bindings import bindings_of, net_bindings
from resdsl.ir.net import Group, Instance, Item, Merge, Net, Node, Repeat, Unit
from resdsl.values.expr import Expr, expr_of, substitute, variables
from resdsl.values.language import Init

_NAME = re.compile(r"[A-Za-z_]\w*")


class Target(NamedTuple):
    """What a class-based target tells about itself."""

    words: Words
    neutral: Mapping[str, Mapping[str, str]]
    """Per layer kind, the argument values that need not be written."""
    facts: Facts
    started: Mapping[str, Mapping[str, Init]]
    """Per layer kind, how the framework itself starts each weight."""
    support: tuple[str, ...]
    """Modules that a page brings along where it uses them."""
    reserved: frozenset[str]
    """Names at the top of the page."""


class Constructor(NamedTuple):
    """How a definition is called."""

    name: Code
    parameters: tuple[tuple[Code, Code, Code | None], ...]
    """(name, type, default); without default it is required."""
    shortcuts: tuple[Code | None, ...]


def build_page(net: Net, target: Target) -> PageView:
    """The whole page of `net`."""
    return _Page(net, target).build()


class _Page:
    def __init__(self, net: Net, target: Target) -> None:
        self.net = net
        self.target = target
        self.folding = Folding(net)
        self.constructors: dict[Key, Constructor] = {}
        self.placed: list[Placed] = []
        self.taken = set(target.reserved) | self._local_names()

    def build(self) -> PageView:
        functions: list[FunctionView] = []
        classes: list[ClassView] = []
        name = self._top_name(pascal(self.net.name))
        for key, definition in self.folding.definitions.items():
            if definition.unit.role == "shortcut":
                functions.append(self._function(key, definition))
            else:
                classes.append(self._class(key, definition))
        net = self._net(name)
        inits = init_lines(self.placed, self.target.words, self.target.started)
        if inits:
            apply = Code(" " * 8 + "self.apply(init_weights)")
            net = net._replace(setup=(*net.setup, apply))
        text = "\n".join(
            line for view in (*classes, net) for line in (*view.setup, *view.forward)
        ) + "\n".join(line for view in functions for line in view.body)
        used = set(_NAME.findall(text))
        support = tuple(identifier(s) for s in self.target.support if s in used)
        names = [c.name for c in classes]
        return PageView(
            source=self._source(),
            support=support,
            whole_framework="torch.cat(" in text,
            functions=tuple(functions),
            classes=tuple(classes),
            defines=bool(support or functions or classes),
            blocks=Code(f"({join(names)}{',' if len(names) == 1 else ''})")
            if names
            else Code(""),
            init_doc=Code(
                "Start the weights as the source says; `apply` it to the network."
            ),
            inits=inits,
            net=net,
        )

    def _source(self) -> Code:
        line = prose(self.net.definition)
        alias = f" = {line}" if line and len(line) < 50 else ""
        file = prose(re.split(r"[\\/]", self.net.source)[-1])
        return Code(f"Source: {file}, net {self.net.name}{alias}")

    def _variant(self, unit: Unit) -> str:
        """How this form of a block differs from the other forms on the page."""
        others = [
            set(d.unit.choices)
            for d in self.folding.definitions.values()
            if d.unit.span == unit.span and d.unit is not unit
        ]
        if not others:
            return ""
        own = [c for c in unit.choices if not all(c in choices for choices in others)]
        words = [f"`{text}`" if holds else f"not `{text}`" for text, holds in own]
        return f" where {' and '.join(words)}" if words else ""

    # --- names ---

    def _local_names(self) -> set[str]:
        """Parameters and `let`s anywhere: no class or function may hide behind one."""
        units = [d.unit for d in self.folding.definitions.values()]
        return {
            name
            for unit in (*units, self.net.unit)
            for name in (
                *(p.name for p in unit.params),
                *(let for let, _ in unit.lets),
                *(merge.shortcut.name for merge in merges(unit.body) if merge.shortcut),
            )
        }

    def _top_name(self, wanted: Code) -> Code:
        name, number_ = wanted, 1
        while name in self.taken:
            number_ += 1
            name = Code(f"{wanted}{number_}")
        self.taken.add(name)
        return name

    # --- definitions ---

    def _class(self, key: Key, definition: Definition) -> ClassView:
        unit = definition.unit
        writer = _Writer(self, unit, {}, definition)
        writer.write()
        name = self._top_name(pascal(unit.name))
        shortcuts = definition.shortcuts()
        parameters = self._parameters(definition, writer.used)
        self.constructors[key] = Constructor(name, parameters, tuple(shortcuts))
        self.placed += [p._replace(owner=name) for p in writer.placed]
        bridges = [
            (s, definition.optional(at))
            for at, s in enumerate(shortcuts)
            if s is not None
        ]
        return ClassView(
            name=name,
            doc=_doc(
                unit,
                f"Block `{unit.name}`{self._variant(unit)}.",
                [describe_unit(unit)],
            ),
            signature=_signature(parameters, bridges),
            setup=tuple(writer.lets() + writer.setup),
            forward=tuple(writer.forward),
        )

    def _net(self, name: Code) -> ClassView:
        unit = self.net.unit
        writer = _Writer(self, unit, net_bindings(unit), None)
        writer.write()
        free = [p for p in unit.params if p.name in writer.used]
        parameters = tuple(
            (identifier(p.name), _type(p.value), value(p.value, {})) for p in free
        )
        self.placed += [p._replace(owner=name) for p in writer.placed]
        return ClassView(
            name=name,
            doc=_doc(unit, f"Net `{self.net.name}`.", describe_net(self.net)),
            signature=_signature(parameters, []),
            setup=tuple(writer.lets() + writer.setup),
            forward=tuple(writer.forward),
        )

    def _function(self, key: Key, definition: Definition) -> FunctionView:
        unit = definition.unit
        writer = _Writer(self, unit, {}, definition)
        body = writer.sequence(unit.body)
        name = self._top_name(identifier(unit.name))
        parameters = self._parameters(definition, writer.used)
        self.constructors[key] = Constructor(name, parameters, ())
        self.placed += writer.placed
        words = [
            f"{n}: {t}" + (f" = {d}" if d is not None else "") for n, t, d in parameters
        ]
        head = wrap(f"def {name}({', '.join(words)})", 0, " -> nn.Sequential:")
        return FunctionView(
            signature=tuple(Code(line) for line in head),
            doc=_doc(
                unit,
                f"Shortcut rule `{unit.name}`{self._variant(unit)}.",
                [describe_unit(unit)],
            ),
            body=(*writer.lets(4), *_sequence_lines(f"return {body}", 4)),
        )

    def _parameters(
        self, definition: Definition, used: set[str]
    ) -> tuple[tuple[Code, Code, Code | None], ...]:
        unit = definition.unit
        used = _through_lets(unit, used)
        required: list[tuple[Code, Code, Code | None]] = []
        optional: list[tuple[Code, Code, Code | None]] = []
        if "in_channels" in used:
            required.append((Code("in_channels"), Code("int"), None))
        for param in unit.params:
            if param.name not in used:
                continue
            given = definition.given.get(param.name, set())
            default = (
                _default(param.name, param.default, given)
                if not param.required
                else None
            )
            row = (identifier(param.name), _type(param.value), default)
            (required if default is None else optional).append(row)
        return (*required, *optional)

    # --- uses ---

    def construct(
        self, instance: Instance, bindings: Mapping[str, Expr], used: set[str]
    ) -> Code:
        """The expression that makes one instance."""
        constructor = self.constructors[self.folding.key(instance.unit)]
        inner = {
            name: substitute(expr, bindings)
            for name, expr in bindings_of(instance).items()
        }
        args: list[Code] = []
        for name, _, default in constructor.parameters:
            expr = inner[name]
            used |= variables(expr)
            text = value_text(expr)
            if default is None:
                args.append(text)
            elif text != default:
                args.append(Code(f"{name}={text}"))
        for name, merge in zip(
            constructor.shortcuts, merges(instance.unit.body), strict=False
        ):
            if name is not None and merge.shortcut is not None:
                made = self.construct(merge.shortcut, inner, used)
                args.append(Code(f"{name}={made}"))
        return Code(f"{constructor.name}({join(args)})")


class _Writer:
    """Writes one unit: its members in order, and its forward."""

    def __init__(
        self,
        page: _Page,
        unit: Unit,
        bindings: Mapping[str, Expr],
        definition: Definition | None,
    ) -> None:
        self.page = page
        self.unit = unit
        self.bindings = bindings
        self.definition = definition
        self.used: set[str] = set()
        self.placed: list[Placed] = []
        self.setup: list[Code] = []
        self.forward: list[Code] = []
        self.members: dict[str, Code] = {}
        self.flow = Flow(page.target.words, shapes=unit.role == "net")

    def write(self) -> None:
        """Fill `setup` and `forward`."""
        self._claimed = {node.name for node in _nodes(self.unit.body)}
        self._shared: dict[str, str] = {}
        self._merges = iter(range(len(list(merges(self.unit.body)))))
        self._walk(self.unit.body, "x", "x")
        self.forward = self.flow.finish()

    def lets(self, indent: int = 8) -> list[Code]:
        """The source's `let`s that something uses, as local names."""
        used = _through_lets(self.unit, self.used)
        lines: list[Code] = []
        for name, expr in self.unit.lets:
            bound = substitute(expr, self.bindings)
            if name in used and name not in self.bindings:
                lines.append(
                    Code(f"{' ' * indent}{identifier(name)} = {value_text(bound)}")
                )
        return lines

    # --- members ---

    def _module(self, node: Node, inplace: bool) -> Code:
        target = self.page.target
        neutral = target.neutral.get(node.kind.name, {})
        used: set[str] = set()
        view = LayerView(node, self.bindings, neutral, target.facts, used, inplace)
        text = Code(target.words.say(node.kind.name, view))
        self.used |= used
        return text

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
        words = self.page.target.words
        inline = f"inline_{node.kind.name}"
        if words.has(inline):
            self.flow.apply(lambda x: Code(words.say(inline, None, x)), node)
            return
        inplace = node.kind.activation and self.flow.fresh
        text = self._module(node, inplace)
        name = node.name
        if not node.kind.weights(node.x) and _unlabelled(node):
            name = self._shared_name(node, text)
        else:
            self._place(node, text, identifier(name))
        self._member(name, text)
        self.flow.apply(lambda x: Code(words.say("call", identifier(name), x)), node)

    def _shared_name(self, node: Node, text: Code) -> str:
        """Layers without weights that print alike are one member, named by kind; other
        ones of that kind keep their own names."""
        if text not in self._shared:
            name = node.kind.name
            spare = name not in self._claimed and name not in self._shared.values()
            self._shared[text] = name if spare else node.name
        return self._shared[text]

    def _whole(self, item: Instance | Group) -> None:
        words = self.page.target.words
        if isinstance(item, Group):
            text = self.sequence(item.items, f"{item.name}")
            self.members[item.name] = text
            self.setup += _sequence_lines(f"self.{identifier(item.name)} = {text}", 8)
        else:
            self._member(item.name, self.page.construct(item, self.bindings, self.used))
        name = identifier(item.name)
        self.flow.apply(lambda x: Code(words.say("call", name, x)), item)

    def _merge(self, merge: Merge, target: str) -> None:
        self.flow.flush()
        if merge.rule == "residual":
            self._bridge(merge, target)
            return
        branch = self.flow.spare("new" if merge.rule == "dense" else merge.rule)
        self._walk(merge.body, target, branch)
        self._advance_merge()
        words = self.page.target.words
        text = words.say(f"merge_{merge.rule}", Code(target), Code(branch))
        self.flow.resume(target)
        self.flow.assign(Code(text), merge)

    def _bridge(self, merge: Merge, target: str) -> None:
        """A residual: keep the input, or what a shortcut makes of it, and add it."""
        kept = self.flow.spare("shortcut")
        line = len(self.flow.lines)
        self._walk(merge.body, target, target)
        fresh = self.flow.fresh
        position = self._advance_merge()
        self.flow.insert(line, self._kept(merge, kept, target, position))
        words = self.page.target.words
        self.flow.resume(target)
        word = "merge_residual"
        if fresh and words.has(f"{word}_inplace"):
            text = words.say(f"{word}_inplace", Code(kept), Code(target))
            self.flow.statement(Code(text), merge)
        else:
            text = words.say(word, Code(kept), Code(target))
            self.flow.assign(Code(text), merge)

    def _advance_merge(self) -> int:
        return next(self._merges)

    def _kept(self, merge: Merge, kept: str, target: str, position: int) -> Code:
        words = self.page.target.words
        if self.definition is None:
            if merge.shortcut is None:
                return Code(f"{kept} = {target}")
            name = identifier(merge.shortcut.name)
            self._member(
                name, self.page.construct(merge.shortcut, self.bindings, self.used)
            )
            return Code(f"{kept} = {words.say('call', name, Code(target))}")
        name = self.definition.shortcuts()[position]
        if name is None:
            return Code(f"{kept} = {target}")
        self._member(name, name)
        called = words.say("call", name, Code(target))
        if self.definition.optional(position):
            return Code(f"{kept} = {target} if self.{name} is None else {called}")
        return Code(f"{kept} = {called}")

    # --- sequences ---

    def sequence(self, items: tuple[Item | Repeat, ...], path: str = "") -> Code:
        """A sequence of modules, repeated ones rolled up."""
        words = self.page.target.words
        members: list[tuple[Code, int]] = []
        for at, item in enumerate(items):
            if isinstance(item, Repeat):
                text = self._repeated(item, path)
                members.append((text, item.times))
            else:
                text = self._sequenced(item, f"{path}[{at}]" if path else "")
                members.append((text, 1))
        parts: list[Code] = []
        for run in runs(members):
            if run.counted:
                parts.append(Code(words.say("counted", run.text, number(run.times))))
            elif run.times > 1:
                parts.append(Code(words.say("repeated", run.text, number(run.times))))
            else:
                parts.append(run.text)
        return Code(words.say("sequence", join(parts)))

    def _repeated(self, repeat: Repeat, path: str) -> Code:
        known = len(self.placed)
        text = self._sequenced(repeat.item, path)
        which = Code(f"{repeat.first}:{repeat.first + repeat.times}")
        self.placed[known:] = [p._replace(repeated=which) for p in self.placed[known:]]
        return text

    def _sequenced(self, item: Item, path: str) -> Code:
        if isinstance(item, Node):
            text = self._module(item, inplace=False)
            self._place(item, text, path)
            return text
        if isinstance(item, Instance):
            return self.page.construct(item, self.bindings, self.used)
        assert isinstance(item, Group)
        return self.sequence(item.items, path)


def _sequence_lines(text: str, indent: int) -> list[Code]:
    """A sequence of several modules has one on each line, however short."""
    lay = explode if len(members(text)) > 1 else wrap
    return [Code(line) for line in lay(text, indent)]


def value_text(expr: Expr) -> Code:
    """A formula as code."""
    from resdsl.emit.text import formula

    return formula(expr, {})


def _nodes(body: tuple[Item, ...]) -> list[Node]:
    """The layers that are members of the unit itself."""
    found: list[Node] = []
    for item in body:
        if isinstance(item, Node):
            found.append(item)
        elif isinstance(item, Merge):
            found += _nodes(item.body)
    return found


def _unlabelled(node: Node) -> bool:
    return re.fullmatch(rf"{node.kind.name}\d+", node.name) is not None


def _through_lets(unit: Unit, used: set[str]) -> set[str]:
    """`used`, and what the `let`s among it depend on."""
    reached = set(used)
    for name, expr in reversed(unit.lets):
        if name in reached:
            reached |= variables(expr)
    return reached


def _default(name: str, default: object, given: set[str]) -> Code | None:
    """The default of a parameter: the source's, or what every use of the page gives.

    A stride is each use's own affair even where all agree.
    """
    if isinstance(default, int | float) and variables(expr_of(default)):
        return None
    text = value(default, {})
    if len(given) == 1 and name != "stride":
        (only,) = given
        if re.fullmatch(r"[0-9.e-]+", only):
            return Code(only)
    return text


def _type(item: object) -> Code:
    return Code("float" if isinstance(item, float) else "int")


def _signature(
    parameters: tuple[tuple[Code, Code, Code | None], ...],
    bridges: list[tuple[Code, bool]],
) -> tuple[Code, ...]:
    words = ["self"]
    words += [f"{n}: {t}" for n, t, d in parameters if d is None]
    words += [f"{name}: nn.Module" for name, optional in bridges if not optional]
    words += [f"{n}: {t} = {d}" for n, t, d in parameters if d is not None]
    words += [
        f"{name}: nn.Module | None = None" for name, optional in bridges if optional
    ]
    lines = wrap(f"def __init__({', '.join(words)})", 4, " -> None:")
    return tuple(Code(line) for line in lines)


def _doc(unit: Unit, summary: str, facts: list[str]) -> tuple[Code, ...]:
    """A docstring: what it is, the source's own comment, its shapes."""
    pad = " " * 4
    lines = [Code(f'{pad}"""{prose(summary)}'), Code("")]
    if unit.comment:
        words = fill(prose(unit.comment), WIDTH - len(pad)).splitlines()
        lines += [Code(pad + line) for line in words]
        lines.append(Code(""))
    lines += [Code(f"{pad}{prose(fact)}") for fact in facts]
    return (*lines, Code(f'{pad}"""'))
