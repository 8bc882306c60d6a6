"""What Keras's macros ask for besides a layer's own arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from resdsl.backends.keras.places import is_depthwise
from resdsl.emit.layer import Facts, Say
from resdsl.emit.text import Code, span
from resdsl.ir.net import Node
from resdsl.ops.channels import Slice
from resdsl.ops.conv import Conv
from resdsl.ops.pool import AvgPool, Pool
from resdsl.ops.reshape import Pad, Reshape, Subsample
from resdsl.ops.window import per_axis
from resdsl.values.expr import compute, expr_of
from resdsl.values.language import Extent


def _tuple(sizes: Iterable[Code]) -> Code:
    listed = list(sizes)
    return Code(f"({', '.join(listed)}{',' * (len(listed) == 1)})")


def _pool_sizes(name: str) -> Callable[[Node, Say], Code]:
    """The sizes of a pool per dimension, as code."""

    def sizes(node: Node, say: Say) -> Code:
        value = node.kind.settled()[name]
        assert isinstance(value, int | Extent)
        return _tuple(say(size) for size in per_axis(value, node.x.rank))

    return sizes


def _plain_pool(node: Node, _: Say) -> Code:
    """Whether a pool needs neither padding nor cut windows."""
    assert isinstance(node.kind, Pool)
    pads = per_axis(node.kind.pad, node.x.rank)
    plain = not node.kind.ceil_mode and all(expr_of(pad) == 0 for pad in pads)
    plain = plain and not is_uneven_mean(node)
    return Code("plain" if plain else "")


def is_uneven_mean(node: Node) -> bool:
    """Whether a mean has Keras's "same", in which its backends differ."""
    return isinstance(node.kind, AvgPool) and node.kind.same


def _same_counted(node: Node, _: Say) -> Code:
    """Whether the padding of such a mean is part of it."""
    counts = node.kind.settled()["count_padding"]
    return Code("counted" if is_uneven_mean(node) and counts else "")


def _pads(node: Node, say: Say) -> Code:
    """What is padded before and after each dimension."""
    assert isinstance(node.kind, Pool)
    pads = [say(pad) for pad in per_axis(node.kind.pad, node.x.rank)]
    return _tuple(Code(f"({pad}, {pad})") for pad in pads)


def _counted(node: Node, say: Say) -> Code:
    """How much of the padding is part of a mean."""
    if node.kind.settled()["count_padding"]:
        return _pads(node, say)
    return _tuple([Code("(0, 0)")] * node.x.rank)


def _same(node: Node, _: Say) -> Code:
    """Whether the padding is Keras's "same", which is TensorFlow's.

    That of both sides is where sizes keep.
    """
    assert isinstance(node.kind, Conv | Pool)
    if isinstance(node.kind, Pool) or node.kind.same:
        return Code("same" if node.kind.same else "")
    kind, rank = node.kind, node.x.rank
    strides, kernels = per_axis(kind.stride, rank), per_axis(kind.kernel, rank)
    pads, taps = per_axis(kind.pad, rank), per_axis(kind.dilation, rank)
    known = all(
        isinstance(expr_of(number), int)
        for number in (*strides, *kernels, *pads, *taps)
    )
    kept = any(pads) and all(
        stride == 1 and 2 * pad == dilation * (kernel - 1)
        for stride, kernel, pad, dilation in zip(
            strides, kernels, pads, taps, strict=True
        )
    )
    return Code("same" if known and kept else "")


def _kernel_groups(node: Node, say: Say) -> Code:
    """The groups of a convolution; none for one, nor where each channel is alone."""
    assert isinstance(node.kind, Conv)
    alone = is_depthwise(node) or expr_of(node.kind.groups) == 1
    return Code("") if alone else say(node.kind.groups)


