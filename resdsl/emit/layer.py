"""One layer as a template's macro sees it: its arguments as code, asked for by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from resdsl.emit.text import Code, value
from resdsl.ir.net import Node
from resdsl.values.expr import Expr, expr_of, substitute, variables
from resdsl.values.guards import is_number
from resdsl.values.language import Extent

Say = Callable[[object], Code]
Facts = Mapping[str, Callable[[Node, Say], Code]]
"""What a target adds to a layer's own arguments, worked out where a macro asks."""


class LayerView:
    """The arguments of one layer. Only what a macro prints counts as used.

    An argument with its neutral value, a false flag and an absent value are empty, so a
    template can ask `{% if a.stride %}`.
    """

    def __init__(
        self,
        node: Node,
        bindings: Mapping[str, Expr],
        neutral: Mapping[str, str],
        facts: Facts,
        used: set[str],
        inplace: bool = False,
    ) -> None:
        self._node = node
        self._bindings = bindings
        self._neutral = neutral
        self._facts = facts
        self._used = used
        self._fields: dict[str, Any] = {
            **node.kind.settled(),
            "inplace": inplace,
        }

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        if name == "rank":
            return self._node.x.rank
        if name in self._facts:
            return self._facts[name](self._node, self._say)
        if name == "in_channels":
            return self._say(self._node.x.channels)
        if name not in self._fields:
            raise AttributeError(name)
        item = self._fields[name]
        if item is False:
            return Code("")
        text = self._say(item)
        return Code("") if self._neutral.get(name) == text else text

    def _say(self, item: object) -> Code:
        for number in item if isinstance(item, Extent) else (item,):
            if is_number(number):
                self._used |= variables(substitute(expr_of(number), self._bindings))
        return value(item, self._bindings)
