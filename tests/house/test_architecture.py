"""ARCHITECTURE.md tells of the rooms that there are, and its example is run."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("ARCHITECTURE.md", "CONTRIBUTING.md")


def test_the_worked_example_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    path = str(ROOT / "ARCHITECTURE.md")
    done = doctest.testfile(path, module_relative=False, encoding="utf-8")
    assert done.attempted
    assert not done.failed


def test_every_room_is_told_of() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    table = text.partition("| room |")[2].partition("\n\n")[0]
    rooms = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    told = {name for room in rooms for name in re.findall(r"`(\w+)`", room)}
    paths = (ROOT / "resdsl").glob("[a-z]*")
    data = {"std", "py"}
    assert told == {path.stem for path in paths} - data


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    links = re.findall(r"\]\(([^):#]+)\)", text)
    paths = [p for p in re.findall(r"`([\w/]+/[\w./]*)`", text) if "TARGET" not in p]
    for path in {*links, *paths}:
        found = (ROOT / path).exists() or (ROOT / "resdsl" / path).exists()
        assert found, f"{page} names {path}"
