"""What the pages of every target share: their names, their documentation, their uses.

A page is a book of definitions, one for each form of a block or shortcut rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from resdsl.core.record import NamedTuple
from resdsl.core.source import Span
from resdsl.emit.fold import Folding, Key, merges
from resdsl.emit.layout import WIDTH, fill
from resdsl.emit.signature import Parameter
from resdsl.emit.text import Code, formula, free_name, identifier, join, prose
from resdsl.ir.bindings import bindings_of
from resdsl.ir.net import Instance, Net, Unit
from resdsl.values.expr import Expr, substitute, variables

_MARGIN = " " * 4


class Constructor(NamedTuple):
    """How a definition is called; parameters have the names of the source."""

    name: Code
    parameters: tuple[Parameter, ...]
    shortcuts: tuple[Code | None, ...]


class Book:
    """The definitions of one page, in the order in which they need one another."""

    def __init__(self, net: Net, reserved: Iterable[str]) -> None:
        self.net = net
        self.folding = Folding(net)
        self.constructors: dict[Key, Constructor] = {}
        self._forms: dict[Span, list[Unit]] = {}
        for definition in self.folding.definitions.values():
            self._forms.setdefault(definition.unit.span, []).append(definition.unit)
        self.taken = {*reserved, "None", "True", "False"} | self._local_names()
        """The names at the top of the page so far, and those of its functions."""

    def top_name(self, wanted: Code) -> Code:
        """A name of the page's own for a definition."""
        return identifier(free_name(wanted, self.taken))

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

    # --- documentation ---

    def source(self) -> Code:
        """The line that tells where the page comes from."""
        file = prose(re.split(r"[\\/]", self.net.source)[-1])
        short = f"Source: {file}, net {self.net.name}"
        long = f"{short} = {prose(self.net.definition)}"
        return Code(long if self.net.definition and len(long) <= WIDTH else short)

    def doc(self, unit: Unit, facts: list[str]) -> tuple[Code, ...]:
        """A docstring: what it is, the source's own comment, its shapes."""
        lines = [Code(f'{_MARGIN}"""{prose(self._summary(unit))}'), Code("")]
        if unit.comment:
            words = fill(prose(unit.comment), WIDTH - len(_MARGIN)).splitlines()
            lines += [Code(_MARGIN + line) for line in words]
            lines.append(Code(""))
        lines += [Code(f"{_MARGIN}{prose(fact)}") for fact in facts]
        return (*lines, Code(f'{_MARGIN}"""'))

    def _summary(self, unit: Unit) -> str:
        if unit.role == "net":
            return f"Net `{self.net.name}`."
        what = "Shortcut rule" if unit.role == "shortcut" else "Block"
        return f"{what} `{unit.name}`{self._variant(unit)}."

    def _variant(self, unit: Unit) -> str:
        """How this form of a block differs from the other forms on the page."""
        forms = self._forms[unit.span]
        others = [set(form.choices) for form in forms if form is not unit]
        if not others:
            return ""
        own = [c for c in unit.choices if not all(c in choices for choices in others)]
        words = [f"`{text}`" if holds else f"not `{text}`" for text, holds in own]
        return f" where {' and '.join(words)}" if words else ""

    # --- uses ---

    def call(
        self, instance: Instance, bindings: Mapping[str, Expr], used: set[str]
    ) -> tuple[Code, list[Code]]:
        """The name of an instance's definition, and its arguments.

        The names that the arguments depend on are added to `used`.
        """
        constructor = self.constructors[self.folding.key(instance.unit)]
        inner = {
            name: substitute(expr, bindings)
            for name, expr in bindings_of(instance).items()
        }
        args: list[Code] = []
        for parameter in constructor.parameters:
            expr = inner[parameter.name]
            used |= variables(expr)
            text = formula(expr, {})
            if parameter.default is None:
                args.append(text)
            elif text != parameter.default:
                args.append(Code(f"{parameter.local}={text}"))
        for name, merge in zip(
            constructor.shortcuts, merges(instance.unit.body), strict=False
        ):
            if name is not None and merge.shortcut is not None:
                function, given = self.call(merge.shortcut, inner, used)
                args.append(Code(f"{name}={function}({join(given)})"))
        return constructor.name, args


def with_support(
    used: Iterable[str], support: Mapping[str, tuple[str, ...]]
) -> set[str]:
    """The names that are `used`, and those behind what a page brings along.

    What something of `support` is made of stands before it there.
    """
    found = set(used)
    for helper in reversed(tuple(support)):
        if helper in found:
            found.update(support[helper])
    return found


def named(names: tuple[str, ...], used: Iterable[str]) -> tuple[Code, ...]:
    """Those of `names` that are used, in their order."""
    there = set(used)
    return tuple(identifier(name) for name in names if name in there)
