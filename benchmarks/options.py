"""The command line that both benchmarks share."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Report


@dataclass(frozen=True)
class Options:
    rounds: int
    least: int
    json: Path | None
    write: bool

    def deliver(self, report: Report) -> None:
        print(report.markdown(), end="")
        if self.json:
            self.json.write_text(report.json(), "utf-8")
        if self.write:
            report.write()


def read(module: str, purpose: str | None, rounds: int, least: int) -> Options:
    parser = argparse.ArgumentParser(f"python -m benchmarks.{module}", None, purpose)
    add = parser.add_argument
    add("--rounds", type=int, default=rounds, help="default: %(default)s")
    add("--json", type=Path, metavar="PATH", help="write all samples")
    add("--write", action="store_true", help="update the tables of the README")
    given = parser.parse_args()
    # A few rounds will do to try things out, not to publish a figure.
    if given.rounds < 2 or (given.write and given.rounds < least):
        parser.error(f"--rounds: at least 2, and at least {least} with --write")
    return Options(given.rounds, least, given.json, given.write)
