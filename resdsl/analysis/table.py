"""The per-layer table of `resdsl show`."""

from __future__ import annotations

from resdsl.analysis.receptive import fields
from resdsl.analysis.walk import walk
from resdsl.core.record import NamedTuple
from resdsl.ir.count import node_macs, node_parameters
from resdsl.ir.net import Net, Node


class Row(NamedTuple):
    """One layer or merge; numbers are for all `times` that it stands.

    Parameters are told where they stand first.
    """

    name: str
    kind: str
    output: str
    times: int
    parameters: int
    macs: int | None
    receptive_field: str


def rows(net: Net) -> list[Row]:
    """A row for each layer and merge, in the order of computation."""
    table: list[Row] = []
    placed = zip(walk(net), fields(net), strict=True)
    for (name, item, times, again), field in placed:
        kind, parameters, cost = "", 0, 0
        if isinstance(item, Node):
            kind = item.kind.name
            parameters = 0 if again else node_parameters(item) * times
            cost = node_macs(item)
        else:
            kind = item.rule
        total = None if cost is None else cost * times
        output, seen = str(item.y), str(field)
        row = Row(name or net.name, kind, output, times, parameters, total, seen)
        table.append(row)
    return table


def as_text(net: Net) -> str:
    """The table, its sums, and the shapes of the whole."""
    heads = ("name", "kind", "output", "parameters", "MACs", "receptive field")
    table = [
        (
            r.name,
            r.kind,
            r.output,
            f"{r.parameters:,}",
            _count(r.macs),
            r.receptive_field,
        )
        for r in rows(net)
    ]
    total = (
        "total",
        "",
        "" if net.unit.outputs else str(net.unit.y),
        f"{net.unit.parameters:,}",
        _count(net.unit.macs),
        "",
    )
    widths = [
        max(len(row[c]) for row in (heads, *table, total)) for c in range(len(heads))
    ]
    rule = "  ".join("-" * width for width in widths)
    lines = [
        f"{net.name}: {net.unit.x} -> {net.unit.gives}",
        "",
        _line(heads, widths),
        rule,
    ]
    lines += [_line(row, widths) for row in table]
    return "\n".join([*lines, rule, _line(total, widths)])


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    numbers = range(3, 6)
    return "  ".join(
        cell.rjust(width) if column in numbers else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"
