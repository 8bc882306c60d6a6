"""The lines of a sweep as they are shown: as they are, or as a table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from resdsl.variants import Grid, Values

_STATES = ("valid", "invalid", "over budget")
_COLUMNS = (("status", 11), ("parameters", 15), ("MACs", 19), ("operators", 9))
_FEW = 50
"""More values than this are not looked at for the width of their column."""


def jsonl(lines: Iterator[str]) -> bool:
    """Print the lines; whether one tells of findings."""
    found = False
    for line in lines:
        print(line)
        found |= json.loads(line)["status"] == "invalid"
    return found


class Table:
    """A table that is printed line by line, with what it adds up to below it."""

    def __init__(self, grid: Grid) -> None:
        self._widths = {name: _width(name, v) for name, v in grid.axes.items()}
        self._counts: Counter[str] = Counter()
        self._smallest: dict[str, Any] | None = None
        self._largest: dict[str, Any] | None = None

    def show(self, lines: Iterator[str]) -> bool:
        """Print a row for each line, then the summary; whether there are findings."""
        head = [name.ljust(width) for name, width in self._widths.items()]
        state, *numbers = _COLUMNS
        head += [state[0].ljust(state[1]), *(name.rjust(w) for name, w in numbers)]
        print("  ".join([*head, "output"]))
        print("  ".join("-" * len(cell) for cell in [*head, "output"]))
        for line in lines:
            found = json.loads(line)
            self._add(found)
            print("  ".join(self._row(found)).rstrip())
        print("\n".join(["", *self._summary()]))
        return bool(self._counts["invalid"])

    def _row(self, found: dict[str, Any]) -> list[str]:
        given = found["set"]
        cells = [_cell(given[name]).ljust(w) for name, w in self._widths.items()]
        cells.append(found["status"].ljust(_COLUMNS[0][1]))
        if found["findings"]:
            first, *others = found["findings"]
            more = f" (and {len(others)} more)" if others else ""
            return [*cells, f"{first['code']}: {first['message']}{more}"]
        for (_, width), key in zip(_COLUMNS[1:], _KEYS, strict=True):
            number = found[key]
            cells.append(("-" if number is None else f"{number:,}").rjust(width))
        return [*cells, found["output"]]

    def _add(self, found: dict[str, Any]) -> None:
        self._counts[found["status"]] += 1
        if found["status"] == "valid":
            size = found["parameters"]
            if not self._smallest or size < self._smallest["parameters"]:
                self._smallest = found
            if not self._largest or size > self._largest["parameters"]:
                self._largest = found

    def _summary(self) -> Iterator[str]:
        number = self._counts.total()
        parts = [f"{self._counts[s]:,} {s}" for s in _STATES if self._counts[s]]
        yield f"{number:,} net{'s' * (number != 1)}: {', '.join(parts)}"
        for word, found in (("fewest", self._smallest), ("most", self._largest)):
            if found and number > 1:
                names = (f"{n}={_cell(found['set'][n])}" for n in self._widths)
                size = f"{found['parameters']:,}"
                yield f"{word} parameters: {size} with {' '.join(names)}"


_KEYS = ("parameters", "macs", "operators")


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def _width(name: str, values: Values) -> int:
    ends = {*range(min(_FEW, len(values))), len(values) - 1}
    return max(len(name), *(len(str(values[at])) for at in ends))
