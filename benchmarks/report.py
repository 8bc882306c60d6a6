"""A report as Markdown, as JSON, and between the markers of the README."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Compare, Measurement

README = Path(__file__).with_name("README.md")

HEAD = """\
| measured | over | ratio | quartiles | target | |
|:--|:--|--:|:-:|--:|:--|
"""


@dataclass(frozen=True)
class Report:
    """One command's results: facts that need no clock, then tables of ratios."""

    name: str
    rounds: int
    packages: tuple[str, ...]
    facts: Mapping[str, str]
    tables: Mapping[str, Sequence[Measurement]]

    def machine(self) -> str:
        installed = [f"{name} {version(name)}" for name in self.packages]
        python = f"Python {platform.python_version()}"
        system = f"{platform.system()} {platform.machine()}"
        cores = f"{os.cpu_count()} cores"
        return ", ".join([python, *installed, system, cores])

    def markdown(self) -> str:
        parts = [f"{self.machine()}; {self.rounds} rounds."]
        if self.facts:
            parts.append("\n".join(f"- {k}: {v}" for k, v in self.facts.items()))
        for title, measured in self.tables.items():
            parts += [f"**{title}**", table(measured)]
        return "\n\n".join(parts) + "\n"

    def json(self) -> str:
        """All samples, in seconds, for whoever wants another statistic."""
        record = {
            "name": self.name,
            "machine": self.machine(),
            "rounds": self.rounds,
            "facts": dict(self.facts),
            "tables": {title: _records(table) for title, table in self.tables.items()},
        }
        return json.dumps(record, indent=1) + "\n"

    def write(self, page: Path = README) -> None:
        """Puts the results between this report's markers: no figure is hand-typed."""
        begin, end = f"<!-- {self.name}: begin -->\n", f"<!-- {self.name}: end -->\n"
        before, found_begin, rest = page.read_text("utf-8").partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found_begin and found_end):
            raise SystemExit(f"{page.name} has no markers for {self.name!r}")
        results = f"{begin}\n{self.markdown()}\n{end}"
        page.write_text(before + results + after, "utf-8")


def table(measurements: Sequence[Measurement]) -> str:
    lines = [_line(one, row) for one in measurements for row in one.rows]
    return HEAD + "\n".join(lines)


def _line(measured: Measurement, row: Compare) -> str:
    ratio = measured.ratio(row)
    target = "" if row.target is None else f"≤ {row.target:g}"
    over = row.over if row.work == 1 else f"{row.over}, {row.work:.4g} times"
    quartiles = f"{_digits(ratio.low)} … {_digits(ratio.high)}"
    cells = [row.name, over, _digits(ratio.median), quartiles, target]
    return f"| {' | '.join(cells)} | {measured.verdict(row)} |"


def _digits(ratio: float) -> str:
    """Two places near 1, where a hundredth matters; three digits far below it."""
    if ratio >= 10:
        return f"{ratio:.1f}"
    return f"{ratio:.3f}" if ratio >= 0.1 else f"{ratio:.3g}"


def _records(measurements: Sequence[Measurement]) -> dict[str, object]:
    return {
        "rows": [_record(one, row) for one in measurements for row in one.rows],
        "seconds": {k: [*v] for one in measurements for k, v in one.seconds.items()},
    }


def _record(measured: Measurement, row: Compare) -> dict[str, object]:
    ratio = measured.ratio(row)
    return {
        "name": row.name,
        "over": row.over,
        "work": row.work,
        "target": row.target,
        "median": ratio.median,
        "quartiles": [ratio.low, ratio.high],
        "verdict": measured.verdict(row),
    }
