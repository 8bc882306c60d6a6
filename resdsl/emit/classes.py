"""Pages of classes: a class per block, members made in the constructor, a forward.

Serves every target whose networks are objects; the words are the target's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from resdsl.emit.book import Book, Constructor, named, with_support
from resdsl.emit.fold import Definition, Key
from resdsl.emit.inits import Placed, init_lines
from resdsl.emit.layout import WIDTH, sequence_lines
from resdsl.emit.shapes import describe_net, describe_unit
from resdsl.emit.signature import (
    Bridge,
    function,
    method,
    net_parameters,
    parameters,
)
from resdsl.emit.target import ClassTarget
from resdsl.emit.text import Code, identifier, join, pascal
from resdsl.emit.views import ClassPage, ClassView, FunctionView
from resdsl.emit.writer import UnitWriter
from resdsl.ir.bindings import net_bindings
from resdsl.ir.net import Instance, Net
from resdsl.values.expr import Expr

_NAME = re.compile(r"[A-Za-z_]\w*")
_PACKAGE = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?=\.)")

_TUPLE_HEAD = 40
"""Columns that a page may need before a tuple of names."""


def build_page(net: Net, target: ClassTarget) -> ClassPage:
    """The whole page of `net`."""
    return _Page(net, target).build()


class _Page:
    def __init__(self, net: Net, target: ClassTarget) -> None:
        self.net = net
        self.target = target
        self.book = Book(net, target.reserved)
        self.placed: list[Placed] = []

    def build(self) -> ClassPage:
        functions: list[FunctionView] = []
        classes: list[ClassView] = []
        name = self.book.top_name(pascal(self.net.name))
        for key, definition in self.book.folding.definitions.items():
            if definition.unit.role == "shortcut":
                functions.append(self._function(key, definition))
            else:
                classes.append(self._class(key, definition))
        net = self._net(name)
        words = self.target.words
        inits = init_lines(self.placed, self.target)
        if inits:
            start = Code(" " * 8 + words.say("start_weights"))
            net = net._replace(setup=(*net.setup, start))
        text = _text((*classes, net), functions)
        used = with_support(_NAME.findall(text), self.target.support)
        support = named(tuple(self.target.support), used)
        return ClassPage(
            source=self.book.source(),
            imports=named(self.target.imports, _PACKAGE.findall(text)),
            support=support,
            functions=tuple(functions),
            classes=tuple(classes),
            defines=bool(support or functions or classes),
            blocks=_tuple([c.name for c in classes if c.forward]),
            init_doc=Code(
                "Start the weights as the source says; `apply` it to the network."
            ),
            inits=inits,
            net=net,
        )

    # --- definitions ---

    def _class(self, key: Key, definition: Definition) -> ClassView:
        unit = definition.unit
        writer = UnitWriter(self.target, self._construct, unit, {}, definition)
        if unit.numbered:
            setup = writer.base_members()
        else:
            writer.write()
            setup = writer.setup
        name = self.book.top_name(pascal(unit.name))
        shortcuts = definition.bridges()
        takes = parameters(definition, writer.used)
        self.book.constructors[key] = Constructor(name, takes, tuple(shortcuts))
        self.placed += [p._replace(owner=name) for p in writer.placed]
        bridges = tuple(
            Bridge(shortcut, self.target.module, definition.optional(at))
            for at, shortcut in enumerate(shortcuts)
            if shortcut is not None
        )
        return ClassView(
            name=name,
            doc=self.book.doc(unit, [describe_unit(unit)]),
            signature=method(takes, bridges),
            setup=tuple(writer.lets() + setup),
            forward=tuple(writer.forward),
            base=self.target.sequence if unit.numbered else self.target.module,
            returns=self.target.tensor,
        )

    def _net(self, name: Code) -> ClassView:
        unit = self.net.unit
        bindings = net_bindings(unit)
        writer = UnitWriter(self.target, self._construct, unit, bindings, None)
        writer.write()
        self.placed += [p._replace(owner=name) for p in writer.placed]
        return ClassView(
            name=name,
            doc=self.book.doc(unit, describe_net(self.net)),
            signature=method(net_parameters(unit, writer.used)),
            setup=tuple(writer.lets() + writer.setup),
            forward=tuple(writer.forward),
            base=self.target.module,
            returns=self.target.tensors if unit.outputs else self.target.tensor,
        )

    def _function(self, key: Key, definition: Definition) -> FunctionView:
        unit = definition.unit
        writer = UnitWriter(self.target, self._construct, unit, {}, definition)
        body = writer.sequence(unit.members)
        name = self.book.top_name(identifier(unit.name))
        takes = parameters(definition, writer.used)
        self.book.constructors[key] = Constructor(name, takes, ())
        self.placed += writer.placed
        return FunctionView(
            signature=function(name, takes, self.target.sequence),
            doc=self.book.doc(unit, [describe_unit(unit)]),
            body=(*writer.lets(4), *sequence_lines(f"return {body}", 4)),
        )

    def _construct(
        self, instance: Instance, bindings: Mapping[str, Expr], used: set[str]
    ) -> Code:
        """The expression that makes one instance."""
        name, args = self.book.call(instance, bindings, used)
        return Code(f"{name}({join(args)})")


def _text(classes: tuple[ClassView, ...], functions: list[FunctionView]) -> str:
    lines = [line for view in classes for line in (*view.setup, *view.forward)]
    return "\n".join([*lines, *(line for view in functions for line in view.body)])


def _tuple(names: list[Code]) -> Code:
    """A tuple of names, one on each line where they are too many for one."""
    text = f"({join(names)}{',' if len(names) == 1 else ''})" if names else ""
    if len(text) > WIDTH - _TUPLE_HEAD:
        text = "\n".join(("(", *(f"    {name}," for name in names), ")"))
    return Code(text)
