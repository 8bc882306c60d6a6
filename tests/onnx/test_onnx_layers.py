"""Every layer with every argument, in every number of dimensions, in every opset."""

import numpy as np
import pytest
from doubles import batch
from runtimes import (
    BOUND,
    answer,
    difference,
    model_of,
    reference_answer,
    text_net,
    weights_of,
)
from test_kmaxpool import TIES, kept, tied
from test_reference_layers import ARGUMENTS, MERGES_OF_BODIES, SIZES, TAKES, UNEVEN

import resdsl
from resdsl.backends.onnx import FORMATS, OPSET, SINCE
from resdsl.core.diagnostic import ResdslError
from resdsl.ops import KINDS
from resdsl.ops.merge import MERGES
from resdsl.reference import run

OPSETS = (min(FORMATS), OPSET, max(FORMATS))


@pytest.mark.parametrize("rank", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_computes_what_the_language_says(kind: str, rank: int) -> None:
    seen = 0
    for arguments in ARGUMENTS.get(kind, [""]):
        try:
            text_net(f"input {SIZES[rank]}\n    {kind} {arguments}")
        except ResdslError as refusal:
            assert refusal.diagnostics[0].code in ("E305", "E310", "E202"), arguments
            continue
        for opset in OPSETS:
            check(f"input {SIZES[rank]}\n    {kind} {arguments}", opset)
        seen += 1
    on_sequences = False not in KINDS[kind].orders
    on_vectors = kind == "linear" or KINDS[kind].whole
    usual = {0} if on_vectors else {1, 2, 3}
    assert seen or on_sequences or rank not in TAKES.get(kind, usual)


@pytest.mark.parametrize("body", UNEVEN)
def test_each_dimension_has_its_own_numbers(body: str) -> None:
    check(body, OPSET)


@pytest.mark.parametrize("rank", range(1, 4))
@pytest.mark.parametrize("merge", MERGES)
def test_a_merge_computes_what_the_language_says(merge: str, rank: int) -> None:
    for body in MERGES_OF_BODIES[merge]:
        for opset in OPSETS:
            check(f"input {SIZES[rank]}\n    {body}", opset)


@pytest.mark.parametrize("opset", FORMATS)
def test_every_opset_has_what_it_says_it_has(opset: int) -> None:
    for kind in (k for k in KINDS if False in KINDS[k].orders):
        usual = {0} if kind == "linear" or KINDS[kind].whole else {2}
        (rank,) = TAKES.get(kind, usual)
        check(f"input {SIZES[rank]}\n    {kind} {ARGUMENTS.get(kind, [''])[0]}", opset)


def check(body: str, opset: int = OPSET) -> None:
    network = text_net(body)
    x = batch(network, 3)
    weights = weights_of(network, x)
    if too_new(body, opset):
        with pytest.raises(ResdslError) as refusal:
            network.source("onnx", opset=opset)
        (found,) = refusal.value.diagnostics
        assert found.code == "E108"
        assert "--opset" in found.hint
        return
    model = model_of(network, weights, opset=opset)
    expected = run(network.ir, weights, x)
    assert difference(answer(model, x), expected) < BOUND, body
    if not misread(body):
        assert difference(reference_answer(model, x), expected) < BOUND, body


def too_new(body: str, opset: int) -> bool:
    words = body.split()
    newer = any(least > opset for kind, least in SINCE.items() if kind in words)
    spread = "pad" in words and "padding=" in body and opset < 18
    return newer or spread or ("ceil_mode=true" in body and opset < 22)


def misread(body: str) -> bool:
    """ONNX 1.23's evaluator takes the largest of an image's positions and no other's.

    Its GlobalMaxPool reduces the wrong axes unless there are two, and its MaxPool
    overlooks padding that is behind alone.
    """
    everything = body.endswith("maxpool ") and body.count(" x ") != 2
    return everything or body.endswith("maxpool 2, /1, padding=same")


@pytest.mark.parametrize("arguments", ["", "2, /1, padding=same"])
def test_the_evaluator_still_misreads_it(arguments: str) -> None:
    network = text_net(f"input 4 x 9\n    maxpool {arguments}")
    x = batch(network, 3)
    y = reference_answer(model_of(network, {}), x)
    assert y.shape[1:] != network.output_shape, "mended: `misread` can go"


@pytest.mark.parametrize("opset", OPSETS)
def test_of_equal_values_the_earlier_are_kept(opset: int) -> None:
    x = tied()
    model = model_of(resdsl.load(TIES), {}, opset=opset)
    np.testing.assert_array_equal(answer(model, x), kept(x))
