"""Pages of functions: a function per block that takes a tensor and gives a tensor.

Serves every target whose networks are graphs of calls; the words are the target's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from resdsl.analysis.vocabulary import vocabulary
from resdsl.emit.book import Book, Constructor, named, with_support
from resdsl.emit.fold import Definition, Key
from resdsl.emit.layout import wrap
from resdsl.emit.shapes import describe_net, describe_unit
from resdsl.emit.signature import Parameter, net_parameters, parameters
from resdsl.emit.statements import StatementWriter
from resdsl.emit.target import FunctionTarget
from resdsl.emit.text import Code, identifier, join
from resdsl.emit.views import BlockView, FunctionPage
from resdsl.ir.bindings import net_bindings
from resdsl.ir.net import Net
from resdsl.values.shape import Shape

_NAME = re.compile(r"[A-Za-z_]\w*")
_TEXT = re.compile(r'"[^"]*"')


def build_page(net: Net, target: FunctionTarget) -> FunctionPage:
    """The whole page of `net`."""
    return _Page(net, target).build()


class _Page:
    def __init__(self, net: Net, target: FunctionTarget) -> None:
        self.net = net
        self.target = target
        self.book = Book(net, target.reserved | target.locals)

    def build(self) -> FunctionPage:
        name = self.book.top_name(identifier(self.net.name))
        functions = [
            self._function(key, definition)
            for key, definition in self.book.folding.definitions.items()
        ]
        net = self._net(name)
        used = _used((*functions, net), self.target.support)
        return FunctionPage(
            source=self.book.source(),
            imports=join(named(self.target.imports, used)),
            support=named(tuple(self.target.support), used),
            functions=tuple(functions),
            whole=vocabulary(self.net) is not None,
            net=net,
        )

    def _function(self, key: Key, definition: Definition) -> BlockView:
        unit = definition.unit
        writer = StatementWriter(self.target, self.book, unit, {}, definition)
        rule = unit.role == "shortcut"
        body = writer.write(indent=8 if rule else 4, returns=True)
        takes = tuple(
            writer.local(parameter)
            for parameter in parameters(definition, writer.used)
            if parameter.name != "in_channels"
        )
        name = self.book.top_name(identifier(unit.name))
        shortcuts = tuple(writer.shortcuts())
        self.book.constructors[key] = Constructor(name, takes, shortcuts)
        bridges = [
            (shortcut, definition.optional(at))
            for at, shortcut in enumerate(shortcuts)
            if shortcut is not None
        ]
        words = [
            *(p.local for p in takes if p.default is None),
            *(bridge for bridge, optional in bridges if not optional),
            *(_with_default(p) for p in takes if p.default is not None),
            *(f"{bridge}=None" for bridge, optional in bridges if optional),
        ]
        return BlockView(
            signature=_head(name, words if rule else ["x", *words, "*", "name"]),
            doc=self.book.doc(unit, [describe_unit(unit, self.target.last)]),
            closure=rule,
            body=body,
            result=writer.result,
        )

    def _net(self, name: Code) -> BlockView:
        unit = self.net.unit
        writer = StatementWriter(self.target, self.book, unit, net_bindings(unit), None)
        body = writer.write(indent=4, returns=False)
        takes = map(writer.local, net_parameters(unit, writer.used))
        shape = f"input_shape={_input_shape(unit.x, self.target.last)}"
        words = [*map(_with_default, takes), "*", shape, f'name="{name}"']
        return BlockView(
            signature=_head(name, words),
            doc=self.book.doc(unit, describe_net(self.net, self.target.last)),
            closure=False,
            body=body,
            result=writer.result,
        )


def _used(
    functions: Iterable[BlockView], support: Mapping[str, tuple[str, ...]]
) -> set[str]:
    """The names in the lines of a page, and those behind what it brings along."""
    used = (
        name
        for view in functions
        for line in view.body
        for name in _NAME.findall(_TEXT.sub("", line))
    )
    return with_support(used, support)


def _head(name: Code, words: list[str]) -> tuple[Code, ...]:
    return tuple(Code(line) for line in wrap(f"def {name}({', '.join(words)})", 0, ":"))


def _with_default(parameter: Parameter) -> str:
    return f"{parameter.local}={parameter.default}"


def _input_shape(x: Shape, last: bool) -> str:
    """The shape of one example as code; an open size is none."""
    sizes = [str(size) if isinstance(size, int) else "None" for size in x.spatial]
    channels = str(int(x.channels))
    parts = [*sizes, channels] if last else [channels, *sizes]
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
