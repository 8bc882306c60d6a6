"""What the numbers of a net's input are."""

from __future__ import annotations

from resdsl.ir.net import Net, Node
from resdsl.ops.embedding import Embedding


def vocabulary(net: Net) -> int | None:
    """How many whole numbers an input may be; none where it is real numbers."""
    first = net.unit.body[0]
    kind = first.kind if isinstance(first, Node) else None
    return int(kind.count) if isinstance(kind, Embedding) else None
