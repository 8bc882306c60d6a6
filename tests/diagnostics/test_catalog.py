"""Every kind of finding: its bad example raises it alone, its good one nothing."""

import gc
import json
from pathlib import Path

import pytest

import resdsl
from resdsl.compiler import Opened, Origin, check_file
from resdsl.core import catalog
from resdsl.core.diagnostic import Diagnostic
from resdsl.core.limits import Limits
from resdsl.core.render import as_data, as_text

KINDS = [
    kind
    for kind in vars(catalog).values()
    if isinstance(kind, type)
    and issubclass(kind, Diagnostic)
    and kind is not Diagnostic
]
# Shown with more than one text: see the tests below. Weights have tests of their own.
ELSEWHERE = {"E010", "E012", "E020", "E110", "E401", "E402", "E403", "E404"}
SHOWN = [kind for kind in KINDS if kind.code not in ELSEWHERE]


def codes(text: str, root: Path | None = None, limits: Limits = Limits()) -> list[str]:
    found = check_file(text, Origin("main.res", root), limits).findings
    return [finding.code for finding in found]


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.code)
def test_the_bad_example_raises_it_alone(kind: type[Diagnostic]) -> None:
    assert codes(kind.bad) == [kind.code]


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.code)
def test_a_finding_leaves_nothing_to_the_collector(kind: type[Diagnostic]) -> None:
    """Of a sweep's nets most may be bad, and it seldom looks for cycles."""
    opened = Opened(kind.bad, Origin("main.res", None))
    opened.check(None, {})  # what is made once for a file
    gc.collect()
    gc.disable()
    try:
        opened.check(None, {})
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_the_good_example_raises_nothing(kind: type[Diagnostic]) -> None:
    assert codes(kind.good) == []


def test_a_code_has_one_kind() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)
    assert [kind.code for kind in KINDS] == sorted(kind.code for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_kind_is_documented(kind: type[Diagnostic]) -> None:
    assert kind.title
    assert kind.title[0].islower()
    assert not kind.title.endswith(".")
    assert kind.__doc__
    assert kind.__doc__ != Diagnostic.__doc__


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.code)
def test_a_finding_can_be_shown_and_stored(kind: type[Diagnostic]) -> None:
    for finding in resdsl.check(kind.bad).diagnostics:
        stored = json.loads(json.dumps(as_data(finding)))
        assert stored["code"] == kind.code
        assert stored["line"] <= stored["end_line"]
        shown = as_text([finding]).splitlines()
        assert shown[0] == f"error[{kind.code}]: {finding.message}"
        assert "^" in shown[4]
        assert max(map(len, shown)) < 200


def test_a_file_too_large() -> None:
    text = catalog.FileTooLarge.good
    limits = Limits(file_bytes=len(text) - 1)
    assert codes(text, limits=limits) == ["E010"]
    assert codes(text, limits=Limits(file_bytes=len(text))) == []


def test_a_file_outside_the_root(tmp_path: Path) -> None:
    assert codes(catalog.OutsideRoot.bad, tmp_path) == ["E110"]


def test_files_that_use_one_another_too_deep(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"f{number}.res").write_text(f'use "f{number + 1}.res"\n', "utf-8")
    (tmp_path / "f20.res").write_text("block b:\n    relu\n", "utf-8")
    net = "\nnet n:\n    input 3\n    relu\n"
    assert codes(f'use "f0.res"\n{net}', tmp_path) == ["E012"]
    assert codes(f'use "f8.res"\n{net}', tmp_path) == []
    assert codes(f'use "f0.res"\n{net}', tmp_path, Limits(use_depth=30)) == []
