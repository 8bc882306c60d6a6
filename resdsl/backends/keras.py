"""Keras 3: functional models, channels last, on the backend that is configured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from math import prod

from resdsl.analysis.walk import walk
from resdsl.core.catalog import NotAvailable
from resdsl.core.diagnostic import Stop
from resdsl.emit.audit import Allowed, audit
from resdsl.emit.blocks import build_page
from resdsl.emit.environment import Words, render_page
from resdsl.emit.layer import Facts, Say
from resdsl.emit.target import FunctionTarget
from resdsl.emit.text import Code, number
from resdsl.ir.net import Net, Node
from resdsl.ops.activation import LeakyRelu
from resdsl.ops.channels import Slice
from resdsl.ops.conv import FAN_IN_UNIFORM, HE_NORMAL, Conv
from resdsl.ops.norm import ONES, ZEROS
from resdsl.ops.pixels import PixelShuffle
from resdsl.ops.pool import AvgPool, Pool
from resdsl.ops.reshape import Pad, Reshape, Subsample
from resdsl.ops.sequence import GLOROT_UNIFORM
from resdsl.ops.window import per_axis
from resdsl.values.expr import compute, expr_of
from resdsl.values.language import Extent, Init

NAME = "keras"

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

_STARTED = {
    "conv": {"weight": HE_NORMAL, "bias": ZEROS, "gain": ONES},
    "linear": {"weight": FAN_IN_UNIFORM, "bias": FAN_IN_UNIFORM},
    "bn": {"weight": ONES, "bias": ZEROS},
    "layernorm": {"weight": ONES, "bias": ZEROS},
    "groupnorm": {"weight": ONES, "bias": ZEROS},
    "attention": {
        "in_proj_weight": GLOROT_UNIFORM,
        "in_proj_bias": ZEROS,
        "out_proj.weight": FAN_IN_UNIFORM,
        "out_proj.bias": ZEROS,
    },
    "prepend": {"weight": ZEROS},
    "gain": {"weight": ONES},
}
"""How the page's own function, or else Keras's layer, starts each weight."""

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

_NEUTRAL = {
    "conv": {"stride": "1", "padding": "0", "dilation": "1"},
    "attention": {"dropout": "0"},
}

_ALLOWED = Allowed(
    imports=frozenset(("keras",)),
    builtins=frozenset(_BUILTINS),
    attributes={
        "keras": frozenset(("Input", "Model")),
        **dict.fromkeys(_IMPORTS),
    },
    methods=frozenset(("append", "pop", "shape")),
    nodes=frozenset(("FormattedValue", "JoinedStr", "ListComp")),
    calls_calls=True,
    texts=frozenset(
        (
            *("...c,c->...c", "az,zo->ao"),
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
        facts={**_FACTS, **_starts(words)},
        imports=_IMPORTS,
        support=_SUPPORT,
        last=True,
        locals=frozenset(_LOCALS),
        reserved=frozenset(_SUPPORT),
    )
    return audit(render_page(NAME, build_page(net, target)), _ALLOWED)


def _refuse_what_is_missing(net: Net) -> None:
    names: dict[str, str] = {}
    for placed in walk(net):
        kind = placed.item.kind if isinstance(placed.item, Node) else None
        name = layer_name(placed.name)
        if kind is not None and names.setdefault(name, placed.name) != placed.name:
            message = f"in Keras '{placed.name}' and '{names[name]}' are both '{name}'"
            raise Stop(NotAvailable(placed.item.span, message, hint="change a label"))
        missing = _missing(placed.item) if isinstance(placed.item, Node) else ""
        if missing:
            raise Stop(NotAvailable(placed.item.span, f"Keras has no {missing}"))


def _missing(node: Node) -> str:
    """What Keras lacks that a layer asks for."""
    kind = node.kind
    if isinstance(kind, Conv) and _strides_and_dilates(kind):
        return "convolution with both a stride and a dilation"
    if isinstance(kind, LeakyRelu) and kind.slope < 0:
        return "leaky ReLU with a negative slope"
    known = all(isinstance(size, int) for size in node.x.spatial)
    if isinstance(kind, Pool) and kind.ceil_mode and not known:
        return "pool that keeps cut windows of an input whose size is open"
    if isinstance(kind, PixelShuffle) and kind.factor == 1 and not known:
        return "pixel shuffle by 1 of an input whose size is open"
    if _is_uneven_mean(node) and not known:
        return "average pool with padding=same of an input whose size is open"
    return ""


def _strides_and_dilates(kind: Conv) -> bool:
    sizes = (kind.stride, kind.dilation)
    return all(size != 1 and set(per_axis(size, 1)) != {1} for size in sizes)


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


# --- what the macros ask for besides a layer's own arguments ---


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
    plain = plain and not _is_uneven_mean(node)
    return Code("plain" if plain else "")


def _is_uneven_mean(node: Node) -> bool:
    """Whether a mean has Keras's "same", in which its backends differ."""
    return isinstance(node.kind, AvgPool) and node.kind.same


