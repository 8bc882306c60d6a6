"""The shortcuts that the compiler put in: where, why, and what they cost."""

from __future__ import annotations

from typing import NamedTuple

from resdsl.analysis.walk import walk
from resdsl.core.source import Span
from resdsl.ir.net import Merge, Net


class Bridge(NamedTuple):
    """One inserted shortcut; `count` times where a rolled repeat has it."""

    name: str
    rule: str
    why: str
    before: str
    after: str
    layers: str
    parameters: int
    count: int
    span: Span


def bridges(net: Net) -> list[Bridge]:
    """Every W_s, in the order of computation."""
    found: list[Bridge] = []
    for name, item, count in walk(net):
        if isinstance(item, Merge) and item.shortcut is not None:
            unit = item.shortcut.unit
            kinds = [getattr(part, "kind", None) for part in unit.body]
            found.append(
                Bridge(
                    ".".join(filter(None, (name, item.shortcut.name))),
                    unit.name,
                    item.why,
                    str(item.x),
                    str(item.y),
                    " | ".join(kind.name for kind in kinds if kind is not None),
                    unit.parameters * count,
                    count,
                    item.span,
                )
            )
    return found
