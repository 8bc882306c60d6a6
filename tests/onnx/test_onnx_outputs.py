"""ONNX models with several outputs: checked, of any size, called by their names."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from doubles import batch
from runtimes import BOUND, difference, model_of, session, weights_of

import resdsl
from resdsl.analysis.sizes import open_sizes
from resdsl.reference import run
from resdsl.reference.inputs import in_precision

NETS = Path(__file__).resolve().parents[1] / "outputs" / "nets.res"
CUT = ("head.1", "features.first", "features.0", "head.3", "head")
SIZES = {
    "pyramid": "H W -> H W, (H + 3) // 4 (W + 3) // 4, (H + 1) // 2 (W + 1) // 2",
    "aliases": "6 6 -> , 6 6, 6 6, ",
    "cut": "H W -> H // 2 W // 2, H W, H W, H // 2 W // 2, H // 2 W // 2",
}


def load(name: str) -> resdsl.Network:
    network = resdsl.load(NETS, net=name)
    return network.with_outputs(*CUT) if name == "cut" else network


@pytest.mark.parametrize("name", SIZES)
def test_which_sizes_are_open(name: str) -> None:
    x, *outputs = (" ".join(map(str, s.spatial)) for s in open_sizes(load(name).ir))
    assert f"{x} -> {', '.join(outputs)}" == SIZES[name]


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("name", ["pyramid", "aliases", "joined", "orders", "cut"])
def test_every_output_has_its_name_and_any_size(name: str, inline: bool) -> None:
    network = load(name)
    x = batch(network, 2)
    weights = weights_of(network, x)
    model = model_of(network, weights, inline=inline)
    names = list(network.output_shapes)
    assert [value.name for value in model.graph.output] == names
    free = open_sizes(network.ir)[0].spatial
    given = [x]
    if not any(isinstance(size, int) for size in free):
        shape = (3, x.shape[1], *(12 + 3 * axis for axis in range(len(free))))
        given.append(np.random.default_rng(1).standard_normal(shape))
    for y in given:
        found = session(model).run(names, {"input": in_precision(y, "float32")})
        expected = run(network.ir, weights, y)
        assert isinstance(expected, dict)
        for key, array in zip(names, found, strict=True):
            assert difference(np.asarray(array), expected[key]) < BOUND


def test_what_the_model_says_of_itself() -> None:
    model = onnx.parser.parse_model(load("orders").source("onnx"))
    said = {prop.key: prop.value for prop in model.metadata_props}
    assert said["output_shape"] == "word (8,), words (4, 8), image (8, 2, 2)"