def _same_counted(node: Node, _: Say) -> Code:
    """Whether the padding of such a mean is part of it."""
    counts = node.kind.settled()["count_padding"]
    return Code("counted" if _is_uneven_mean(node) and counts else "")


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
    assert isinstance(node.kind, Subsample)
    steps = [say(step) for step in per_axis(node.kind.stride, node.x.rank)]
    return Code(", ".join((":", *(f"::{step}" for step in steps))))


def _new_sizes(node: Node, say: Say) -> Code:
    assert isinstance(node.kind, Reshape)
    return _tuple(say(size) for size in per_axis(node.kind.sizes, 1))


def _end(node: Node, say: Say) -> Code:
    """The channel behind the last of a slice."""
    assert isinstance(node.kind, Slice)
    return say(node.kind.end(node.x))


_FACTS: Facts = {
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
    "slices": _slices,
    "end": _end,
    "new_sizes": _new_sizes,
    "interpolation": lambda node, say: (
        Code("") if (mode := node.kind.settled()["mode"]) == "nearest" else say(mode)
    ),
}


def _rest(momentum: object) -> float:
    """The weight of the old statistic, which is what Keras calls momentum."""
    assert isinstance(momentum, int | float)
    if isinstance(expr_of(momentum), int | float):
        return float(1 - Decimal(repr(float(momentum))))
    return compute("-", 1, momentum)


def _starts(words: Words) -> Facts:
    """The initialisers of a layer's weights; none where they start so unasked."""

    def of(name: str) -> Callable[[Node, Say], Code]:
        def start(node: Node, say: Say) -> Code:
            weights = {w.name: w.init for w in node.kind.weights(node.x)}
            init = weights.get(name)
            usual = _STARTED.get(node.kind.name, {}).get(name)
            if is_depthwise(node) and name == "weight":
                usual = None  # Keras counts the fan of a depthwise kernel otherwise
            return (
                Code("")
                if init in (None, usual)
                else _initializer(words, init, node, name, say)
            )

        return start

    return {
        "weight_start": of("weight"),
        "bias_start": of("bias"),
        "gain_start": of("gain"),
        "in_weight_start": of("in_proj_weight"),
        "in_bias_start": of("in_proj_bias"),
        "out_weight_start": of("out_proj.weight"),
        "out_bias_start": of("out_proj.bias"),
    }


def _initializer(words: Words, init: Init, node: Node, name: str, say: Say) -> Code:
    if init in (ZEROS, ONES):
        return words.say("init_zeros" if init == ZEROS else "init_ones", "", "")
    if init.name == "he_normal":
        return words.say("init_he_normal", "", _fan(node, name, str(init.args[0]), say))
    if init.name == "glorot_uniform":
        fans = _fan(node, name, "sum", say) if is_depthwise(node) else Code("")
        return words.say("init_glorot_uniform", "", fans)
    if init == FAN_IN_UNIFORM:
        return words.say("init_fan_in_uniform", "", _fan(node, name, "fan_in", say))
    (amount,) = init.args
    assert isinstance(amount, int | float)
    return words.say(f"init_{init.name}", number(amount), "")


def _fan(node: Node, name: str, mode: str, say: Say) -> Code:
    """The fan of torch's weight, which is the language's; `sum` is that of both.

    A bias has that of its layer's first weight.
    """
    weights = node.kind.weights(node.x)
    own = (w for w in weights if w.name == name and len(w.shape) > 1)
    weight = next(own, weights[0])
    out, *inner = weight.shape
    into, *taps = inner or (1,)  # a scale or shift is of one number each
    sides = {"fan_in": into, "fan_out": out, "sum": compute("+", into, out)}
    channels = sides[mode]
    return say(compute("*", channels, prod(int(tap) for tap in taps)))
