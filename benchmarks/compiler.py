"""How fast the compiler is: cold, warm, and as its programs grow.

Run it as `python -m benchmarks.compiler`; `--help` tells the rest.
"""

import shutil
import tempfile
from functools import partial
from itertools import product
from pathlib import Path

from benchmarks import facts, options, programs
from benchmarks.install import ROOT, Installed, install
from benchmarks.measure import (
    PROCESS_ROUNDS,
    Compare,
    Maker,
    Measurement,
    Timer,
    round_robin,
)
from benchmarks.report import Report
from benchmarks.timers import process
from benchmarks.warm import Warm, warm

BARE = "`python -c pass`"
IMPORTS = "`import lark, jinja2`"
EXAMPLE = "examples/resnet.res"
COMPILE = [
    *("compile", EXAMPLE, "--net", "resnet50"),
    *("--target", "torch", "-o", "resnet50.py"),
]
DEPTHS = {
    "depths": ",".join(
        f"[{a},4,{b},{c}]"
        for a, b, c in product((2, 3, 4), (4, 5, 6, 7, 8, 9), (2, 3, 4))
    )
}


def main() -> None:
    given = options.read("compiler", __doc__, PROCESS_ROUNDS, PROCESS_ROUNDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installed = install(folder)
        shutil.copytree(ROOT / "examples", folder / "examples")
        start = facts.of_start(installed, folder, COMPILE)
        cold = whole_processes(installed, folder, given.rounds)
        with warm(installed, folder) as compiler:
            tables = {
                "Whole processes": [cold],
                "In a warm process": [
                    in_one(compiler, installed, folder, given.rounds)
                ],
                "As programs grow": [growth(compiler, given.rounds)],
                "Sweeps, for each net": [
                    sweeps(compiler, installed, folder, given.rounds)
                ],
            }
            found = start | repeats(compiler)
    given.deliver(Report("compiler", given.rounds, (), found, tables))


def whole_processes(installed: Installed, folder: Path, rounds: int) -> Measurement:
    python, resdsl = installed.python, installed.resdsl
    commands = {
        BARE: [python, "-c", "pass"],
        IMPORTS: [python, "-c", "import lark, jinja2"],
        "`resdsl --help`": [resdsl, "--help"],
        "`resdsl compile`, resnet50": [resdsl, *COMPILE],
        "`resdsl check`": [resdsl, "check", EXAMPLE],
    }
    makers = {
        name: partial(process, command, folder) for name, command in commands.items()
    }
    rows = [
        Compare(IMPORTS, BARE),
        Compare("`resdsl --help`", BARE),
        Compare("`resdsl compile`, resnet50", BARE),
        Compare("`resdsl compile`, resnet50", IMPORTS, target=1.5),
        Compare("`resdsl check`", IMPORTS),
    ]
    return round_robin(makers, rows, rounds, "whole processes")


def in_one(
    compiler: Warm, installed: Installed, folder: Path, rounds: int
) -> Measurement:
    text = (folder / EXAMPLE).read_text("utf-8")
    name = 'resnet152, `load(…).source("torch")`'
    makers: dict[str, Maker] = {
        BARE: partial(process, [installed.python, "-c", "pass"], folder),
        name: partial(compiling, compiler, text, "resnet152"),
    }
    return round_robin(makers, [Compare(name, BARE, target=1.5)], rounds, "warm")


def growth(compiler: Warm, rounds: int) -> Measurement:
    """Warm, because the start that every process pays would flatter the ratio."""
    makers: dict[str, Maker] = {}
    rows: list[Compare] = []
    for program in (programs.many_blocks, programs.long_net):
        short, long = program(1_000), program(10_000)
        net = program.__name__
        label = net.replace("_", " ")
        small, large = f"{label}, 1,000 lines", f"{label}, 10,000 lines"
        makers[small] = partial(compiling, compiler, short, net)
        makers[large] = partial(compiling, compiler, long, net)
        work = long.count("\n") / short.count("\n")
        rows.append(Compare(large, small, target=1.3, work=work))
    few, many = "`10 * unit 64`", "`1000 * unit 64`"
    makers[few] = partial(compiling, compiler, programs.repeated(10), "repeated")
    makers[many] = partial(compiling, compiler, programs.repeated(1000), "repeated")
    rows.append(Compare(many, few, target=1.2))
    return round_robin(makers, rows, rounds, "growth")


def sweeps(
    compiler: Warm, installed: Installed, folder: Path, rounds: int
) -> Measurement:
    """Thirty nets while Python starts and does nothing are some 2,000 a second."""
    makers: dict[str, Maker] = {
        BARE: partial(process, [installed.python, "-c", "pass"], folder),
        IMPORTS: partial(
            process, [installed.python, "-c", "import lark, jinja2"], folder
        ),
    }
    rows: list[Compare] = []
    for name, values, target in (
        ("resnet50, depths and widths", DEPTHS | {"width": "16..576:16"}, 1 / 30),
        ("resnet50, no block twice", {"width": "32..131"}, None),
    ):
        nets = compiler.sweep(programs.FAMILY, "family", values).nets
        makers[name] = partial(sweeping, compiler, values)
        parsed = f"{name}, once parsed"
        makers[parsed] = partial(going_on, compiler, values)
        rows += [
            Compare(name, BARE, target=target, work=nets),
            Compare(parsed, BARE, target=target, work=nets - 1),
            Compare(parsed, IMPORTS, work=nets - 1),
        ]
    return round_robin(makers, rows, rounds, "sweeps")


def sweeping(compiler: Warm, values: dict[str, str]) -> Timer:
    return lambda: compiler.sweep(programs.FAMILY, "family", values).seconds


def going_on(compiler: Warm, values: dict[str, str]) -> Timer:
    """All nets of a sweep but the first, for which the text is read and parsed."""

    def timed() -> float:
        swept = compiler.sweep(programs.FAMILY, "family", values)
        return swept.seconds - swept.first

    return timed


def compiling(compiler: Warm, text: str, net: str) -> Timer:
    return lambda: compiler.compile(text, net).seconds


def repeats(compiler: Warm) -> dict[str, str]:
    few = compiler.compile(programs.repeated(10), "repeated").bytes
    many = compiler.compile(programs.repeated(1000), "repeated").bytes
    name = "bytes of `1000 * unit 64` over those of `10 * unit 64`"
    return {name: f"{many / few:.3f} ({many:,} over {few:,}), target ≤ 1.2"}


if __name__ == "__main__":
    main()
