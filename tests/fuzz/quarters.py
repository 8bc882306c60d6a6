"""The random nets of the tests: four times as many as here, a file each.

For the sake of pytest-xdist, which keeps the tests of a file in one process.
"""

from held import hold
from reached import wanted
from runs import search

ENOUGH = 500


def holds_a_quarter(number: int) -> None:
    tally = search(hold, ENOUGH, number)
    assert tally.held == ENOUGH
    assert wanted() - tally.found.keys() == set()
    # What is refused has findings: an even kernel that leaves nothing, a start that a
    # rule cannot have. What rounding alone may move is held in the other precision.
    assert tally.refused.total() < 0.03 * ENOUGH
    assert tally.excused["float32"] < 0.06 * ENOUGH
    assert tally.excused["float64"] < 0.02 * ENOUGH
