"""The generated page reads as if a careful person wrote it: what a tool can tell."""

import ast
import re
from pathlib import Path

import pytest
from nets import EXAMPLES, NETS, TORCHVISION, load, module_name
from test_keras_programs import NAMES, PROGRAMS, USES, called
from test_reads_well import FAMILIES, SOURCES, python, tool
from test_reference_layers import ARGUMENTS, SIZES, UNEVEN

import resdsl
from resdsl.core.diagnostic import ResdslError

LONGEST_RESNET = 120
DEEP = re.compile(r"\n# Keras follows .*\nsys\.setrecursionlimit\(.*\)\n")
FAMILIES_OF_KERAS = (*FAMILIES, ("keras_resnet50", "keras_resnet101"))


def odd_programs() -> list[str]:
    """Every layer, program and name that the other tests run."""
    layers = [
        f"net n:\n    input {size}\n    {kind} {arguments}\n"
        for kind, several in ARGUMENTS.items()
        for arguments in several
        for size in SIZES
    ]
    uneven = [f"net n:\n    {body}\n" for body in UNEVEN]
    named = [called(what, [name]) for what in USES for name in NAMES]
    return [*layers, *uneven, *PROGRAMS.values(), *named]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a page for every example net and every odd program."""
    folder = tmp_path_factory.mktemp("pages")
    for name in NETS:
        page = load(name).source("keras")
        (folder / f"{module_name(name)}.py").write_text(page, "utf-8", newline="\n")
    for number, text in enumerate(odd_programs()):
        try:
            page = resdsl.load(text).source("keras")
        except ResdslError:
            continue
        (folder / f"odd_{number}.py").write_text(page, "utf-8", newline="\n")
    assert len([*folder.iterdir()]) > len(NETS) + 200
    return folder


def test_ruff_finds_nothing(pages: Path) -> None:
    """A last layer that `return` would wrap gets a line like all others: RET504."""
    rules = "E,W,F,I,UP,B,SIM,RET,C4,PIE,PERF,RUF"
    options = ("--target-version", "py311", "--ignore", "RET504")
    checked = tool("ruff", "check", "--isolated", "--select", rules, *options, pages)
    assert checked.returncode == 0, checked.stdout


def test_ruff_would_format_it_the_same(pages: Path) -> None:
    formatted = tool("ruff", "format", "--isolated", "--check", "--diff", pages)
    assert formatted.returncode == 0, formatted.stdout


@pytest.mark.parametrize("name", NETS)
def test_nothing_is_imported_but_keras(name: str) -> None:
    page = load(name).source("keras")
    tree = ast.parse(page)
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    for node in imports:
        one = isinstance(node, ast.ImportFrom)
        names = [node.module] if one else [alias.name for alias in node.names]
        assert names == ["keras"] or (names == ["sys"] and DEEP.search(page))
    assert page.isascii()
    assert "\t" not in page
    assert page.endswith("\n")
    assert not page.endswith("\n\n")
    assert "/" not in page.partition('"""\n\nimport')[0]


@pytest.mark.parametrize("family", FAMILIES_OF_KERAS, ids=lambda family: family[-1])
def test_a_deeper_net_has_no_longer_page(family: tuple[str, ...]) -> None:
    """But for the head, which a longer name wraps, and stages too short for a loop.

    Nor does what Keras needs to follow so many layers count.
    """
    lengths = [len(body_of(n).splitlines()) for n in family]
    assert max(lengths) <= min(lengths) + 3
    pages = [load(n).source("keras") for n in ("resnet50", "resnet101", "resnet152")]
    assert len({page.count("\n") for page in pages}) == 1


def body_of(name: str) -> str:
    return DEEP.sub("", load(name).source("keras").replace("import sys\n\n", ""))


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_resnet_fits_on_two_screens(name: str) -> None:
    assert len(load(name).source("keras").splitlines()) <= LONGEST_RESNET


def test_the_bytes_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    arguments = [f"{EXAMPLES / net.file}::{name}" for name, net in NETS.items()]
    code = SOURCES.replace('"torch"', '"keras"')
    runs = [
        python(code, tmp_path, *arguments, PYTHONHASHSEED=seed) for seed in ("0", "7")
    ]
    assert [run.stderr for run in runs] == ["", ""]
    assert len(runs[0].stdout.splitlines()) == len(NETS)
    assert runs[0].stdout == runs[1].stdout


def test_the_command_line_writes_the_same_bytes(tmp_path: Path) -> None:
    out = tmp_path / "resnet50.py"
    example = EXAMPLES / NETS["resnet50"].file
    options = ("--net", "resnet50", "--target", "keras", "-o", out)
    run = tool("resdsl", "compile", example, *options)
    assert run.returncode == 0, run.stderr
    assert out.read_bytes() == load("resnet50").source("keras").encode("utf-8")
