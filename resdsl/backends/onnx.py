"""ONNX: graphs in its own text, without the numbers of the weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod

from resdsl.core.catalog import NotAvailable
from resdsl.core.record import NamedTuple
from resdsl.emit.environment import Words, render_page
from resdsl.emit.graph.audit import Allowed, audit
from resdsl.emit.graph.draw import GraphTarget
from resdsl.emit.graph.page import GraphPage, build_graph
from resdsl.ir.net import Net, Node
from resdsl.ops.activation import Prelu
from resdsl.ops.base import Kind, Weight
from resdsl.ops.channels import Shuffle, Slice, Softmax
from resdsl.ops.conv import Conv
from resdsl.ops.fault import Fault
from resdsl.ops.norm import BatchNorm, GroupNorm
from resdsl.ops.pixels import PixelUnshuffle
from resdsl.ops.pool import AvgPool, KMaxPool, MaxPool, Pool
from resdsl.ops.reshape import Pad, Reshape, Subsample, Upsample
from resdsl.ops.sequence import Attention, Tokens
from resdsl.ops.window import per_axis, same_padding
from resdsl.values.language import Extent

NAME = "onnx"
DOMAIN = "resdsl"
OPTIONS = ("inline", "opset")
"""What `source` takes besides the net."""

OPSET = 22
"""The first whose pooling rounds up as others do, and old enough for most runtimes."""

FORMATS = {
    17: 8,
    18: 8,
    19: 9,
    20: 9,
    21: 10,
    22: 10,
    23: 11,
    24: 12,
    25: 13,
    26: 13,
}
"""The opsets that can be asked for, and the file format that came with each."""

SINCE = {"mish": 18, "gelu": 20}
"""Layers whose operator came later than the oldest opset."""
_CEIL = 22
_FILTERED_RESIZE = 18
_AXES_OF_PAD = 18


class Page(NamedTuple):
    """What the page template sees."""

    graph: GraphPage
    opset: int
    format: int


def source(net: Net, inline: bool = False, opset: int | None = None) -> str:
    """The graph of `net` as text; `inline` without a function for each block.

    Raises:
        Fault: there is no such opset here.
    """
    opset = OPSET if opset is None else opset
    if opset not in FORMATS:
        known = f"{min(FORMATS)} to {max(FORMATS)}"
        message = f"opset {opset} is not available"
        raise Fault(NotAvailable, message, hint=f"there are: {known}")
    target = GraphTarget(
        words=Words(NAME),
        settings=partial(_settings, opset),
        layout=layout,
        input="input",
        output="output",
    )
    graph = build_graph(net, target, inline)
    page = Page(graph, opset, FORMATS[opset])
    return audit(render_page(NAME, page), ALLOWED)


def layout(node: Node, weight: Weight) -> tuple[int, ...]:
    """The shape of a weight: the checkpoint's, but some are spread over positions."""
    shape = tuple(int(extent) for extent in weight.shape)
    spread = isinstance(node.kind, Prelu | GroupNorm)
    return (*shape, *(1,) * node.x.rank) if spread else shape


def _settings(opset: int, node: Node) -> dict[str, object]:
    """What operators want beside a layer's own arguments."""
    kind, rank = node.kind, node.x.rank
    _require(kind.name, SINCE.get(kind.name, 0), opset)
    made: dict[str, object] = {
        "spatial": rank > 0 and not node.x.last,
        "positions": rank > 0,
        "last": node.x.last,
        "swapped": (1, 0),
        **_of_sequence(node),
        "channels_last": (0, *range(2, rank + 2), 1),
        "channels_first": (0, rank + 1, *range(1, rank + 1)),
    }
    if isinstance(kind, Conv):
        made |= _padded(node, kind) | _standardized(node, kind)
    elif isinstance(kind, BatchNorm):
        made["kept_momentum"] = round(1 - float(kind.momentum), 12)
    elif isinstance(kind, GroupNorm):
        groups = int(kind.groups)
        made["grouped"] = (0, groups, -1)
        made["ones"], made["zeros"] = (1.0,) * groups, (0.0,) * groups
    elif isinstance(kind, MaxPool | AvgPool) and kind.kernel is not None:
        _require(f"{kind.name} with ceil_mode", _CEIL * kind.ceil_mode, opset)
        made |= _padded(node, kind)
        made["ceil"] = int(kind.ceil_mode)
        made["dilation"] = (1,) * rank
        if isinstance(kind, AvgPool):
            made["counted"] = int(kind.count_padding)
    elif isinstance(kind, Subsample):
        made["kernel"] = made["dilation"] = (1,) * rank
        made["pads"] = (0,) * (2 * rank)
    elif isinstance(kind, Pad):
        made["pads"] = _pads(node, kind)
        made["axes"] = tuple(range(rank + 2))
        made["has_axes"] = opset >= _AXES_OF_PAD
        spread = any(per_axis(kind.padding, rank))
        _require("pad of sizes", _AXES_OF_PAD * spread, opset)
    elif isinstance(kind, Upsample):
        made["scales"] = (1.0, 1.0, *(float(kind.scale),) * rank)
        made["linear"] = kind.mode == "bilinear"
        made["filtered"] = opset >= _FILTERED_RESIZE
    return made | _OF.get(type(kind), _nothing)(node)


