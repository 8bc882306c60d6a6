"""A `.res` file is imported as the PyTorch modules that it describes."""

import importlib
import inspect
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

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


WIDER = """
use "parts/encoder.res"

block join(width):
    branches:
        path:
            y: conv 3x3, width | relu
            add y
        conv 1x1, width
    gate:
        conv 3x3, channels
        conv 1x1, channels | sigmoid

net vit(d = 8, classes = 3):
    input 3 x 8 x 8
    conv 4x4, d, /4
    tokens
    class_token: prepend
    positions
    2 * encoder 2
    select 0
    linear classes

net pyramid(width = 4):
    input 3 x 8 x 8
    for i in range(2): maxpool 2 | level{i + 1}: join width
    output level{1}, level{2}

net unet(width = 4, depth = 2):
    input 3 x 12 x 20
    for i in range(depth):
        conv 3x3, width * 2 ** i | downs.{i}.act: relu
        maxpool 2x2
    for i in range(depth):
        let up = depth - 1 - i
        upsample 2 | concat downs.{up}.act
        conv 3x3, width * 2 ** up | relu

net words(count = 5):
    input 6
    embedding count, 4
    avgpool | flatten
"""
ENCODER = """
block encoder(heads):
    let d = channels
    residual: layernorm | attention heads
    residual: layernorm | linear d * 2 | gelu | linear d
"""


@pytest.fixture
def wider(folder: Path) -> ModuleType:
    (folder / "zoo" / "parts").mkdir()
    (folder / "zoo" / "parts" / "encoder.res").write_text(ENCODER, "utf-8")
    (folder / "zoo" / "wider.res").write_text(WIDER, "utf-8")
    return importlib.import_module("zoo.wider")


def test_sequences_are_imported(wider: ModuleType) -> None:
    model = wider.vit(classes=7)
    assert model(torch.zeros(2, 3, 8, 8)).shape == (2, 7)
    assert model.state_dict()["class_token"].shape == (1, 1, 8)
    assert pickle.loads(pickle.dumps(model)).class_token.shape == (1, 1, 8)
    assert wider.words(count=9)(torch.full((2, 6), 8)).shape == (2, 4)


def test_several_outputs_are_a_dict(wider: ModuleType) -> None:
    levels = wider.pyramid()(torch.zeros(2, 3, 8, 8))
    shapes = {name: tuple(y.shape) for name, y in levels.items()}
    assert shapes == {"level1": (2, 8, 4, 4), "level2": (2, 8, 2, 2)}
    wide = wider.pyramid(width=6)(torch.zeros(2, 3, 8, 8))
    assert wide["level1"].shape == (2, 12, 4, 4)


def test_tensors_with_names_are_joined(wider: ModuleType) -> None:
    model = wider.unet(width=2)
    assert model(torch.zeros(1, 3, 24, 16)).shape == (1, 2, 24, 16)
    assert "depth" not in inspect.signature(wider.unet).parameters


def test_each_class_is_made_once_and_is_its_own(wider: ModuleType) -> None:
    assert wider.vit is wider.vit
    assert wider.vit().encoder1[0].__class__.__module__ == wider.vit.__module__
    assert wider.pyramid.__module__ != wider.vit.__module__


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
