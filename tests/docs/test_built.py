"""Every net of the pages, built: its shapes, parameters and keys are those promised."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from specs import ROOT, Section, sections

from resdsl import Network
from resdsl.analysis.vocabulary import vocabulary
from resdsl.analysis.walk import walk
from resdsl.compiler import Origin, check_file
from resdsl.ir.net import Node

LANGUAGE = sorted((ROOT / "tests" / "language").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "docs" / "language.md", *LANGUAGE]
SIZE = 67
"""What stands for each symbolic size: odd, so that rounding shows."""


def nets(section: Section, folder: Path) -> Iterator[Network]:
    """The complete nets of a section; those of refused texts are left out."""
    for fence in section.fences:
        if fence.language == "res":
            (folder / fence.file).write_text(fence.source, "utf-8")
            checked = check_file(fence.source, Origin(fence.file, folder))
            yield from (Network(net) for net in checked.nets if not checked.findings)


def known(shape: tuple[int | str, ...]) -> list[int]:
    sizes = {"H": SIZE, "W": SIZE}
    return [s if isinstance(s, int) else eval(s, sizes) for s in shape]


def keys(net: Network) -> set[str]:
    """The keys of the state dict, from the names that the language gives."""
    found: set[str] = set()
    for name, item, _, _ in walk(net.ir):
        if isinstance(item, Node):
            weights = item.kind.weights(item.x)
            found |= {w.key(one) for one in unrolled(name) for w in weights}
    return found


def unrolled(name: str) -> Iterator[str]:
    rolled = re.search(r"\[(\d+)-(\d+)\]", name)
    if rolled is None:
        yield name
        return
    for index in range(int(rolled[1]), int(rolled[2]) + 1):
        yield from unrolled(f"{name[: rolled.start()]}{index}{name[rolled.end() :]}")


@pytest.mark.parametrize("section", sections(*PAGES), ids=str)
def test_a_net_is_what_the_language_says(section: Section, tmp_path: Path) -> None:
    for net in nets(section, tmp_path):
        with torch.device("meta"):
            model = net.build("torch").eval()
            whole = vocabulary(net.ir) is not None
            shape = (2, *known(net.input_shape))
            y = model(torch.zeros(shape, dtype=torch.int64 if whole else None))
        given = y if isinstance(y, dict) else {"": y}
        said = net.output_shapes or {"": net.output_shape}
        assert list(given) == list(said), net
        for name, shape in said.items():
            assert list(given[name].shape[1:]) == known(shape), (net, name)
        assert sum(p.numel() for p in model.parameters()) == net.params, net
        assert set(model.state_dict()) == keys(net), net