def _padded(node: Node, kind: Conv | Pool) -> dict[str, object]:
    """The padding of a window: numbers, or that the runtime works them out.

    Raises:
        Fault: it depends on the size, in a way that no runtime reads.
    """
    if not kind.same:
        return {"auto": False, "pads": _both_sides(per_axis(kind.pad, node.x.rank))}
    settled = kind.settled()
    given = (settled["kernel"], settled["stride"], settled.get("dilation", 1))
    sizes = [n for n in given if isinstance(n, int | Extent)]
    axes = list(zip(*(per_axis(n, node.x.rank) for n in sizes), strict=True))
    if all(step == 1 or kernel == 1 for kernel, step, _ in axes):  # whatever the size
        before, behind = zip(*(same_padding(1, *axis) for axis in axes), strict=True)
        return {"auto": False, "pads": (*before, *behind)}
    if any(dilation != 1 or step > kernel for kernel, step, dilation in axes):
        message = "ONNX's runtimes misread padding=same with a stride and a dilation, "
        message += "or with a stride beyond the kernel"
        raise Fault(NotAvailable, message, hint="state the padding")
    return {"auto": True}


def _standardized(node: Node, kind: Conv) -> dict[str, object]:
    if kind.standardize is None:
        return {"standard": False}
    out, *filter_ = (int(extent) for extent in kind.weights(node.x)[0].shape)
    made = {"standard": True, "rows": (1, out, -1), "eps": float(kind.standardize)}
    gain = float(kind.gain or 0) * prod(filter_) ** -0.5
    return {**made, "gain_scale": kind.gain is not None, "scale": gain}


def _nothing(_: Node) -> dict[str, object]:
    return {}


def _of_kmaxpool(node: Node) -> dict[str, object]:
    assert isinstance(node.kind, KMaxPool)
    return {"kept": (int(node.kind.k),)}


def _of_slice(node: Node) -> dict[str, object]:
    kind = node.kind
    assert isinstance(kind, Slice)
    first, behind = int(kind.start), int(kind.end(node.x))
    return {"first": (first,), "behind": (behind,), "axis": (1,)}


def _of_shuffle(node: Node) -> dict[str, object]:
    assert isinstance(node.kind, Shuffle)
    groups = int(node.kind.groups)
    each = int(node.x.channels) // groups
    return {"grouped": (0, groups, each, -1), "swapped": (0, 2, 1, 3)}


def _of_softmax(node: Node) -> dict[str, object]:
    assert isinstance(node.kind, Softmax)
    groups = node.kind.groups
    return {} if groups is None else {"grouped": (0, int(groups), -1)}


def _of_reshape(node: Node) -> dict[str, object]:
    assert isinstance(node.kind, Reshape)
    sizes = (int(size) for size in per_axis(node.kind.sizes, 1))
    return {"new_sizes": (0, *sizes)}


def _of_pixelunshuffle(node: Node) -> dict[str, object]:
    assert isinstance(node.kind, PixelUnshuffle)
    channels, n = int(node.x.channels), int(node.kind.factor)
    height, width = (size for size in node.y.spatial if isinstance(size, int))
    return {
        "squares": (0, channels, height, n, width, n),
        "new_sizes": (0, channels * n * n, height, width),
    }


_OF: dict[type[Kind], Callable[[Node], dict[str, object]]] = {
    KMaxPool: _of_kmaxpool,
    PixelUnshuffle: _of_pixelunshuffle,
    Reshape: _of_reshape,
    Slice: _of_slice,
    Shuffle: _of_shuffle,
    Softmax: _of_softmax,
}
"""What else some kinds want."""


def _of_sequence(node: Node) -> dict[str, object]:
    """What the layers of sequences want: sizes to reshape to, where 0 keeps one."""
    kind, width = node.kind, int(node.x.channels)
    if isinstance(kind, Tokens):
        return {"sizes": (0, -1, width) if node.x.last else (0, width, -1)}
    if isinstance(kind, Attention):
        each = width // int(kind.heads)
        return {
            "split": (0, 0, 3, int(kind.heads), each),
            "joined": (0, 0, width),
            "scale": each**-0.5,
        }
    return {}


def _require(what: str, least: int, opset: int) -> None:
    if opset < least:
        message = f"{what} needs opset {least}, and the opset is {opset}"
        raise Fault(NotAvailable, message, hint=f"use --opset {least} or a newer one")


def _both_sides(sizes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(size) for size in (*sizes, *sizes))


def _pads(node: Node, kind: Pad) -> tuple[int, ...]:
    """What is added before each dimension, then after each."""
    sizes = tuple(int(size) for size in per_axis(kind.padding, node.x.rank))
    return (0, 0, *sizes, 0, int(node.y.channels) - int(node.x.channels), *sizes)


ALLOWED = Allowed(
    operators=frozenset(
        (
            *("Add", "AveragePool", "BatchNormalization", "Clip", "Concat"),
            *("Constant", "Conv", "DepthToSpace", "Div", "Elu", "Expand", "Flatten"),
            *("Gather", "GatherElements", "Gelu", "Gemm"),
            *("GlobalAveragePool", "GlobalMaxPool"),
            *("HardSigmoid", "HardSwish", "Identity"),
            *("InstanceNormalization", "LayerNormalization"),
            *("LeakyRelu", "MatMul", "MaxPool", "Mish", "Mul", "PRelu", "Pad", "Relu"),
            *("Reshape", "Resize", "Shape", "Sigmoid", "Slice", "Softmax", "Sqrt"),
            *("Sub", "Tanh", "TopK", "Transpose"),
        )
    ),
    domain=DOMAIN,
    tensor="value",
    texts=frozenset(
        (
            "none",
            "tanh",
            "CRD",
            "constant",
            "SAME_UPPER",
            "half_pixel",
            "linear",
            "asymmetric",
            "nearest",
            "floor",
        )
    ),
    prose=frozenset(("doc_string", "input_shape", "output_shape", "source")),
)
"""All that a page may mention besides the names that it makes itself."""
