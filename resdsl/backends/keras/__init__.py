"""Keras 3: functional models, channels last, on the backend that is configured."""

from __future__ import annotations

from resdsl.analysis.walk import walk
from resdsl.backends.keras.facts import FACTS, is_sliced, is_uneven_mean
from resdsl.backends.keras.places import layer_name
from resdsl.backends.keras.starts import starts
from resdsl.core.catalog import NotAvailable
from resdsl.core.diagnostic import Stop
from resdsl.emit.audit import Allowed, audit
from resdsl.emit.blocks import build_page
from resdsl.emit.environment import Words, render_page
from resdsl.emit.shared import shared_paths
from resdsl.emit.target import FunctionTarget
from resdsl.emit.text import Code
from resdsl.ir.net import Join, Merge, Net, Node
from resdsl.ops.activation import LeakyRelu
from resdsl.ops.conv import Conv
from resdsl.ops.linear import Linear
from resdsl.ops.norm import BatchNorm
from resdsl.ops.pixels import PixelShuffle
from resdsl.ops.pool import Pool
from resdsl.ops.window import per_axis

NAME = "keras"

_SUPPORT = {
    "he_normal": ("initializers",),
    "glorot_uniform": ("initializers",),
    "fan_in_uniform": ("initializers",),
    "dense": ("fan_in_uniform", "layers"),
    "conv1d": ("initializers", "layers"),
    "conv2d": ("initializers", "layers"),
    "conv3d": ("initializers", "layers"),
    "depthwise_conv1d": ("layers",),
    "depthwise_conv2d": ("layers",),
    "flatten": ("layers",),
    "cut_off": (),
    "max_pool1d": ("layers", "ops"),
    "max_pool2d": ("layers", "ops"),
    "max_pool3d": ("layers", "ops"),
    "average_pool1d": ("layers", "ops"),
    "average_pool2d": ("layers", "ops"),
    "average_pool3d": ("layers", "ops"),
    "kmax_pool": ("layers", "ops"),
    "self_attention": ("fan_in_uniform", "layers", "ops"),
    "prepend": ("layers", "ops"),
    "add_positions": ("layers", "ops"),
    "gain": ("layers",),
    "shuffle": ("ops",),
    "same_pads": (),
    "pixel_shuffle": ("layers", "ops"),
    "pixel_unshuffle": ("layers",),
    "reshape": ("layers", "ops"),
    "tensor": ("layers", "ops"),
    "std_conv": ("initializers", "ops", "tensor"),
    "group_softmax": ("ops",),
}
_IMPORTS = ("initializers", "layers", "ops")
_BUILTINS = ("float", "isinstance", "len", "max", "min", "range", "tuple", "zip")
_LOCALS = (
    *("apply", "input_shape", "inputs", "keras", "name"),
    *_IMPORTS,
    *_BUILTINS,
    *_SUPPORT,
)

_FEW_CALLS = 800
"""Python ends at a thousand calls within one another, of which a caller needs some."""
_MOST_CALLS = 8
"""Of a layer that is several operations, such as attention."""
_NEUTRAL = {
    "conv": {"stride": "1", "padding": "0", "dilation": "1"},
    "attention": {"dropout": "0"},
}

_ALLOWED = Allowed(
    imports=frozenset(("keras", "sys")),
    builtins=frozenset(_BUILTINS),
    attributes={
        "keras": frozenset(("Input", "Model")),
        "sys": frozenset(("getrecursionlimit", "setrecursionlimit")),
        **dict.fromkeys(_IMPORTS),
    },
    methods=frozenset(("append", "pop", "shape")),
    nodes=frozenset(("FormattedValue", "JoinedStr", "ListComp")),
    calls_calls=True,
    texts=frozenset(
        (
            *("nc,c->nc", "nxc,c->nxc", "nxyc,c->nxyc", "nxyzc,c->nxyzc", "az,zo->ao"),
            *("az,zwio->awio", "az,zhwio->ahwio", "az,zdhwio->adhwio"),
        )
    ),
)


def source(net: Net) -> str:
    """The page of `net`, as text.

    Raises:
        Stop: a layer asks for what Keras cannot do.
    """
    _refuse_what_is_missing(net)
    words = Words(NAME)
    target = FunctionTarget(
        words=words,
        neutral=_NEUTRAL,
        facts={**FACTS, **starts(words)},
        imports=_IMPORTS,
        support=_SUPPORT,
        last=True,
        locals=frozenset(_LOCALS),
        check=_check,
        reserved=frozenset(_SUPPORT),
    )
    page = build_page(net, target)._replace(recursion=_recursion(net))
    return audit(render_page(NAME, page), _ALLOWED)


def _recursion(net: Net) -> Code:
    """How many calls within one another Keras may need to follow the layers of a net.

    Nothing where Python allows as many of itself.
    """
    calls = sum(placed.times * _calls(placed.item) for placed in walk(net))
    return Code("" if calls < _FEW_CALLS else f"{2 * calls + 1000:_}")


def _calls(item: Node | Merge | Join) -> int:
    """How many of Keras's operations a layer or merge is at most."""
    if not isinstance(item, Node):
        return 1
    kind = item.kind
    if isinstance(kind, Conv) and kind.standardize is None:
        return 1 + any(per_axis(kind.pad, item.x.rank)) + is_sliced(item)
    return 1 if kind.activation or isinstance(kind, BatchNorm | Linear) else _MOST_CALLS


def _refuse_what_is_missing(net: Net) -> None:
    models = shared_paths(net.unit.body)  # each of which is a layer of that name
    names = {layer_name(path): path for path in models}
    for placed in walk(net):
        if not isinstance(placed.item, Node):
            continue
        name = layer_name(placed.name)
        if names.setdefault(name, placed.name) != placed.name:
            message = f"in Keras '{placed.name}' and '{names[name]}' are both '{name}'"
            raise Stop(NotAvailable(placed.item.span, message, hint="change a label"))
        _check(placed.item)


def _check(node: Node) -> None:
    if missing := _missing(node):
        raise Stop(NotAvailable(node.span, f"Keras has no {missing}"))


def _missing(node: Node) -> str:
    """What Keras lacks that a layer asks for."""
    kind = node.kind
    if isinstance(kind, Conv) and kind.same and _strides_and_dilates(kind):
        return "convolution with padding=same and both a stride and a dilation"
    if isinstance(kind, LeakyRelu) and kind.slope < 0:
        return "leaky ReLU with a negative slope"
    known = all(isinstance(size, int) for size in node.x.spatial)
    if isinstance(kind, Pool) and kind.ceil_mode and not known:
        return "pool that keeps cut windows of an input whose size is open"
    if isinstance(kind, PixelShuffle) and kind.factor == 1 and not known:
        return "pixel shuffle by 1 of an input whose size is open"
    if is_uneven_mean(node) and not known:
        return "average pool with padding=same of an input whose size is open"
    return ""


def _strides_and_dilates(kind: Conv) -> bool:
    sizes = (kind.stride, kind.dilation)
    return all(size != 1 and set(per_axis(size, 1)) != {1} for size in sizes)
