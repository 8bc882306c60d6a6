"""Each net of a sweep is what it is alone, whatever was built before it."""

import tracemalloc
from math import prod
from pathlib import Path
from typing import Any

import pytest

from resdsl.analysis.walk import walk
from resdsl.compiler import Opened, Origin, compile_net, load_net
from resdsl.core.diagnostic import ResdslError
from resdsl.core.limits import Limits
from resdsl.core.render import as_data
from resdsl.variants import Grid, variants
from tests.sweep.family import TEXT

GRID = {
    "unit": ["basic", "deep", "deep(groups=3)", "shallow"],
    "depths": ["[1, 2]", "[2, 0]", "[]", "[1, 1, 1, 1, 1, 1]"],
    "width": [4, 6, 12],
    "classes": ["5", "true"],
}


def alone(given: dict[str, object], limits: Limits = Limits()) -> object:
    """A net checked by itself: all of it, or its findings."""
    try:
        net = load_net(TEXT, Origin("<text>", None), "family", given, limits)
    except ResdslError as error:
        return [as_data(d) for d in error.diagnostics]
    return told(net)


def told(net: Any) -> object:
    rows = [(p.name, str(p.item.x), str(p.item.y), p.times) for p in walk(net)]
    unit = net.unit
    return rows, unit.parameters, unit.macs, unit.operators, sorted(unit.pinned)


@pytest.mark.parametrize(
    "limits",
    [
        Limits(),
        Limits(operators=60),
        Limits(operators=25),
        Limits(nesting=3),
        Limits(parameters=20_000),
    ],
    ids=str,
)
def test_each_is_what_it_is_alone(limits: Limits) -> None:
    opened = Opened(TEXT, Origin("<text>", None), limits)
    for variant in variants(opened, "family", Grid(GRID)):
        nets, findings = variant.checked
        found = told(nets[0]) if nets else [as_data(d) for d in findings]
        assert found == alone(variant.given, limits), variant.given


STEEP = """\
block leaf(n):
    for i in range(n): relu

block inner(n):
    leaf n

block outer(n):
    inner n | leaf n

net n(k, n = 1):
    input 4
    for i in range(k):
        outer n + i
        leaf n
    inner n
"""


@pytest.mark.parametrize("operators", range(4, 40, 3))
def test_no_net_can_tell_what_was_built_before_it(operators: int) -> None:
    """A bound on steps and one on levels are met at the same place, warm or cold."""
    limits = Limits(operators=operators, nesting=4)
    opened = Opened(STEEP, Origin("<text>", None), limits)
    grid = Grid({"n": [1, 2, 3, 5], "k": [3, 1, 2, 4]})
    for variant in variants(opened, "n", grid):
        cold = Opened(STEEP, Origin("<text>", None), limits).check("n", variant.given)
        warm = variant.checked
        assert [as_data(d) for d in warm.findings] == [
            as_data(d) for d in cold.findings
        ]
        assert list(map(told, warm.nets)) == list(map(told, cold.nets))


OWN_BODY = """\
shortcut proj(channels, stride):
    conv 1x1, channels, /stride
    bn

block unit(width, stride = 1):
    conv 3x3, width, /stride | relu

net n(width, more, deep = 1, rates = [0.1, 0.2], use_norm = true):
    input 3 x 16 x 16
    let inner = width * 2
    if use_norm:
        default bn eps=1e-3
        let size = width
    else:
        let size = more * 2
    stem:
        conv 3x3, inner | bn | relu
        conv 3x3, channels + more
    skip: identity
    for i in range(deep):
        stage{i}: 2 * unit width + i, /2
        convs.{i}: conv 1x1, inner | relu
        if use_norm: bn
    2 * conv 1x1, width
    use shortcut proj
    residual:
        unit width * more, /2
        dropout rates[0]
    branches concat:
        conv 1x1, inner
        unit inner, 1 | bn
    for out in [width] if use_norm else [more * 2]:
        conv 1x1, out
    maxpool size // 4
    relu | conv 1x1, channels
    avgpool | flatten
    fc: linear width if use_norm else more
"""
OWN_AXES: dict[str, list[object]] = {
    "deep": [2, 1],
    "rates": ["[0.1]", "[0, 1]", "[false]"],
    "use_norm": ["true", "false"],
    "width": [4, "2 * 2", 6],
    "more": [4, 2, "3 - 1.0"],
}


