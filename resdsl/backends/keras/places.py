"""Where Keras keeps the tensors of the checkpoint, and in which order of axes."""

from __future__ import annotations

from resdsl.ir.net import Node
from resdsl.ops.conv import Conv
from resdsl.ops.window import per_axis
from resdsl.values.expr import expr_of

AXES: dict[str, dict[str, tuple[str, str]]] = {
    "conv": {"weight": ("kernel", "oi* -> *io"), "bias": ("bias", "o -> o")},
    "depthwise": {"weight": ("kernel", "(cm)1* -> *cm"), "bias": ("bias", "o -> o")},
    "standardized": {
        "weight": ("kernel", "oi* -> 1*io"),
        "bias": ("bias/kernel", "o -> 1o"),
        "gain": ("gain/kernel", "o1(1*) -> 1o"),
    },
    "linear": {"weight": ("kernel", "oi -> io"), "bias": ("bias", "o -> o")},
    "bn": {
        "weight": ("gamma", "c -> c"),
        "bias": ("beta", "c -> c"),
        "running_mean": ("moving_mean", "c -> c"),
        "running_var": ("moving_variance", "c -> c"),
    },
    "layernorm": {"weight": ("gamma", "c -> c"), "bias": ("beta", "c -> c")},
    "groupnorm": {"weight": ("gamma", "c -> c"), "bias": ("beta", "c -> c")},
    "attention": {
        "in_proj_weight": ("in_proj/kernel", "oi -> io"),
        "in_proj_bias": ("in_proj/bias", "o -> o"),
        "out_proj.weight": ("out_proj/kernel", "oi -> io"),
        "out_proj.bias": ("out_proj/bias", "o -> o"),
    },
    "embedding": {"weight": ("embeddings", "vc -> vc")},
    "prepend": {"weight": ("embedding/embeddings", "11c -> 1c")},
    "positions": {"weight": ("embedding/embeddings", "1lc -> lc")},
    "prelu": {"weight": ("alpha", "c -> (1*)c")},
    "gain": {"weight": ("kernel", "c(1*) -> c")},
}
"""Per layer kind and tensor of the checkpoint: the variable, and its axes as Keras has
them. `part/variable` is one of the layer whose name goes on with `_part`. `*` stands
for the spatial axes, `(1*)` for as many of size 1."""


def layer_name(path: str) -> str:
    """The layer that holds the tensors of `layer1.0.conv1`: `layer1_0_conv1`."""
    return path.replace(".", "_")


def is_depthwise(node: Node) -> bool:
    """Whether a convolution sees each channel alone, and Keras has a layer for that."""
    kind = node.kind
    if not isinstance(kind, Conv) or node.x.rank not in (1, 2):
        return False
    if kind.standardize is not None:
        return False
    groups, channels = expr_of(kind.groups), expr_of(node.x.channels)
    even = len(set(per_axis(kind.stride, node.x.rank))) == 1
    return even and groups == channels and groups != 1


def places_of(node: Node) -> dict[str, tuple[str, str]]:
    """The row of `AXES` for a layer."""
    kind = node.kind
    if isinstance(kind, Conv) and kind.standardize is not None:
        return AXES["standardized"]
    return AXES["depthwise" if is_depthwise(node) else kind.name]
