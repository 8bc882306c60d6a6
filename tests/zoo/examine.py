"""One model, through every comparison that is asked for."""

from collections.abc import Sequence

from comparison import compare
from elsewhere import run
from registry import Model
from results import Row


def examine(model: Model, targets: Sequence[str] = ()) -> tuple[Row, list[str]]:
    """What was measured, and what is not as it should be."""
    found = compare(model, model.load())
    elsewhere = run(model, found, targets) if found.state else {}
    torch = (found.single, found.double)
    row = Row(
        found.parameters,
        found.macs,
        found.state_dict,
        *torch,
        **elsewhere,
        own=found.own,
    )
    return row, found.faults
