"""The pages beside this file: prose, programs, and what they come to."""

from pathlib import Path

import pytest
from specs import Section, compare, sections

PAGES = sorted(Path(__file__).parent.glob("*.md"))


@pytest.mark.parametrize("section", sections(*PAGES), ids=str)
def test_a_program_comes_to_what_is_shown(
    section: Section,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    update = bool(request.config.getoption("--update"))
    compare(section, tmp_path, monkeypatch, update)