HEAD = """\
net n(a = 4, b = 4, flag = true, s = 0.1):
    input 3 x 16 x 16
"""
CHOICES = {
    "what an item decided": ("    maxpool a\n    conv 1x1, b\n", {"b": [4, 6]}),
    "a tensor's formula": (
        "    if flag: conv 1x1, a\n    else: conv 1x1, b\n    conv 1x1, 8\n",
        {"flag": ["true", "false"]},
    ),
    "a value's formula": (
        "    for out in [a] if flag else [b]: conv 1x1, out\n",
        {"flag": ["true", "false"]},
    ),
    "what a value stands for": (
        "    let twice = 2 * (a if flag else b)\n    maxpool twice | conv 1, b\n",
        {"flag": ["true", "false"]},
    ),
    "kinds of numbers in a formula": (
        "    let rate = a * (2 if flag else 2.0) / 100\n    dropout rate | conv 1, b\n",
        {"flag": ["true", "false"]},
    ),
    "the sign of zero": (
        "    conv 1, a | leaky_relu s\n    conv 1, b\n",
        {"s": [0.0, "0 * (-1.0)"]},
    ),
    "places in a list": (
        (
            "    let ws = [[a], [b, b]]\n    for i in range(2): conv 1x1, ws[i][0]\n"
            "    conv 1x1, ws[1][1]\n"
        ),
        {"a": [4, 6], "b": [4, 6]},
    ),
    "a list's own name for its place": (
        (
            "    let at = 0\n    let ws = [a, b]\n"
            "    conv 1x1, sum([ws[at] for at in range(2)])\n"
        ),
        {"b": [4, 6]},
    ),
    "lines": (
        "    if flag: relu\n    conv 1x1, a\n    conv 1x1, b\n",
        {"flag": ["false", "true"]},
    ),
}


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        (OWN_BODY, OWN_AXES),
        *((f"{HEAD}{body}", axes) for body, axes in CHOICES.values()),
    ],
    ids=["all", *CHOICES],
)
def test_a_net_is_written_the_same_whatever_was_before_it(
    text: str, axes: dict[str, list[object]]
) -> None:
    opened = Opened(text, Origin("n.res", None))
    written: set[str] = set()
    for variant in variants(opened, "n", Grid(axes)):
        cold = Opened(text, Origin("n.res", None)).check("n", variant.given)
        warm = variant.checked
        assert [as_data(d) for d in warm.findings] == [
            as_data(d) for d in cold.findings
        ]
        pages = [compile_net(net, "torch") for net in cold.nets]
        assert [compile_net(net, "torch") for net in warm.nets] == pages
        written.update(pages)
    assert len(written) == prod(min(len(values), 2) for values in axes.values())


NESTED = """\
block leaf:
    for i in range(1):
        if true: relu

block inner:
    leaf

block outer:
    inner

net n(first):
    input 4
    if first: leaf
    outer
    linear 3
"""


@pytest.mark.parametrize("nesting", range(2, 9))
def test_a_bound_on_levels_counts_those_of_parts(nesting: int) -> None:
    """A part may have been built before where fewer levels lay around it."""
    limits = Limits(nesting=nesting)
    opened = Opened(NESTED, Origin("n.res", None), limits)
    for first in (True, False):
        given: dict[str, object] = {"first": first}
        cold = Opened(NESTED, Origin("n.res", None), limits).check("n", given)
        warm = opened.check("n", given)
        assert [as_data(d) for d in warm.findings] == [
            as_data(d) for d in cold.findings
        ]


USES = """use "used.res"

block mine(n):
    b n

block other(n):
    c n

net n(which, more):
    input 4
    if which == 1: mine 4
    if which == 2: other 4
    if which == 3:
        mine 4
        other 4
    linear 3
""" + "".join(f"    if more > {at}: let z{at} = 0\n" for at in range(30))


