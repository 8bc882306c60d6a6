"""The pages beside this file: prose, wrong programs, and what is said of them."""

from pathlib import Path

import pytest
from specs import Section, compare, fences, sections

PAGES = sorted(Path(__file__).parent.glob("*.md"))


@pytest.mark.parametrize("section", sections(*PAGES), ids=str)
def test_what_is_said_is_what_is_shown(
    section: Section,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    update = bool(request.config.getoption("--update"))
    compare(section, tmp_path, monkeypatch, update)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_nothing_is_said_in_the_parser_s_own_words(page: Path) -> None:
    said = "".join(f.text for f in fences(page) if f.language == "diagnostics")
    words = said.replace("(", " ").split()
    assert not [w for w in words if w.startswith("__") or w in TOKENS]


TOKENS = {"Token", "NAME", "CALLEE", "INDEXED", "_NL", "_INDENT", "_DEDENT", "$END"}
