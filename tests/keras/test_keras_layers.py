"""Every layer with every argument, in every number of dimensions, on every backend."""

import numpy as np
import pytest
from doubles import batch
from test_kmaxpool import TIES, kept, tied
from test_reference_layers import ARGUMENTS, MERGES_OF_BODIES, SIZES, TAKES, UNEVEN
from workers import BOUND, Worker, difference

import resdsl
from resdsl.analysis.vocabulary import vocabulary
from resdsl.core.diagnostic import ResdslError
from resdsl.ops import KINDS
from resdsl.ops.merge import MERGES
from resdsl.reference import calibrated, run

MORE = {
    "conv": [
        "3, 8, bias=true, padding=2",
        "3, 4, groups=4, bias=true, dilation=2",
        "3, 12, groups=4, padding=2, /3",
    ],
    "pad": ["padding=1, value=-1.5"],
    "upsample": ["5", "5, mode=bilinear"],
}
MISSING = {
    "conv 3, 8, /2, dilation=2, groups=2, padding=same": "both a stride and a dilation",
    "leaky_relu -0.3": "a negative slope",
}
# A group of one value has no variance: what is seen is rounding, 1 / sqrt(eps) times as
# large.
FLAT = {("groupnorm 4", 0)}
# TensorFlow keeps their constants in float32.
SINGLE_ONLY = {("leaky_relu", "tensorflow"), ("gelu", "tensorflow")}
EACH = [
    *UNEVEN,
    "input 4 x 9 x 8\n    conv 3x1, 8, dilation=1x2, padding=1x0, bias=true",
    "input 4 x 9 x 8\n    conv 1x3, 6, stride=2x1, padding=0x2, groups=2",
    "input 4 x 9 x 8\n    conv 3x2, 8, groups=4, stride=2, padding=1x0",
    "input 4 x 9 x 8\n    conv 3, 4, groups=4, stride=2x1",
    "input 4 x 9 x 8\n    conv 3, 4, groups=4, /2, dilation=3, padding=2, bias=true",
    "input 4 x 9\n    conv 3, 8, /3, dilation=2, groups=2, standardize=1e-6",
    "input 4 x 9 x 8\n    maxpool 2x3, ceil_mode=true",
    "input 4 x 9 x 8\n    avgpool 3x2, padding=1x0, count_padding=false",
    "input 4 x 9\n    prelu | flatten | linear 3",
    "input 3 x 4 x 5\n    prelu | flatten | linear 3",
    "input 2 x 3 x 4 x 5\n    conv 1, 3 | prelu | flatten | linear 3",
    "input 1 x 5 x 4\n    conv 3, 1 | flatten | linear 2",
]


@pytest.mark.parametrize("rank", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_computes_what_the_language_says(
    worker: Worker, kind: str, rank: int
) -> None:
    seen = 0
    for arguments in [*ARGUMENTS.get(kind, [""]), *MORE.get(kind, [])]:
        layer = f"{kind} {arguments}"
        if layer in MISSING:
            continue
        dtypes = ["float32"] if (layer, rank) not in FLAT else []
        if rank == 2 and not seen and (kind, worker.backend) not in SINGLE_ONLY:
            dtypes.append("float64")
        try:
            check(worker, f"input {SIZES[rank]}\n    {layer}", *dtypes)
            seen += 1
        except ResdslError as refusal:
            assert refusal.diagnostics[0].code in ("E305", "E310", "E202"), arguments
    on_sequences = False not in KINDS[kind].orders
    on_vectors = kind == "linear" or KINDS[kind].whole
    usual = {0} if on_vectors else {1, 2, 3}
    assert seen or on_sequences or rank not in TAKES.get(kind, usual)


@pytest.mark.parametrize("body", EACH)
def test_each_dimension_has_its_own_numbers(worker: Worker, body: str) -> None:
    check(worker, body, "float32")


@pytest.mark.parametrize("rank", range(1, 4))
@pytest.mark.parametrize("merge", MERGES)
def test_a_merge_computes_what_the_language_says(
    worker: Worker, merge: str, rank: int
) -> None:
    for body in MERGES_OF_BODIES[merge]:
        check(worker, f"input {SIZES[rank]}\n    {body}", "float32")


@pytest.mark.parametrize("layer", MISSING)
def test_what_keras_lacks_is_said(layer: str) -> None:
    network = resdsl.load(f"net n:\n    input 4 x 9 x 8\n    {layer}\n")
    with pytest.raises(ResdslError) as refusal:
        network.source("keras")
    (found,) = refusal.value.diagnostics
    assert found.code == "E108"
    assert MISSING[layer] in found.message
    assert "Keras" in found.message


def test_an_open_size_is_not_cut() -> None:
    text = "net n:\n    input 4 x H x W\n    avgpool 2, ceil_mode=true\n"
    with pytest.raises(ResdslError, match="Keras has no pool that keeps cut windows"):
        resdsl.load(text).source("keras")


def test_of_equal_values_the_earlier_are_kept(worker: Worker) -> None:
    x = tied()
    got = worker.output(resdsl.load(TIES), {}, x, "float32")
    np.testing.assert_array_equal(got, kept(x))


def test_a_net_may_be_deeper_than_python_calls(worker: Worker) -> None:
    check(worker, "input 4 x 2 x 2\n    1100 * relu | conv 1, 3", "float32")


def check(worker: Worker, body: str, *dtypes: str) -> None:
    network = resdsl.load(f"net n:\n    {body}\n")
    x = batch(network, 3)
    weights = calibrated(network.ir, x)
    expected = run(network.ir, weights, x)
    whole = vocabulary(network.ir) is not None
    assert whole or x.min() < 0, "padding that wins shows against negative numbers"
    for dtype in dtypes:
        got = worker.output(network, weights, x, dtype)
        assert got.dtype == np.dtype(dtype)
        assert difference(got, expected) < BOUND[dtype], body
