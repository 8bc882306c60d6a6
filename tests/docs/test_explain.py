"""`resdsl explain`, and the catalogue that it and the pages share."""

import pytest
from specs import ROOT

import resdsl
from resdsl import Limits, files, manual
from resdsl.cli import main
from resdsl.compiler import Origin, check_file
from resdsl.core.diagnostic import Diagnostic
from resdsl.lower.functions import FUNCTIONS, SYMBOLS
from resdsl.ops.base import KINDS
from resdsl.ops.merge import MERGES

CATALOGUE = manual.diagnostics()


@pytest.mark.parametrize("name", manual.names())
def test_every_name_is_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name]) == 0
    out, err = capsys.readouterr()
    assert name in out.splitlines()[0]
    assert err == ""
    assert all(c.isprintable() for line in out.splitlines() for c in line)


def test_everything_has_a_name() -> None:
    kinds = {*KINDS, *MERGES, *FUNCTIONS, *SYMBOLS, *(d.code for d in CATALOGUE)}
    assert kinds <= set(manual.names())
    for name in ("basic", "bottleneck", "se", "preact_basic", "projection", "zero_pad"):
        assert manual.find(name)


def test_an_entry_says_what_a_layer_takes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", "conv"])
    out = capsys.readouterr().out
    for argument in KINDS["conv"].signature:
        assert argument.name in out
        assert argument.doc in out


def test_a_code_may_be_written_small(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "e301"]) == 0
    assert capsys.readouterr().out.startswith("E301")


@pytest.mark.parametrize(
    ("wrong", "right"), [("cnov", "conv"), ("botleneck", "bottleneck"), ("E319", "E31")]
)
def test_an_unknown_name_gets_the_nearest(
    wrong: str, right: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", wrong]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"did you mean '{right}" in err


def findings(text: str) -> list[str]:
    checked = check_file(text, Origin("example.res", files.STD))
    return [finding.code for finding in checked.findings]


@pytest.mark.parametrize(
    "kind", [k for k in CATALOGUE if k.bad], ids=lambda kind: kind.code
)
def test_a_bad_example_raises_its_code_alone(kind: type[Diagnostic]) -> None:
    assert findings(kind.bad) == [kind.code]


@pytest.mark.parametrize(
    "kind", [k for k in CATALOGUE if k.good], ids=lambda kind: kind.code
)
def test_a_good_example_is_clean(kind: type[Diagnostic]) -> None:
    assert findings(kind.good) == []


def test_codes_are_given_once() -> None:
    codes = [kind.code for kind in CATALOGUE]
    assert len(codes) == len(set(codes))


def test_the_reference_lists_every_limit() -> None:
    page = (ROOT / "docs" / "language.md").read_text("utf-8")
    for field, default in Limits()._asdict().items():
        assert f"| {default:,} | `{Limits.flag(field)}` |" in page


def test_every_example_is_listed_and_clean() -> None:
    page = (ROOT / "examples" / "README.md").read_text("utf-8")
    examples = sorted((ROOT / "examples").glob("*.res"))
    listed = [path.name for path in examples if f"]({path.name})" in page]
    assert listed == [path.name for path in examples]
    for path in examples:
        assert resdsl.check(path.read_text("utf-8")).ok, path.name