def test_what_a_value_gets_wrong_is_told_every_time() -> None:
    text = "block b(n):\n    linear n\n\nnet n(unit, k):\n    input 4\n    unit k\n"
    opened = Opened(text, Origin("n.res", None))
    for k in (1, 2, 3):
        found = opened.check("n", {"unit": "b(n=1, n=2)", "k": k}).findings
        assert [d.code for d in found] == ["E205", "E204"], k


def test_a_place_that_is_not_there_is_told_every_time() -> None:
    text = "net n(w):\n    input 4\n    linear w[0]\n"
    opened = Opened(text, Origin("n.res", None))
    for w, codes in {
        "[3]": [],
        "3": ["E201"],
        "[]": ["E207"],
        "[3.0]": ["E201"],
    }.items():
        found = opened.check("n", {"w": w}).findings
        assert [d.code for d in found] == codes, w


def test_the_defaults_of_a_file_are_charged_once(tmp_path: Path) -> None:
    (tmp_path / "used.res").write_text(
        "default bn eps=1e-3, momentum=0.2\ndefault dropout 0.1 + 0.2 - 0.1\n"
        "block b(n): linear n | relu\nblock c(n): linear n\n",
        "utf-8",
    )
    origin, limits = Origin("n.res", tmp_path), Limits(operators=8)
    opened = Opened(USES, origin, limits)
    ended: set[bool] = set()
    for more in range(30):
        for which in (1, 2, 3):
            given: dict[str, object] = {"which": which, "more": more}
            cold = Opened(USES, origin, limits).check("n", given)
            warm = opened.check("n", given)
            assert [d.code for d in warm.findings] == [d.code for d in cold.findings]
            ended.add(bool(cold.findings))
    assert ended == {True, False}


TABLES = {
    "a list": (
        "net n(ws = [i % 7 + 1 for i in range({})]):\n    input 4\n"
        "    for i in range(len(ws)): linear ws[i]\n"
    ),
    "lets": "net n(w = 4):\n    input 4\n{}    linear 3\n",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_what_is_kept_grows_with_the_net(text: str) -> None:
    """And not with the values in sight, for each of its layers anew."""

    def peak(count: int) -> int:
        lines = "".join(
            f"    let v{i} = w + {i}\n    linear v{i}\n" for i in range(count)
        )
        made = text.format(count if "range" in text else lines)
        tracemalloc.start()
        assert Opened(made, Origin("n.res", None)).check("n", {}).nets
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(1600) < 3 * peak(800)


def test_recursion_is_found_behind_a_unit_that_was_fine() -> None:
    text = (
        "block a(n, inner = relu):\n    if n > 0: inner\n    relu\n\n"
        "block b(n):\n    a n, relu\n\n"
        "net n(unit, of = relu):\n    input 4\n    unit 1, of\n"
    )
    text = text.replace("unit 1, of", "unit 1, inner=of")
    looping = text.replace("    a n, relu", "    a n, b(0)").replace("b(n)", "b(n = 1)")
    grid = Grid({"unit": ["a"], "of": ["b", "relu", "a(0)"]})
    opened = Opened(looping, Origin("<text>", None))
    for variant in variants(opened, "n", grid):
        cold = Opened(looping, Origin("<text>", None)).check("n", variant.given)
        assert [as_data(d) for d in variant.checked.findings] == [
            as_data(d) for d in cold.findings
        ]


def test_a_fault_in_a_used_files_defaults_is_told_every_time(tmp_path: Path) -> None:
    (tmp_path / "used.res").write_text(
        "default conv stride=0\nblock b(n):\n    conv 3x3, n\n", "utf-8"
    )
    text = 'use "used.res"\nnet n(n):\n    input 3 x 8 x 8\n    b 4 | b n\n'
    opened = Opened(text, Origin("n.res", tmp_path))
    found = [v.checked.findings for v in variants(opened, "n", Grid({"n": [1, 2, 1]}))]
    assert [[d.code for d in one] for one in found] == [["E202"]] * 3
