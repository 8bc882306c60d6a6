"""Every layer with every argument, in every number of dimensions, against torch."""

import numpy as np
import pytest
import torch
from doubles import batch, difference, doubles

import resdsl
from resdsl.analysis.unroll import layers
from resdsl.core.diagnostic import ResdslError
from resdsl.ops import KINDS
from resdsl.ops.merge import MERGES
from resdsl.reference import LAYERS, run, train
from resdsl.reference.layers import MERGES as MERGED
from resdsl.reference.layers import TRAINING

BOUND = 1e-12
# The numbers of dimensions of what is not for all.
TAKES = {"kmaxpool": {1}, "pixelshuffle": {2}, "pixelunshuffle": {2}}
SIZES = ["4", "4 x 9", "4 x 9 x 8", "4 x 7 x 6 x 5"]
WINDOWS = [
    "3",
    "1",
    "2",
    "3, /2",
    "2, /3",
    "1, /2",
    "2, /1, padding=same",
    "3, /2, padding=same",
    "4, /3, padding=same",
    "3, /2, padding=0",
    "4, padding=1",
    "3, padding=1, /3",
]
POOLS = [
    "",
    *WINDOWS[:1],
    *WINDOWS[2:],
    "3, /2, ceil_mode=true",
    "2, /2, padding=1, ceil_mode=true",
    "3, /2, padding=0, ceil_mode=true",
    "2, /3, padding=1, ceil_mode=true",
    "4, /3, padding=2, ceil_mode=true",
    "1, /3, ceil_mode=true",
]
ARGUMENTS = {
    "conv": [
        "3, 8, bias=false",
        "3, 8, padding=2",
        "2, 6, groups=2",
        "3, 4, groups=4",
        "3, 8, groups=4, /2",
        "1, 8, groups=4",
        "2, 4, dilation=2, padding=1",
        "3, 8, /2, dilation=2, groups=2",
        "2, 4, dilation=3, padding=same",
        "3, 8, standardize=1e-6",
        "3, 8, /2, groups=4, standardize=1e-3, gain=1.7, bias=false",
        "2, 4, groups=4, standardize=1e-5, gain=1, padding=same",
        *(window.replace(",", ", 5,", 1) for window in WINDOWS if "," in window),
    ],
    "linear": ["5", "5, bias=false"],
    "bn": ["", "eps=1e-3, momentum=0.01", "momentum=0"],
    "layernorm": ["", "eps=1e-6"],
    "groupnorm": ["1", "2", "4", "2, eps=1e-3"],
    "maxpool": POOLS,
    "avgpool": [*POOLS, *(f"{pool}, count_padding=false" for pool in POOLS[1:])],
    "kmaxpool": ["1", "2", "4", "9"],
    "leaky_relu": ["", "0.2", "-0.3"],
    "gelu": ["", "approximate=true"],
    "elu": ["", "0.5", "-0.5"],
    "dropout": ["0.5"],
    "drop_path": ["0.5"],
    "pad": ["8", "padding=2", "8, padding=1, value=0.5"],
    "subsample": ["/2", "/3", "/1"],
    "reshape": ["288", "6 x 4 x 1 x 12", "1 x 4", "2 x 3 x 6", "4", "7 x 120"],
    "pixelshuffle": ["2", "1"],
    "pixelunshuffle": ["1"],
    "slice": ["0, 2", "1", "2, 4"],
    "shuffle": ["1", "2", "4"],
    "softmax": ["", "2", "4"],
    "times": ["0.1", "-2"],
    "gain": ["", "weight_init=1e-6"],
    "upsample": ["1", "2", "3", "2, mode=bilinear", "3, mode=bilinear"],
    "embedding": ["9, 5"],
    "attention": ["2"],
    "select": ["0"],
}
UNEVEN = [
    "input 4 x 9 x 8\n    conv 3x1, 8, stride=2x1, padding=1x0, dilation=1x2",
    "input 4 x 9 x 8\n    maxpool 3x2, stride=1x2, padding=1x0",
    "input 4 x 9 x 8\n    avgpool 3x2, stride=2x3, padding=0x1, ceil_mode=true",
    "input 4 x 9 x 8\n    subsample stride=1x3",
    "input 4 x 9 x 8\n    pad padding=0x3",
    "input 4 x 7 x 6 x 5\n    conv 3x2x1, 8, stride=2x1x2, padding=1x1x0, groups=4",
    "input 4 x 9 x 8\n    conv 5x2, 8, stride=2x1, padding=same",
    "input 4 x 9 x 8\n    avgpool 2x5, stride=1x4, padding=same, count_padding=false",
    "input 8 x 3 x 2\n    pixelshuffle 2",
    "input 27 x 2 x 3\n    conv 3, 18 | pixelshuffle 3",
    "input 2 x 6 x 4\n    pixelunshuffle 2",
    "input 3 x 6 x 9\n    pixelunshuffle 3 | conv 1, 4",
    # As many columns as channels: a slope that spreads over columns would pass.
    "input 4 x 4 x 4\n    prelu",
    "input 4 x 4\n    layernorm",
]


