"""What a network holds and costs: operators, trained numbers, multiply-accumulates.

The last are those of convolutions and matrix products, for one example: half of what
torch's FlopCounterMode counts. Repeats are counted at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from resdsl.core.record import NamedTuple
from resdsl.ir.net import Group, Instance, Item, Join, Keep, Node, Repeat


class Cost(NamedTuple):
    """What some items hold and cost together, each repetition counted."""

    operators: int
    """Layers and merges."""
    parameters: int
    """Trained numbers; weights that are used again have been counted."""
    macs: int | None
    """Multiply-accumulates of one example; none where a symbolic size decides."""


_NONE: Mapping[int, Cost] = {}


def cost(items: Iterable[Item | Repeat], known: Mapping[int, Cost] = _NONE) -> Cost:
    """What `items` hold and cost; that of some may be `known`, by their identity."""
    operators = parameters = 0
    macs: int | None = 0
    for item in items:
        held, trained, work = known.get(id(item)) or _cost(item)
        operators += held
        parameters += trained
        macs = None if work is None or macs is None else macs + work
    return Cost(operators, parameters, macs)


def _cost(item: Item | Repeat) -> tuple[int, int, int | None]:
    if isinstance(item, Node):
        return 1, 0 if item.again else node_parameters(item), node_macs(item)
    if isinstance(item, Instance):
        unit = item.unit
        return unit.operators, 0 if item.again else unit.parameters, unit.macs
    if isinstance(item, Repeat):
        held, trained, work = _cost(item.item)
        times = item.times
        return times * held, times * trained, None if work is None else times * work
    if isinstance(item, Group):
        held, trained, work = cost(item.items)
        return held, 0 if item.again else trained, work
    if isinstance(item, Keep | Join):
        return int(isinstance(item, Join) and bool(item.rule)), 0, 0
    parts = [each for path in item.paths for each in path.body]
    if item.shortcut is not None:
        parts.append(item.shortcut)
    held, trained, work = cost(parts)
    return held + 1, trained, work


def node_parameters(node: Node) -> int:
    """The trained numbers of one layer."""
    return sum(
        [
            prod(map(int, weight.shape))
            for weight in node.kind.weights(node.x)
            if weight.trainable
        ]
    )


def node_macs(node: Node) -> int | None:
    """The multiply-accumulates of one layer; none where its output is symbolic."""
    cost = node.kind.macs(node.x, node.y)
    symbolic = cost and not all(isinstance(size, int) for size in node.y.spatial)
    return None if symbolic else cost
