"""How weights start in Keras: what a layer does unasked, and the initialisers else."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from resdsl.backends.keras.places import is_depthwise
from resdsl.emit.environment import Words
from resdsl.emit.layer import Facts, Say
from resdsl.emit.text import Code, number
from resdsl.ir.net import Node
from resdsl.ops.conv import FAN_IN_UNIFORM, HE_NORMAL
from resdsl.ops.norm import ONES, ZEROS
from resdsl.ops.sequence import GLOROT_UNIFORM
from resdsl.values.expr import compute
from resdsl.values.language import Init

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


def starts(words: Words) -> Facts:
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