MERGES_OF_BODIES = {
    "residual": ["residual: conv 3, 4 | tanh"],
    "scale": [
        "scale: conv 3, 4 | tanh",
        "scale: avgpool | conv 1, 4 | sigmoid",
    ],
    "dense": ["dense: conv 3, 5 | tanh"],
    "gate": ["gate:\n        conv 3, 4 | relu\n        conv 1, 4 | sigmoid"],
    "add": [
        "branches add:\n        relu\n        conv 3, 4\n        conv 1, 4 | tanh",
        "a: conv 3, 4\n    b: relu\n    tanh | add a, b",
    ],
    "concat": [
        "branches:\n        path:\n            relu\n        b: conv 1, 2",
        "a: conv 3, 5\n    relu | b: conv 1, 2\n    a | tanh | concat b, a",
    ],
    "multiply": [
        "branches multiply:\n        tanh\n        avgpool\n        conv 1, 4",
        "a: conv 3, 4\n    avgpool\n    b: sigmoid\n    a | multiply b, a",
    ],
}
"""For each merge bodies that have it, for four channels of any sizes."""


@pytest.mark.parametrize("rank", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_computes_what_torch_does(kind: str, rank: int) -> None:
    seen = 0
    for arguments in ARGUMENTS.get(kind, [""]):
        try:
            check(f"input {SIZES[rank]}\n    {kind} {arguments}")
            seen += 1
        except ResdslError as refusal:
            assert refusal.diagnostics[0].code in ("E305", "E310", "E202"), arguments
    on_sequences = False not in KINDS[kind].orders
    on_vectors = kind == "linear" or KINDS[kind].whole
    usual = {0} if on_vectors else {1, 2, 3}
    assert seen or on_sequences or rank not in TAKES.get(kind, usual)


@pytest.mark.parametrize("body", UNEVEN)
def test_each_dimension_has_its_own_numbers(body: str) -> None:
    check(body)


@pytest.mark.parametrize("rank", range(1, 4))
@pytest.mark.parametrize("merge", MERGES)
def test_a_merge_computes_what_torch_does(merge: str, rank: int) -> None:
    for body in MERGES_OF_BODIES[merge]:
        check(f"input {SIZES[rank]}\n    {body}")


def check(body: str) -> None:
    network = resdsl.load(f"net n:\n    {body}\n")
    x = batch(network, 3)
    model, weights = doubles(network, x)
    theirs = model(torch.from_numpy(x))
    ours = run(network.ir, weights, x)
    assert ours.dtype == np.float64
    assert tuple(ours.shape[1:]) == network.output_shape
    assert difference(ours, theirs) < BOUND, body
    check_training(network, model, weights, x)


def check_training(network, model, weights, x) -> None:
    if any("drop" in layer.path for layer in layers(network.ir)):
        with pytest.raises(ValueError, match="train with rate 0"):
            train(network.ir, weights, x)
        return
    theirs = model.train()(torch.from_numpy(x))
    ours = train(network.ir, weights, x)
    assert difference(ours.y, theirs) < BOUND
    state = model.state_dict()
    for key, value in ours.statistics.items():
        torch.testing.assert_close(
            torch.from_numpy(value), state[key], rtol=BOUND, atol=BOUND
        )


def test_all_that_the_language_has_is_there() -> None:
    assert LAYERS.keys() == TRAINING.keys() == KINDS.keys()
    assert MERGED.keys() == MERGES.keys()


def test_large_inputs_neither_overflow_nor_lose_a_digit() -> None:
    x = np.array([[-1e4, -800.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 800.0, 1e4]])
    for kind in KINDS.values():
        if kind.activation and kind.name != "prelu":
            network = resdsl.load(f"net n:\n    input 9\n    {kind.name}\n")
            theirs = network.build("torch")(torch.from_numpy(x))
            ours = torch.from_numpy(run(network.ir, {}, x))
            torch.testing.assert_close(ours, theirs, rtol=BOUND, atol=1e-300)
