"""A long run of random nets: `python -m tests.fuzz --examples 20000 --seed 7`."""

from __future__ import annotations

import argparse
import hashlib
import sys
import warnings
from pathlib import Path

from tqdm import tqdm

HERE = Path(__file__).resolve().parent
REGRESSIONS = HERE.parent / "regressions"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=2000, help="how many nets")
    parser.add_argument("--seed", type=int, default=0, help="other nets")
    asked = parser.parse_args()
    sys.path.insert(0, str(HERE))
    warnings.simplefilter("error")
    return run(asked.examples, asked.seed)


def run(examples: int, number: int) -> int:
    """Hold nets to the reference; the smallest that fails becomes a regression."""
    import torch
    from held import hold
    from runs import Tally, search

    torch.set_num_threads(1)
    with tqdm(total=examples, unit="net", disable=None) as bar:
        tally = Tally()

        def progress(seen: Tally) -> None:
            bar.update(seen.held - bar.n)

        try:
            search(hold, examples, number, progress, tally, shrink=True)
        except Exception as error:
            if not tally.failing:
                raise
            path = left(tally.failing, error)
            print(f"\n{tally.failing}\n{type(error).__name__}: {error}\nleft in {path}")
            return 1
    print(f"{tally.held} nets held, {tally.refused.total()} refused, ", end="")
    print(f"too close to call in one precision: {dict(tally.excused)}")
    return 0


def left(text: str, error: Exception) -> Path:
    """A failing net as a file, with a first line that asks for the reason."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    path = REGRESSIONS / f"found_{digest}.res"
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    path.write_text(f"# Say here what was wrong: {said}\n{text}", "utf-8", newline="\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
