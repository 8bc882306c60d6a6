"""What the documentation shows is what happens."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from specs import ROOT, Section, compare, sections

DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", *DOCS, ROOT / "examples" / "README.md"]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "resdsl_docs_generate", ROOT / "docs" / "generate.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("section", sections(*PAGES), ids=str)
def test_what_a_page_shows_happens(
    section: Section,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    update = bool(request.config.getoption("--update"))
    compare(section, tmp_path, monkeypatch, update)


@pytest.mark.parametrize("page", ["layers.md", "diagnostics.md"])
def test_a_generated_page_is_fresh(page: str, request: pytest.FixtureRequest) -> None:
    fresh = generator().pages()[page]
    path = ROOT / "docs" / page
    if request.config.getoption("--update"):
        path.write_text(fresh, "utf-8", newline="\n")
    assert path.read_text("utf-8") == fresh
