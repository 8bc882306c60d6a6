"""Nets with several outputs, and what is asked of those that state none."""

from pathlib import Path

import resdsl

HERE = Path(__file__).resolve().parent
NETS = HERE / "nets.res"
ZOO = HERE.parents[1] / "examples" / "zoo"
STATED = ("pyramid", "aliases", "joined", "orders")
"""The nets of `nets.res` that say `output` themselves."""
CUT = [
    "features.0",
    "features.1",
    "features.first",
    "features.deep.0",
    "features.deep.inner.0",
    "features.deep.inner.2.1",
    "features.deep.inner",
    "features.deep",
    "features.6",
    "features",
    "head.0",
    "head.2",
    "head.3",
    "head",
    "fc",
]
"""Of the net `cut`: a layer, a label, groups, some of a repeat, the last of all."""


def stated(name: str) -> resdsl.Network:
    return resdsl.load(NETS, net=name)


def cut(*names: str) -> resdsl.Network:
    return stated("cut").with_outputs(*names or CUT)


def zoo(family: str, name: str, *names: str) -> resdsl.Network:
    return resdsl.load(ZOO / f"{family}.res", net=name).with_outputs(*names)
