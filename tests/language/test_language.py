"""What the language promises, where a page beside this file cannot show it."""

from pathlib import Path

import pytest

import resdsl
from resdsl import Limits, Network, ResdslError
from resdsl.analysis.walk import walk
from resdsl.cli import main

REPEATED = """\
block unit(width, stride = 1):
    residual:
        conv 3x3, width, /stride | bn | relu
        conv 3x3, width          | bn
    relu

net n(count, width = 8):
    input 3 x 64 x 64
    count * unit width, /2
"""
FAMILY = """\
use basic, bottleneck

net family(unit, depths = [1, 1], classes = 10, act = relu):
    input 3 x 32 x 32
    conv 3x3, 16 | bn | act
    depths[0] * unit 16
    depths[1] * unit 32, /2
    avgpool | flatten
    fc: linear classes

net plain = family basic
net deep  = family basic, depths=[3, 3]
"""


def names(net: Network) -> list[str]:
    return [placed.name for placed in walk(net.ir)]


def codes(text: str) -> list[str]:
    return [finding.code for finding in resdsl.check(text).diagnostics]


# --- repeats ---


def test_a_longer_repeat_is_no_longer_page() -> None:
    ten = resdsl.load(REPEATED, net="n", count=10).source("torch")
    thousand = resdsl.load(REPEATED, net="n", count=1000).source("torch")
    assert len(thousand.splitlines()) == len(ten.splitlines())


def test_a_repeat_counts_in_full() -> None:
    one, two, hundred = (
        resdsl.load(REPEATED, net="n", count=n).params for n in (1, 2, 100)
    )
    assert hundred == one + 99 * (two - one)


def test_a_repeat_of_one_is_numbered_too() -> None:
    assert names(resdsl.load(REPEATED, net="n", count=1))[0] == "unit1.0.conv1"


@pytest.mark.parametrize("count", ["0", "-1", "1.5", "true", "[1]"])
def test_a_repeat_is_counted_by_a_positive_whole_number(count: str) -> None:
    with pytest.raises(ResdslError) as error:
        resdsl.load(REPEATED, net="n", count=count)
    assert error.value.diagnostics[0].code in {"E201", "E202"}


# --- parameters from outside ---


def test_parameters_are_values_or_expressions() -> None:
    by_value = resdsl.load(FAMILY, net="plain", classes=7)
    by_text = resdsl.load(FAMILY, net="plain", classes="3 + 4")
    assert by_value.output_shape == by_text.output_shape == (7,)


def test_a_parameter_can_be_a_block_a_layer_or_a_list() -> None:
    net = resdsl.load(
        FAMILY,
        net="family",
        unit="bottleneck(groups=2)",
        act="leaky_relu(0.2)",
        depths="[2] + [1]",
    )
    found = names(net)
    assert "bottleneck1.1.conv3" in found
    assert "leaky_relu1" in found
    assert net.output_shape == (10,)


def test_a_parameter_replaces_what_a_net_had_given() -> None:
    assert resdsl.load(FAMILY, net="deep").params > (
        resdsl.load(FAMILY, net="deep", depths="[1, 1]").params
    )


def test_a_list_from_python_is_a_list() -> None:
    by_text = resdsl.load(FAMILY, net="plain", depths="[2, 3]")
    assert resdsl.load(FAMILY, net="plain", depths=[2, 3]).params == by_text.params
    assert resdsl.load(FAMILY, net="plain", depths=(2, 3)).params == by_text.params


def test_a_default_may_use_the_parameters_before_it() -> None:
    text = "net n(a = 2, b = a * 2):\n    input 8\n    linear b\n"
    assert resdsl.load(text).output_shape == (4,)
    assert resdsl.load(text, a=3).output_shape == (6,)
    resdsl.load(text).build("torch")


def test_a_function_without_parentheses_says_that_it_is_one() -> None:
    text = "net n:\n    input 8\n    linear 2, weight_init=normal\n"
    (finding,) = resdsl.check(text).diagnostics
    assert "normal(std)" in finding.hint


def test_an_unknown_parameter_gets_the_nearest() -> None:
    with pytest.raises(ResdslError, match="did you mean 'classes'"):
        resdsl.load(FAMILY, net="plain", clases=3)


def test_a_net_with_open_parameters_says_which() -> None:
    with pytest.raises(ResdslError, match="needs unit"):
        resdsl.load(FAMILY, net="family")


def test_only_complete_nets_are_chosen_and_checked() -> None:
    report = resdsl.check(FAMILY)
    assert report.ok
    assert [net.name for net in report.nets] == ["plain", "deep"]
    with pytest.raises(ResdslError, match="several nets"):
        resdsl.load(FAMILY)


