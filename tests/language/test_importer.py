"""A `.res` file is imported as the PyTorch modules that it describes."""

import importlib
import inspect
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import resdsl
import resdsl.importer
from resdsl.core.diagnostic import ResdslError

NETS = """
block unit(width):
    residual: linear width | relu | linear width

net small(classes = 3):
    input 4
    2 * unit 4
    linear classes

net large = small 5

net template(width):
    input 4
    linear width
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "zoo").mkdir()
    (tmp_path / "zoo" / "nets.res").write_text(NETS, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] == "zoo"]:
        del sys.modules[name]


@pytest.mark.usefixtures("folder")
def test_a_net_is_imported_by_name() -> None:
    from zoo.nets import large, small  # type: ignore[import-not-found]

    assert small(classes=7)(torch.zeros(2, 4)).shape == (2, 7)
    assert large()(torch.zeros(2, 4)).shape == (2, 5)


def test_it_is_what_build_gives(folder: Path) -> None:
    module = importlib.import_module("zoo.nets")
    built = resdsl.load(folder / "zoo" / "nets.res", net="small").build("torch")
    assert type(built) is module.small
    assert inspect.getsource(module.small) in resdsl.load(NETS, net="small").source(
        "torch"
    )
    copy = pickle.loads(pickle.dumps(built))
    assert list(copy.state_dict()) == list(built.state_dict())


def test_nothing_is_written(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    assert importlib.import_module("zoo.nets").small() is not None
    assert sorted(folder.rglob("*")) == before


@pytest.mark.usefixtures("folder")
def test_only_complete_nets_are_there() -> None:
    module = importlib.import_module("zoo.nets")
    assert module.__all__ == ["small", "large"]
    assert {"small", "large"} <= set(dir(module))
    with pytest.raises(ImportError, match="template"):
        from zoo.nets import template  # type: ignore[import-not-found]  # noqa: F401


def test_a_python_module_goes_first(folder: Path) -> None:
    (folder / "zoo" / "nets.py").write_text("small = 'mine'\n", "utf-8")
    assert importlib.import_module("zoo.nets").small == "mine"


def test_a_text_with_findings_says_so(folder: Path) -> None:
    (folder / "zoo" / "wrong.res").write_text(
        "net n:\n    input 3\n    lineer 2\n", "utf-8"
    )
    module = importlib.import_module("zoo.wrong")
    with pytest.raises(ResdslError, match="did you mean 'linear'"):
        _ = module.n


def test_a_file_that_does_not_parse_is_not_imported(folder: Path) -> None:
    (folder / "zoo" / "broken.res").write_text("net n(:\n", "utf-8")
    with pytest.raises(ResdslError, match="E002"):
        importlib.import_module("zoo.broken")