def _multiplier(node: Node, say: Say) -> Code:
    assert isinstance(node.kind, Conv)
    if expr_of(node.kind.out_channels) == expr_of(node.x.channels):
        return Code("")
    return say(compute("//", node.kind.out_channels, node.x.channels))


def _amounts(node: Node, say: Say) -> Code:
    """Before and after each axis: the batch, the sizes, the channels."""
    assert isinstance(node.kind, Pad)
    pads = [say(size) for size in per_axis(node.kind.padding, node.x.rank)]
    more = say(compute("-", node.y.channels, node.x.channels))
    spatial = [Code(f"({pad}, {pad})") for pad in pads]
    return _tuple([Code("(0, 0)"), *spatial, Code(f"(0, {more})")])


def _slices(node: Node, say: Say) -> Code:
    assert isinstance(node.kind, Subsample | Conv)
    steps = [say(step) for step in per_axis(node.kind.stride, node.x.rank)]
    return Code(", ".join((":", *(f"::{step}" for step in steps))))


def _skips(node: Node, say: Say) -> Code:
    """What is taken of a convolution whose layer is written without its stride."""
    return _slices(node, say) if is_sliced(node) else Code("")


def is_sliced(node: Node) -> bool:
    """Whether a convolution may have both a stride and a dilation.

    Keras has no such layer: it is written without its stride, and its output is sliced.
    """
    kind = node.kind
    if not isinstance(kind, Conv) or kind.same:
        return False
    sizes = (kind.stride, kind.dilation)
    return all(any(expr_of(n) != 1 for n in per_axis(size, 1)) for size in sizes)


def _new_sizes(node: Node, say: Say) -> Code:
    assert isinstance(node.kind, Reshape)
    return _tuple(say(size) for size in per_axis(node.kind.sizes, 1))


def _span(node: Node, say: Say) -> Code:
    """From which channel up to which, not included, a slice goes."""
    assert isinstance(node.kind, Slice)
    return span(say(node.kind.start), say(node.kind.end(node.x)))


def _term(node: Node, say: Say) -> Code:
    """The factor of a product, apart from it where it has signs of its own."""
    factor = node.kind.settled()["factor"]
    text = say(factor)
    return Code(f"({text})") if " " in text else text


def _rest(momentum: object) -> float:
    """The weight of the old statistic, which is what Keras calls momentum."""
    assert isinstance(momentum, int | float)
    if isinstance(expr_of(momentum), int | float):
        return float(1 - Decimal(repr(float(momentum))))
    return compute("-", 1, momentum)


FACTS: Facts = {
    "depthwise": lambda node, _: Code("depthwise" if is_depthwise(node) else ""),
    "kernel_role": lambda node, _: Code(
        "depthwise" if is_depthwise(node) else "kernel"
    ),
    "same": _same,
    "kernel_groups": _kernel_groups,
    "multiplier": _multiplier,
    "pads": _pads,
    "counted": _counted,
    "same_counted": _same_counted,
    "old_momentum": lambda node, say: say(_rest(node.kind.settled()["momentum"])),
    "plain_pool": _plain_pool,
    "kernel_tuple": _pool_sizes("kernel"),
    "stride_tuple": _pool_sizes("stride"),
    "padding_tuple": _pool_sizes("padding"),
    "per_example": lambda node, _: _tuple(
        [Code("None"), *[Code("1")] * (node.x.rank + 1)]
    ),
    "axes": lambda node, _: Code(str(list(range(1, node.x.rank + 1)) or "")),
    "single": lambda node, _: Code(
        "single" if all(size == 1 for size in node.x.spatial) else ""
    ),
    "length": lambda node, _: Code(str(node.x.spatial[0])),
    "amounts": _amounts,
    "skips": _skips,
    "slices": _slices,
    "span": _span,
    "term": _term,
    "new_sizes": _new_sizes,
    "interpolation": lambda node, say: (
        Code("") if (mode := node.kind.settled()["mode"]) == "nearest" else say(mode)
    ),
}
