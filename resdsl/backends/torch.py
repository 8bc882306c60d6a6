"""PyTorch: what its modules assume, and what its pages need besides words."""

from __future__ import annotations

from resdsl.analysis.walk import walk
from resdsl.core.catalog import NotAvailable
from resdsl.core.diagnostic import Stop
from resdsl.emit.audit import Allowed, audit
from resdsl.emit.classes import build_page
from resdsl.emit.environment import Words, render_page
from resdsl.emit.layer import Facts, Say
from resdsl.emit.target import ClassTarget
from resdsl.emit.text import Code, join
from resdsl.ir.net import Net, Node
from resdsl.ops.channels import Slice
from resdsl.ops.conv import Conv
from resdsl.ops.pool import AvgPool, Pool
from resdsl.ops.reshape import Pad, Reshape
from resdsl.ops.window import per_axis
from resdsl.values.expr import compute
from resdsl.values.language import Init

NAME = "torch"

_ONE = Init("constant", (1,))
_ZERO = Init("constant", (0,))
_UNIFORM = Init("fan_in_uniform")
_NORM = {"weight": _ONE, "bias": _ZERO}

STARTED = {
    "conv": {"weight": _UNIFORM, "bias": _UNIFORM, "gain": _ONE},
    "linear": {"weight": _UNIFORM, "bias": _UNIFORM},
    "bn": _NORM,
    "layernorm": _NORM,
    "groupnorm": _NORM,
    "prelu": {"weight": Init("constant", (0.25,))},
    "attention": {
        "in_proj_weight": Init("glorot_uniform"),
        "in_proj_bias": _ZERO,
        "out_proj.weight": _UNIFORM,
        "out_proj.bias": _ZERO,
    },
    "embedding": {"weight": Init("normal", (1,))},
    "prepend": {"weight": _ZERO},
    "positions": {"weight": _ZERO},
    "gain": {"weight": _ONE},
}
"""How a constructor starts each weight; a test measures it on the installed torch."""

_NEUTRAL = {
    "conv": {"stride": "1", "padding": "0", "dilation": "1", "groups": "1"},
    "maxpool": {"padding": "0"},
    "avgpool": {"padding": "0"},
    "attention": {"dropout": "0"},
}

_INNER = {"attention": "linear"}

_SUPPORT = {
    **dict.fromkeys(
        (
            *("ChannelNorm", "DropPath", "KMaxPool", "Mean", "Pad", "Permute"),
            *("Select", "SelfAttention", "Tokens", "named", "within"),
        ),
        (),
    ),
    "Times": (),
    "Slice": (),
    "Reshape": (),
    "GroupSoftmax": (),
    "same_padding": (),
    **{
        f"Same{what}{rank}d": ("same_padding",)
        for what in ("Conv", "MaxPool", "AvgPool")
        for rank in (1, 2, 3)
    },
    **{f"StdConv{rank}d": () for rank in (1, 2, 3)},
    **{
        f"SameStdConv{rank}d": (f"SameConv{rank}d", f"StdConv{rank}d")
        for rank in (1, 2, 3)
    },
}
_TOP = ("BLOCKS", "Tensor", "init_weights", "nn", "torch")
_BUILTINS = ("isinstance", "range", "super", "zip")

ALLOWED = Allowed(
    imports=frozenset(("torch",)),
    builtins=frozenset(
        (
            *_BUILTINS,
            "bool",
            "dict",
            "float",
            "int",
            "list",
            "max",
            "min",
            "str",
            "tuple",
            "type",
        )
    ),
    attributes={
        "nn": None,
        "nn.functional": None,
        "nn.init": None,
        "torch": frozenset(("cat", "ones", "zeros")),
        "Tensor": frozenset(),
    },
    methods=frozenset(
        (
            *("__init__", "add_module", "apply", "argsort", "bernoulli_", "bias"),
            *("children", "count_include_pad", "dilation", "div_", "expand", "flatten"),
            *("forward", "gather", "groups"),
            *("in_proj_bias", "in_proj_weight", "items", "kernel_size", "mean"),
            *("movedim", "narrow", "ndim", "new_empty", "new_ones", "numel"),
            *(
                "out_channels",
                "out_proj",
                "padding",
                "permute",
                "reshape",
                "shape",
                "softmax",
                "sort",
            ),
            *("stride", "training", "transpose", "unflatten", "values", "weight"),
        )
    ),
    nodes=frozenset(("DictComp", "FormattedValue", "JoinedStr")),
    formats_keys_alone=True,
)
"""All that a page may mention besides what it makes itself."""


