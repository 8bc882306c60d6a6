"""Many variants of one net: in order, whatever fails."""

import contextlib
import gc
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import resdsl
from resdsl.cli import main
from resdsl.compiler import Opened, Origin
from resdsl.core.diagnostic import ResdslError
from resdsl.core.limits import Limits
from resdsl.core.render import as_data
from resdsl.values.shape import Shape
from resdsl.variants import Grid, parse_values, variants
from tests.sweep.family import TEXT

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "family.res"
    path.write_text(TEXT, "utf-8")
    return path


def run(*words: str) -> tuple[int, str, str]:
    """A command's status, output and errors."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["check", *words])
    return status, out.getvalue(), err.getvalue()


def records(*words: str) -> list[dict[str, Any]]:
    _, out, _ = run(*words, "--format", "jsonl")
    return [json.loads(line) for line in out.splitlines()]


# --- the grid ---


def test_the_last_varies_fastest(file: Path) -> None:
    found = records(
        *(str(file), "--net", "family", "--set", "unit=basic", "--sweep"),
        *("depths=[1,2],[3]", "width=4..12:4", "classes=2,3"),
    )
    assert [r["set"] for r in found] == [
        {"unit": "basic", "depths": d, "width": w, "classes": c}
        for d, w, c in itertools.product(([1, 2], [3]), (4, 8, 12), (2, 3))
    ]
    assert all(r["status"] == "valid" for r in found)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("18", ["18"]),
        ("18, 34,50", ["18", "34", "50"]),
        ("1..3", [1, 2, 3]),
        ("32..128:32", [32, 64, 96, 128]),
        ("32..127:32", [32, 64, 96]),
        ("3..1:-1", [3, 2, 1]),
        ("-1..1", [-1, 0, 1]),
        ("1,4..6,2 ** 3", ["1", 4, 5, 6, "2 ** 3"]),
        ("[2,2],[3,4]", ["[2,2]", "[3,4]"]),
        ("deep(groups=2, stride=2),basic", ["deep(groups=2, stride=2)", "basic"]),
        ("max(1, 2),[f(1,2),3]", ["max(1, 2)", "[f(1,2),3]"]),
        ("5..5", [5]),
    ],
)
def test_values_are_read(text: str, values: list[object]) -> None:
    assert list(parse_values(text)) == values


@pytest.mark.parametrize(
    "text", ["", "1,", ",1", "1..", "..2", "1..2..3", "3..1", "1..9:0", "1..9:", "a..b"]
)
def test_values_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"range|missing|number|advances"):
        parse_values(text)


def test_a_grid_is_not_laid_out() -> None:
    grid = Grid({"a": parse_values("1..1000000000"), "b": ["x", "y"]})
    assert len(grid) == 2 * 10**9
    assert grid[2 * 10**9 - 1] == {"a": 10**9, "b": "y"}


# --- the lines ---


def test_a_line_says_it_all(file: Path) -> None:
    base = (str(file), "--net", "family", "--set", "unit=basic")
    good, bad = records(*base, "--sweep", "depths=[1,1],[1,0]", "--set", "width=4")
    net = resdsl.load(file, net="family", unit="basic", depths=[1, 1], width=4)
    assert good == {
        "set": {"unit": "basic", "width": 4, "depths": [1, 1]},
        "status": "valid",
        "findings": [],
        "name": "family",
        "input": "(3, 16, 16)",
        "output": "(10,)",
        "parameters": net.params,
        "macs": net.macs,
        "operators": net.ir.unit.operators,
    }
    with pytest.raises(ResdslError) as raised:
        resdsl.load(file, net="family", unit="basic", depths=[1, 0], width=4)
    assert bad["status"] == "invalid"
    assert bad["findings"] == [as_data(d) for d in raised.value.diagnostics]
    assert bad.keys() == good.keys()
    assert bad["parameters"] is bad["macs"] is bad["output"] is None


def test_over_budget_is_no_finding(file: Path) -> None:
    base = (str(file), "--net", "small", "--sweep", "width=8..32:8")
    sizes = [(r["parameters"], r["macs"]) for r in records(*base)]
    for flag, at in (("--budget-params", 0), ("--budget-macs", 1)):
        most = sizes[1][at]
        status, out, _ = run(*base, flag, str(most), "--format", "jsonl")
        states = [json.loads(line)["status"] for line in out.splitlines()]
        assert states == ["valid", "valid", "over budget", "over budget"]
        assert status == 0
    assert {r["status"] for r in records(*base, "--budget-params", "1.5k")} == {
        "over budget"
    }
    assert {r["status"] for r in records(*base, "--budget-macs", "4G")} == {"valid"}


def test_a_cost_that_is_a_formula_is_null(tmp_path: Path) -> None:
    path = tmp_path / "any.res"
    path.write_text("net n(w):\n    input 3 x H x W\n    conv 3x3, w\n", "utf-8")
    (found,) = records(str(path), "--sweep", "w=4", "--budget-macs", "1")
    assert (found["status"], found["macs"]) == ("valid", None)
    assert found["output"] == "(4, H, W)"


def test_a_table_adds_up(file: Path) -> None:
    status, out, _ = run(
        *(str(file), "--net", "small", "--sweep", "width=4,8,0", "classes=2,3"),
        *("--budget-params", "10k"),
    )
    rows = out.splitlines()
    assert rows[0].split()[:3] == ["width", "classes", "status"]
    assert len(rows) == 2 + 6 + 1 + 3
    assert rows[-3] == "6 nets: 2 valid, 2 invalid, 2 over budget"
    assert rows[-2].startswith("fewest parameters: ")
    assert rows[-1].endswith(" with width=4 classes=3")
    assert status == 1


# --- usage ---


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--sweep width", "NAME=VALUES"),
        ("--sweep =3", "NAME=VALUES"),
        ("--sweep width=", "a value is missing"),
        ("--sweep width=4..2", "holds no number"),
        ("--sweep width=4..8:x", "is no range"),
        ("--sweep width=4 width=8", "gives 'width' twice"),
        ("--sweep width=4 --sweep width=8", "gives 'width' twice"),
        ("--sweep width=4 --set width=8", "both give 'width'"),
        ("--sweep width=4 --jobs 0", "--jobs wants at least 1"),
        ("--sweep width=4 --format json", "jsonl"),
        ("--sweep width=4 -v", "-v"),
        ("--sweep width=4 --budget-params many", "25M"),
        ("--sweep width=4 --budget-macs -3", "25M"),
        ("--sweep width=4 --max-nesting 0", "--max-nesting wants"),
        ("--sweep a=0..999999999999999999 b=0..99999", "can be counted"),
        ("--net small", "goes with --sweep"),
        ("--set width=4", "goes with --sweep"),
        ("--jobs 2", "goes with --sweep"),
        ("--budget-macs 4G", "goes with --sweep"),
        ("--format jsonl", "goes with --sweep"),
    ],
)
def test_usage(file: Path, words: str, says: str) -> None:
    status, out, err = run(str(file), *words.split())
    assert (status, out) == (2, "")
    assert says in err


def test_one_file_at_a_time(file: Path) -> None:
    assert run(str(file), str(file), "--sweep", "width=4")[0] == 2
    assert run(str(file.with_name("none.res")), "--sweep", "width=4")[0] == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--net small --sweep wdith=4", "E103"),
        ("--net smal --sweep width=4", "E104"),
        ("--net family --sweep width=4", "E203"),
    ],
)
def test_what_no_value_can_mend_is_told_once(file: Path, words: str, code: str) -> None:
    status, out, err = run(str(file), *words.split())
    assert (status, out) == (1, "")
    assert f"error[{code}]" in err


def test_a_file_with_faults_is_told_once(file: Path) -> None:
    file.write_text(TEXT + "\nnet broken:\n    input 3 3\n", "utf-8")
    status, out, err = run(str(file), "--net", "small", "--sweep", "width=4..8")
    assert (status, out) == (1, "")
    assert err.count("error[E002]") == 1


def test_the_only_complete_net_is_taken(file: Path) -> None:
    assert {r["name"] for r in records(str(file), "--sweep", "width=4")} == {"small"}


# --- what fails ---


def test_a_crash_is_a_finding_of_its_own(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from resdsl.ops.linear import Linear

    def shape(self: Linear, x: Shape) -> Shape:
        if int(self.out_features) == 7:
            raise ZeroDivisionError("planted")
        return good(self, x)

    good = Linear.shape
    monkeypatch.setattr(Linear, "shape", shape)
    found = records(str(file), "--net", "small", "--sweep", "classes=6..8")
    assert [r["status"] for r in found] == ["valid", "invalid", "valid"]
    (finding,) = found[1]["findings"]
    assert finding["code"] == "E020"
    assert "planted" in finding["message"]


# --- processes ---

MANY = (
    *("--net", "family", "--set", "depths=[1,2]", "--sweep"),
    *("unit=basic,deep,shallow", "width=1..40", "classes=2,0"),
)


@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_two_processes_say_the_same(file: Path, form: str) -> None:
    one = run(str(file), *MANY, "--format", form)
    two = run(str(file), *MANY, "--format", form, "--jobs", "2")
    assert one == two
    assert one[0] == 1
    assert len(one[1].splitlines()) >= 240


KILLED = """
import os
from resdsl.ops.linear import Linear
good = Linear.shape
def shape(self, x):
    if int(self.out_features) == 77:
        os.kill(os.getpid(), 9)
    return good(self, x)
