"""Every layer kind, in every number of dimensions that it takes, as a live module."""

import pytest
import torch

import resdsl
from resdsl import ResdslError
from resdsl.ops import KINDS

ARGUMENTS = {
    "conv": ["3, 8", "3, 8, /2, padding=0, dilation=2, groups=2, bias=true", "2, 4"],
    "bn": ["", "eps=1e-3, momentum=0.01"],
    "layernorm": ["", "eps=1e-6, weight_init=0.5"],
    "groupnorm": ["2"],
    "maxpool": ["", "3, /2", "2", "3, /2, ceil_mode=true, padding=0"],
    "avgpool": ["", "3, /2", "2, ceil_mode=true, count_padding=false"],
    "kmaxpool": ["1", "3", "9"],
    "linear": ["5", "5, bias=false, weight_init=normal(0.1)"],
    "dropout": ["0.5"],
    "drop_path": ["0.5"],
    "pad": ["8", "padding=2", "8, padding=1, value=0.5"],
    "subsample": ["/2"],
    "reshape": ["1 x 4", "2 x 18", "3 x 8 x 12", "2016"],
    "pixelshuffle": ["2"],
    "pixelunshuffle": ["1"],
    "slice": ["1, 3", "2"],
    "shuffle": ["2"],
    "softmax": ["", "2"],
    "times": ["0.1"],
    "upsample": ["2", "2, mode=bilinear"],
    "embedding": ["9, 5", "9, 5, weight_init=0.5"],
    "attention": ["2", "4, bias=false, out_init=0.5"],
    "prepend": ["", "weight_init=0.5"],
    "select": ["0", "8"],
}
SIZES = ["4", "4 x 9", "4 x 9 x 8", "4 x 9 x 8 x 7"]
VECTORS_ONLY = {"linear", "embedding"}
SPATIAL_ONLY = {
    *("conv", "maxpool", "avgpool", "subsample", "upsample", "shuffle"),
    *("channels_last", "channels_first", "tokens"),
}
SEQUENCES_ONLY = {"attention", "prepend", "positions", "transpose", "select"}


def takes(kind: str, arguments: str, rank: int) -> bool:
    if "bilinear" in arguments or "pixel" in kind:
        return rank == 2
    if kind == "reshape":
        return ARGUMENTS[kind][rank] == arguments
    if kind in VECTORS_ONLY:
        return rank == 0
    if kind in SEQUENCES_ONLY or kind == "kmaxpool":
        return rank == 1
    return rank > 0 or not (kind in SPATIAL_ONLY or "padding=" in arguments)


@pytest.mark.parametrize("rank", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_what_it_says(kind: str, rank: int) -> None:
    for arguments in ARGUMENTS.get(kind, [""]):
        before = "" if False in KINDS[kind].orders else "channels_last | "
        text = f"net n:\n    input {SIZES[rank]}\n    {before}{kind} {arguments}\n"
        if not takes(kind, arguments, rank):
            with pytest.raises(ResdslError) as refusal:
                resdsl.load(text)
            codes = [d.code for d in refusal.value.diagnostics]
            assert codes in (["E305"], ["E202"]), text
            continue
        net = resdsl.load(text)
        model = net.build("torch")
        x = torch.randn(3, *(int(n) for n in net.input_shape), requires_grad=True)
        if KINDS[kind].whole:
            x = torch.randint(0, 9, x.shape)
        y = model(x)
        assert tuple(y.shape[1:]) == net.output_shape, text
        assert sum(p.numel() for p in model.parameters()) == net.params, text
        y.sum().backward()
        assert KINDS[kind].whole or x.grad is not None, text
        assert all(p.grad is not None for p in model.parameters()), text


def test_dropped_paths_are_whole_examples_scaled_by_what_is_kept() -> None:
    model = resdsl.load("net n:\n    input 6\n    drop_path 0.25\n").build("torch")
    torch.manual_seed(0)
    y = model(torch.ones(4000, 6))
    assert y.unique().tolist() == pytest.approx([0, 1 / 0.75])
    assert (y == y[:, :1]).all()
    assert y.mean().item() == pytest.approx(1, abs=0.05)
    assert torch.equal(model.eval()(torch.ones(3, 6)), torch.ones(3, 6))


def test_a_layer_norm_sees_the_channels_of_each_position() -> None:
    net = resdsl.load("net n:\n    input 5 x 3 x 2\n    layernorm\n")
    x = torch.randn(2, 5, 3, 2)
    mean, var = x.mean(1, keepdim=True), x.var(1, unbiased=False, keepdim=True)
    y = net.build("torch")(x)
    torch.testing.assert_close(y, (x - mean) / (var + 1e-5).sqrt())
