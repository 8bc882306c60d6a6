"""The shortcuts that the compiler put in: where, why, and what they cost."""

from __future__ import annotations

from resdsl.analysis.walk import walk
from resdsl.core.record import NamedTuple
from resdsl.core.source import Span
from resdsl.ir.net import Merge, Net, Node


class Bridge(NamedTuple):
    """One inserted shortcut; `times` is how often a rolled repeat has it."""

    name: str
    rule: str
    why: str
    before: str
    after: str
    layers: str
    parameters: int
    times: int
    span: Span


def bridges(net: Net) -> list[Bridge]:
    """Every W_s, in the order of computation."""
    found: list[Bridge] = []
    for name, item, times, _ in walk(net):
        if isinstance(item, Merge) and item.shortcut is not None:
            unit = item.shortcut.unit
            layers = [part.kind.name for part in unit.body if isinstance(part, Node)]
            found.append(
                Bridge(
                    ".".join(filter(None, (name, item.shortcut.name))),
                    unit.name,
                    item.why,
                    str(item.x),
                    str(item.y),
                    " | ".join(layers),
                    unit.parameters * times,
                    times,
                    item.span,
                )
            )
    return found
