"""Holds the nets of examples/zoo to their originals: `python -m tests.zoo resnet`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resdsl import ResdslError

if TYPE_CHECKING:
    from registry import Model

HERE = Path(__file__).resolve().parent
TARGETS = ("keras", "onnx")


def main() -> int:
    asked = _arguments()
    for folder in (HERE.parent, HERE.parent / "torch", HERE):
        sys.path.insert(0, str(folder))
    from registry import chosen

    try:
        models = chosen(asked.names)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if asked.list:
        for model in models:
            print(f"{model.family:12} {model.name:24} {model.source}")
        return 0
    usual = TARGETS if asked.write else ()
    targets = usual if asked.targets is None else tuple(asked.targets)
    failed = [model for model in models if not _run(model, targets, asked.write)]
    print(f"{len(models) - len(failed)} of {len(models)} as expected")
    if asked.write:
        import page

        page.write()
    return bool(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.zoo", description=__doc__)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="models or families; all, if none is")
    add("--targets", nargs="*", choices=TARGETS, help="run these beside torch")
    add("--write", action="store_true", help="update docs/zoo.md; runs all targets")
    add("--list", action="store_true", help="show what would be run")
    return parser.parse_args()


def _run(model: Model, targets: Sequence[str], write: bool) -> bool:
    """Compare one model and say what was found; whether it was as expected."""
    import results
    import torch
    from examine import examine

    torch.set_num_threads(1)
    begin = time.perf_counter()
    try:
        row, faults = examine(model, [t for t in targets if t in model.targets])
    except ResdslError as error:
        print(f"{model.name}: does not compile\n{error}", flush=True)
        return False
    seconds = time.perf_counter() - begin
    print(f"{model.name}: {results.sentence(row)} ({seconds:.0f} s)", flush=True)
    for fault in faults:
        print("  " + fault.replace("\n", "\n  "), flush=True)
    if write and not faults:
        results.record(model.name, row)
    return not faults


if __name__ == "__main__":
    sys.exit(main())
