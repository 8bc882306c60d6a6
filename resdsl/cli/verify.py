"""`resdsl verify`: one function in every framework, or the place where it is not."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from resdsl.cli.common import UsageError, limits, outputs, params, read, refuse, tell
from resdsl.compiler import Origin, net_names
from resdsl.core.diagnostic import ResdslError

if TYPE_CHECKING:
    from resdsl.verify import Plan, Result

_COLUMNS = ("float32", "float64", "loss", "gradients", "statistics")


def run(arguments: argparse.Namespace) -> int:
    """Verify the net that is named, or all that are complete."""
    try:
        results = _verified(_plan(arguments))
    except ImportError as error:
        hint = "pip install 'resdsl[verify]'"
        return refuse(UsageError(f"cannot verify without {error.name}: {hint}"))
    except ResdslError as error:
        return tell(error)
    except UsageError as error:
        return refuse(error)
    ok = all(result.ok for result in results)
    if arguments.format == "json":
        found = {"ok": ok, "results": [result.data() for result in results]}
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(_table(results)))
    return 0 if ok else 1


def _plan(arguments: argparse.Namespace) -> Plan:
    from resdsl.verify import Job, Plan, runner_names

    if min(arguments.batch, arguments.size) < 1 or arguments.seed < 0:
        raise UsageError("--batch and --size want at least 1, --seed at least 0")
    try:
        runners = runner_names(arguments.targets and arguments.targets.split(","))
    except ValueError as error:
        raise UsageError(str(error)) from None
    bounds = limits(arguments)
    data, origin = read(arguments.file, bounds)
    nets = (arguments.net,) if arguments.net else tuple(net_names(data, origin))
    job = Job(
        text=data.decode("utf-8", "surrogateescape"),
        origin=Origin(origin.name, origin.root and origin.root.resolve()),
        params=params(arguments),
        limits=bounds,
        nets=nets,
        dtypes=("float32", "float64"),
        outputs=outputs(arguments),
        train=arguments.train,
    )
    return Plan(job, tuple(runners), arguments.batch, arguments.size, arguments.seed)


def _verified(plan: Plan) -> list[Result]:
    """All results, with a bar on standard error where that is a terminal."""
    from tqdm import tqdm

    from resdsl.verify import verify

    steps = len(plan.job.nets) * (1 + len(plan.runners))
    with tqdm(total=steps, disable=None, leave=False, unit="run") as bar:

        def progress(runner: str, net: str) -> None:
            bar.set_description(f"{runner} {net}"[:40])
            bar.update()

        return list(verify(plan, progress))


def _table(results: list[Result]) -> list[str]:
    """A line for each net in each framework: the differences, and what they mean."""
    asked = {verdict.what for result in results for verdict in result.verdicts}
    columns = [column for column in _COLUMNS if column in asked]
    rows = [["net", "input", "target", *columns, ""]]
    for result in results:
        apart = {v.what: f"{v.difference:.1e}" for v in result.verdicts}
        rows.append(
            [
                result.net,
                " x ".join(map(str, result.shape)),
                result.runner,
                *(apart.get(column, "-") for column in columns),
                _verdict(result),
            ]
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    broken = {result.runner: result.failed for result in results if result.failed}
    return [*lines, *(f"\n{name} ended:\n{said}" for name, said in broken.items())]


def _verdict(result: Result) -> str:
    if result.skipped:
        return f"skipped: {result.skipped}"
    if result.failed:
        return "FAILED"
    wrong = [v for v in result.verdicts if not v.ok]
    if not wrong:
        return f"ok; {result.note}" if result.note else "ok"
    places = [f"{v.what} first at {v.where or 'the output'}" for v in wrong]
    return f"DIFFERS: {', '.join(places)}"