def test_set_is_an_expression(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "family.res"
    file.write_text(FAMILY, "utf-8")
    shown = ["show", str(file), "--net", "plain", "--set", "classes=2 * 3"]
    assert main([*shown, "--set", "act=silu"]) == 0
    out = capsys.readouterr().out
    assert "(6,)" in out
    assert "silu1" in out
    assert main([*shown, "--set", "classes"]) == 2
    assert main([*shown, "--set", "clases=1"]) == 1


# --- shapes and costs ---


def test_a_network_knows_its_shapes_and_costs() -> None:
    net = resdsl.load("net n:\n    input 3 x 8 x 8\n    conv 3x3, 4\n    flatten\n")
    assert net.input_shape == (3, 8, 8)
    assert net.output_shape == (256,)
    assert net.params == 4 * 3 * 9 + 4
    assert net.macs == 4 * 3 * 9 * 64


def test_symbolic_sizes_are_text_and_have_no_cost() -> None:
    net = resdsl.load("net n:\n    input 3 x H x 8\n    conv 3x3, 4, /2\n")
    assert net.input_shape == (3, "H", 8)
    assert net.output_shape == (4, "(H + 1) // 2", 4)
    assert net.params == 4 * 3 * 9 + 4
    with pytest.raises(ValueError, match="input's size"):
        _ = net.macs


def test_a_size_that_a_parameter_names_is_a_number() -> None:
    text = "net n(H = 8):\n    input 3 x H x W\n    conv 3x3, 4\n"
    assert resdsl.load(text).output_shape == (4, 8, "W")
    assert resdsl.load(text, H=6).output_shape == (4, 6, "W")


# --- files ---


def test_a_used_file_names_others_from_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "main.res").write_text(
        'use "parts/stem.res"\n\nnet n:\n    input 3 x 8 x 8\n    stem 4\n', "utf-8"
    )
    (tmp_path / "parts" / "stem.res").write_text(
        'use "conv.res"\n\nblock stem(w):\n    part w\n', "utf-8"
    )
    (tmp_path / "parts" / "conv.res").write_text(
        "block part(w):\n    conv 3x3, w\n", "utf-8"
    )
    net = resdsl.load(tmp_path / "main.res")
    assert names(net) == ["stem1.part1.conv1"]


def test_a_file_cannot_use_what_lies_outside(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.res").write_text("block b:\n    relu\n", "utf-8")
    main_file = inside / "main.res"
    main_file.write_text('use "../secret.res"\n\nnet n:\n    input 3\n    b\n', "utf-8")
    with pytest.raises(ResdslError) as error:
        resdsl.load(main_file)
    assert error.value.diagnostics[0].code == "E110"


def test_files_that_use_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.res").write_text('use "b.res"\n\nblock a:\n    relu\n', "utf-8")
    (tmp_path / "b.res").write_text('use "a.res"\n\nblock b:\n    relu\n', "utf-8")
    with pytest.raises(ResdslError) as error:
        resdsl.load(tmp_path / "a.res")
    assert "E111" in {d.code for d in error.value.diagnostics}


def test_an_own_block_comes_before_a_used_one() -> None:
    text = (
        "use basic\n\nblock basic(width):\n    linear width\n\n"
        "net n:\n    input 8\n    basic 4\n"
    )
    assert names(resdsl.load(text)) == ["basic1.linear1"]


def test_the_order_of_declarations_does_not_matter() -> None:
    text = (
        "net m = n 3\n\nnet n(a):\n    input 8\n    b a\n\nblock b(a):\n    linear a\n"
    )
    assert resdsl.load(text).output_shape == (3,)


# --- text ---


@pytest.mark.parametrize(
    "text",
    [
        "net n:\n\tinput 8\n\trelu\n",
        "net n:\r\n    input 8\r\n    relu\r\n",
        "\ufeffnet n:\n    input 8\n    relu\n",
        "net n:\n    input 8\n    relu",
        "# first\n\nnet n: # a\n    # b\n    input 8 # c\n\n\n    relu\n# last",
        "net n:\n  input 8\n  relu\n",
    ],
    ids=["tabs", "crlf", "mark", "no last line end", "comments", "two blanks"],
)
def test_the_look_of_a_text_does_not_matter(text: str) -> None:
    assert names(resdsl.load(text)) == ["relu1"]


def test_findings_of_several_declarations_come_together() -> None:
    text = (
        "block a:\n    cnov 3\n\nblock b:\n    linear 3,, 4\n\n"
        "net n:\n    input 8\n    relu 2\n"
    )
    assert sorted(codes(text)) == ["E002", "E102", "E204"]


# --- limits ---


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("operators", "net n:\n    input 8\n    30 * relu\n"),
        ("parameters", "net n:\n    input 8\n    linear 8\n"),
        ("digits", "net n:\n    input 8\n    linear 123456\n"),
        ("nesting", f"net n:\n    input 8\n    linear {'(' * 30}8{')' * 30}\n"),
        ("file_bytes", "net n:\n    input 8\n    relu\n"),
    ],
)
def test_a_bound_stops_and_names_its_flag(field: str, text: str) -> None:
    assert resdsl.check(text).ok
    found = resdsl.check(text, Limits()._replace(**{field: 4})).diagnostics
    assert Limits.flag(field) in {word for d in found for word in d.hint.split()}