def source(net: Net) -> str:
    """The page of `net`, as text.

    Raises:
        Stop: a layer asks for what torch cannot do.
    """
    for placed in walk(net):
        if isinstance(placed.item, Node) and _overhangs(placed.item):
            message = "torch has no 3-D average over a window larger than the input"
            hint = "use a smaller kernel; padding does not count here"
            raise Stop(NotAvailable(placed.item.span, message, hint=hint))
    target = ClassTarget(
        words=Words(NAME),
        module=Code("nn.Module"),
        sequence=Code("nn.Sequential"),
        tensor=Code("Tensor"),
        tensors=Code("dict[str, Tensor]"),
        neutral=_NEUTRAL,
        facts=_FACTS,
        started=STARTED,
        inner=_INNER,
        imports=("torch",),
        support=_SUPPORT,
        reserved=frozenset((*_SUPPORT, *_TOP, *_BUILTINS)),
    )
    return audit(render_page(NAME, build_page(net, target)), ALLOWED)


def _overhangs(node: Node) -> bool:
    """Whether padding alone makes room for a window: torch minds in 3-D averages."""
    kind = node.kind
    if not isinstance(kind, AvgPool) or kind.kernel is None or node.x.rank != 3:
        return False
    if kind.same:
        return False
    sizes = zip(node.x.spatial, per_axis(kind.kernel, 3), strict=True)
    return any(isinstance(size, int) and size < kernel for size, kernel in sizes)


def _dims(*axes: int) -> Code:
    return Code(", ".join(map(str, axes)))


def _same(node: Node, _: Say) -> Code:
    """Whether a window is padded as TensorFlow does, by the size of the input."""
    assert isinstance(node.kind, Conv | Pool)
    return Code("same" if node.kind.same else "")


def _new_sizes(node: Node, say: Say) -> Code:
    assert isinstance(node.kind, Reshape)
    return join(say(size) for size in per_axis(node.kind.sizes, 1))


def _end(node: Node, say: Say) -> Code:
    """The channel behind the last of a slice."""
    assert isinstance(node.kind, Slice)
    return say(node.kind.end(node.x))


def _amounts(node: Node, say: Say) -> Code:
    """Torch lists the amounts from the last dimension back, before and after."""
    return Code(f"({', '.join(_padding(node, say))})")


def _pad_rank(node: Node, say: Say) -> Code:
    """The dimensions that a `pad` changes, as far as torch has a module for them."""
    rank = len(_padding(node, say)) // 2
    return Code(str(rank) if rank <= 3 else "")


def _padding(node: Node, say: Say) -> list[Code]:
    assert isinstance(node.kind, Pad)
    amounts: list[Code] = []
    for size in reversed(per_axis(node.kind.padding, node.x.rank)):
        amounts += [say(size)] * 2
    # Also where nothing is appended: another use of the block may share the class.
    if node.kind.channels is not None or not node.x.rank:
        amounts += [Code("0"), say(compute("-", node.y.channels, node.x.channels))]
    return amounts


_FACTS: Facts = {
    "norm_rank": lambda node, _: Code(str(max(node.x.rank, 1))),
    "spatial": lambda node, _: Code(
        "spatial" if node.x.rank and not node.x.last else ""
    ),
    "channels_last": lambda node, _: _dims(0, *range(2, node.x.rank + 2), 1),
    "channels_first": lambda node, _: _dims(
        0, node.x.rank + 1, *range(1, node.x.rank + 1)
    ),
    "size_axes": lambda node, _: (
        Code("1") if node.x.rank == 1 else Code(str(tuple(range(1, node.x.rank + 1))))
    ),
    "sizes": lambda node, _: _dims(*range(1, node.x.rank + 1)),
    "last": lambda node, _: Code("last" if node.x.last else ""),
    "length": lambda node, _: Code(str(node.x.spatial[0])),
    "amounts": _amounts,
    "pad_rank": _pad_rank,
    "same": _same,
    "end": _end,
    "new_sizes": _new_sizes,
    "ones": lambda node, _: Code(", 1" * node.x.rank),
}