Linear.shape = shape
"""


def test_a_process_that_dies_costs_one_net(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(KILLED, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    base = (str(file), "--net", "small", "--jobs", "2")
    found = records(*base, "--sweep", "classes=1..150")
    assert [r["set"]["classes"] for r in found] == [*range(1, 151)]
    bad = [r for r in found if r["status"] == "invalid"]
    assert [(r["set"], r["findings"][0]["code"]) for r in bad] == [
        ({"classes": 77}, "E020")
    ]


def command(file: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "resdsl", "check", str(file), "--net", "small", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks into /proc")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_leaves_nothing(file: Path, jobs: str) -> None:
    words = ("--sweep", "width=1..1000000", "--format", "jsonl", "--jobs", jobs)
    with command(file, *words) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        started = children(process.pid)
        assert len(started) == (int(jobs) if jobs != "1" else 0)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == b""
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]


def test_who_reads_no_further_ends_it(file: Path) -> None:
    words = ("--sweep", "width=1..1000000", "--format", "jsonl", "--jobs", "2")
    with command(file, *words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == b""


def test_all_outputs_are_told(tmp_path: Path) -> None:
    path = tmp_path / "two.res"
    path.write_text(
        "net two(n):\n    input 4\n    a: linear n\n    b: relu\n    output a, b\n",
        "utf-8",
    )
    found = records(str(path), "--sweep", "n=3")
    assert [row["output"] for row in found] == ["a (3,), b (3,)"]


# --- memory ---


def peak(number: int) -> int:
    """The most memory that a sweep over so many nets takes."""
    opened = Opened(TEXT, Origin("<text>", None))
    grid = Grid({"width": range(1, number + 1)}, {"unit": "basic", "depths": "[1]"})
    gc.collect()
    tracemalloc.start()
    for variant in variants(opened, "family", grid):
        assert variant.checked.nets
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_stays_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resdsl.lower.memory.MOST_STEPS", 20_000)
    few, many = peak(200), peak(2_000)
    assert many < 2 * few


# --- from Python ---


def test_from_python() -> None:
    found = list(
        resdsl.sweep(
            TEXT,
            net="family",
            unit=["basic", "deep"],
            depths=[[1, 2], [0]],
            width="4..8:4",
        )
    )
    assert [c.params["width"] for c in found] == [4, 8] * 4
    assert [c.ok for c in found] == [True, True, False, False] * 2
    for candidate in found:
        if candidate.network is None:
            assert [d.code for d in candidate.diagnostics] == ["E202"]
            continue
        alone = resdsl.load(TEXT, "family", Limits(), **candidate.params)
        assert candidate.network.source("torch") == alone.source("torch")


def test_a_sweep_is_checked_as_it_is_asked_for() -> None:
    started = time.monotonic()
    found = resdsl.sweep(TEXT, net="small", width=range(1, 10**9))
    assert next(found).params == {"width": 1}
    assert time.monotonic() - started < 30


def test_python_is_told_of_what_no_value_can_mend() -> None:
    with pytest.raises(ResdslError, match="E103"):
        resdsl.sweep(TEXT, net="small", wdith=[4])
    with pytest.raises(ValueError, match="'width' has no values"):
        resdsl.sweep(TEXT, net="small", width=[])
