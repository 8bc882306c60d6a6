"""Pages of classes: a class per block, members made in the constructor, a forward.

Serves every target whose networks are objects; the words are the target's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from resdsl.core.record import NamedTuple
from resdsl.core.source import Span
from resdsl.emit.fold import Definition, Folding, Key, merges
from resdsl.emit.inits import Placed, init_lines
from resdsl.emit.layout import WIDTH, fill
from resdsl.emit.shapes import describe_net, describe_unit
from resdsl.emit.signature import (
    Bridge,
    Parameter,
    function,
    method,
    net_parameters,
    parameters,
)
from resdsl.emit.target import Target
from resdsl.emit.text import Code, formula, identifier, join, pascal, prose
from resdsl.emit.views import ClassView, FunctionView, PageView
from resdsl.emit.writer import UnitWriter, sequence_lines
from resdsl.ir.bindings import bindings_of, net_bindings
from resdsl.ir.net import Instance, Net, Unit
from resdsl.values.expr import Expr, substitute, variables

_NAME = re.compile(r"[A-Za-z_]\w*")
_PACKAGE = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?=\.)")


_TUPLE_HEAD = 40
"""Columns that a page may need before a tuple of names."""


class Constructor(NamedTuple):
    """How a definition is called."""

    name: Code
    parameters: tuple[Parameter, ...]
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
        self.forms: dict[Span, list[Unit]] = {}
        for definition in self.folding.definitions.values():
            self.forms.setdefault(definition.unit.span, []).append(definition.unit)
        self.taken = {*target.reserved, "None", "True", "False"} | self._local_names()

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
        words = self.target.words
        inits = init_lines(self.placed, words, self.target.started)
        if inits:
            start = Code(" " * 8 + words.say("start_weights"))
            net = net._replace(setup=(*net.setup, start))
        text = _text((*classes, net), functions)
        support = _named(self.target.support, _NAME.findall(text))
        return PageView(
            source=self._source(),
            imports=_named(self.target.imports, _PACKAGE.findall(text)),
            support=support,
            functions=tuple(functions),
            classes=tuple(classes),
            defines=bool(support or functions or classes),
            blocks=_tuple([c.name for c in classes]),
            init_doc=Code(
                "Start the weights as the source says; `apply` it to the network."
            ),
            inits=inits,
            net=net,
        )

    def _source(self) -> Code:
        file = prose(re.split(r"[\\/]", self.net.source)[-1])
        short = f"Source: {file}, net {self.net.name}"
        long = f"{short} = {prose(self.net.definition)}"
        return Code(long if self.net.definition and len(long) <= WIDTH else short)

    def _variant(self, unit: Unit) -> str:
        """How this form of a block differs from the other forms on the page."""
        forms = self.forms[unit.span]
        others = [set(form.choices) for form in forms if form is not unit]
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
        writer = UnitWriter(self.target, self._construct, unit, {}, definition)
        writer.write()
        name = self._top_name(pascal(unit.name))
        shortcuts = definition.shortcuts()
        takes = parameters(definition, writer.used)
        self.constructors[key] = Constructor(name, takes, tuple(shortcuts))
        self.placed += [p._replace(owner=name) for p in writer.placed]
        bridges = tuple(
            Bridge(shortcut, self.target.module, definition.optional(at))
            for at, shortcut in enumerate(shortcuts)
            if shortcut is not None
        )
        summary = f"Block `{unit.name}`{self._variant(unit)}."
        return ClassView(
            name=name,
            doc=_doc(unit, summary, [describe_unit(unit)]),
            signature=method(takes, bridges),
            setup=tuple(writer.lets() + writer.setup),
            forward=tuple(writer.forward),
        )

    def _net(self, name: Code) -> ClassView:
        unit = self.net.unit
        bindings = net_bindings(unit)
        writer = UnitWriter(self.target, self._construct, unit, bindings, None)
        writer.write()
        self.placed += [p._replace(owner=name) for p in writer.placed]
        return ClassView(
            name=name,
            doc=_doc(unit, f"Net `{self.net.name}`.", describe_net(self.net)),
            signature=method(net_parameters(unit, writer.used)),
            setup=tuple(writer.lets() + writer.setup),
            forward=tuple(writer.forward),
        )

    def _function(self, key: Key, definition: Definition) -> FunctionView:
        unit = definition.unit
        writer = UnitWriter(self.target, self._construct, unit, {}, definition)
        body = writer.sequence(unit.body)
        name = self._top_name(identifier(unit.name))
        takes = parameters(definition, writer.used)
        self.constructors[key] = Constructor(name, takes, ())
        self.placed += writer.placed
        summary = f"Shortcut rule `{unit.name}`{self._variant(unit)}."
        return FunctionView(
            signature=function(name, takes, self.target.sequence),
            doc=_doc(unit, summary, [describe_unit(unit)]),
            body=(*writer.lets(4), *sequence_lines(f"return {body}", 4)),
        )

    # --- uses ---

    def _construct(
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
            text = formula(expr, {})
            if default is None:
                args.append(text)
            elif text != default:
                args.append(Code(f"{name}={text}"))
        for name, merge in zip(
            constructor.shortcuts, merges(instance.unit.body), strict=False
        ):
            if name is not None and merge.shortcut is not None:
                made = self._construct(merge.shortcut, inner, used)
                args.append(Code(f"{name}={made}"))
        return Code(f"{constructor.name}({join(args)})")


def _text(classes: tuple[ClassView, ...], functions: list[FunctionView]) -> str:
    lines = [line for view in classes for line in (*view.setup, *view.forward)]
    return "\n".join([*lines, *(line for view in functions for line in view.body)])


def _named(names: tuple[str, ...], used: list[str]) -> tuple[Code, ...]:
    return tuple(identifier(name) for name in names if name in used)


def _tuple(names: list[Code]) -> Code:
    """A tuple of names, one on each line where they are too many for one."""
    text = f"({join(names)}{',' if len(names) == 1 else ''})" if names else ""
    if len(text) > WIDTH - _TUPLE_HEAD:
        text = "\n".join(("(", *(f"    {name}," for name in names), ")"))
    return Code(text)


def _doc(unit: Unit, summary: str, facts: list[str]) -> tuple[Code, ...]:
    """A docstring: what it is, the source's own comment, its shapes."""
    margin = " " * 4
    lines = [Code(f'{margin}"""{prose(summary)}'), Code("")]
    if unit.comment:
        words = fill(prose(unit.comment), WIDTH - len(margin)).splitlines()
        lines += [Code(margin + line) for line in words]
        lines.append(Code(""))
    lines += [Code(f"{margin}{prose(fact)}") for fact in facts]
    return (*lines, Code(f'{margin}"""'))
