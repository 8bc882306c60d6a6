"""Any well-formed program is refused with a diagnostic, or becomes what it declares."""

import inspect

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from programs import programs

import resdsl
from resdsl import Network, ResdslError
from resdsl.reference.inputs import noise

SIZES = {"H": 9, "W": 8, "L": 13, "D": 6}
# What torch refuses and cannot be known from the text: sizes that are symbolic, and its
# pools, which compare an input with the kernel before they pad it.
TOO_SMALL = ("too small", "smaller than kernel", "Kernel size can't", "zero batch")
FEW = settings(
    deadline=None,
    max_examples=120,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
LARGEST = 3_000_000
"""Parameters: `dense` doubles the channels, and some programs do so ten times."""


def counted(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def numbers(shape: tuple[int | str, ...]) -> list[int]:
    """A shape with the symbolic sizes put in."""
    return [s if isinstance(s, int) else eval(s, {}, dict(SIZES)) for s in shape]


def trained(net: Network, module: torch.nn.Module) -> bool:
    """Run forward and backward; whether torch could."""
    shape = numbers(net.input_shape)
    x = torch.from_numpy(noise(net.ir, (3, *shape), np.random.default_rng(0)))
    x = x.float().requires_grad_() if x.is_floating_point() else x
    try:
        y = module(x)
    except RuntimeError as error:
        if any(words in str(error) for words in TOO_SMALL):
            return False
        raise
    outputs = y if isinstance(y, dict) else {"": y}
    shapes = net.output_shapes if isinstance(y, dict) else {"": net.output_shape}
    for name, shape in shapes.items():
        assert list(outputs[name].shape) == [3, *numbers(shape)]
    total = torch.stack([output.sum() for output in outputs.values()]).sum()
    if total.requires_grad:
        total.backward()
    assert all(p.grad is None or p.grad.shape == p.shape for p in module.parameters())
    return True


@FEW
@given(programs())
def test_a_program_becomes_what_it_declares_or_is_refused(text: str) -> None:
    report = resdsl.check(text)
    if not report.ok:
        assert str(report)
        return
    (net,) = report.nets
    if net.params > LARGEST:
        return
    module = built(net)
    if module is None:
        return
    assert counted(module) == net.params
    if trained(net, module):
        check_free(text, net, module)


def built(net: Network) -> torch.nn.Module | None:
    """The module; nothing where the target lacks something and says so."""
    try:
        return net.build("torch")
    except ResdslError as error:
        assert {d.code for d in error.diagnostics} == {"E108"}
        return None


def check_free(text: str, net: Network, module: torch.nn.Module) -> None:
    """A parameter of the constructor means what the net's parameter means."""
    if "a" not in inspect.signature(type(module).__init__).parameters:
        return
    for value in (2, 6, 10):
        try:
            other = resdsl.load(text, net="n", a=value)
        except ResdslError:
            continue
        if other.params > LARGEST:
            continue
        free = net.build("torch", a=value)
        assert counted(free) == other.params
        assert list(free.state_dict()) == list(other.build("torch").state_dict())


NET = "net n(a = 4):\n    input 4 x 8 x 8\n    "
ODD = {
    "nothing twice": "residual:\n        residual:\n            conv 3, 4",
    "one of one": "1 * conv 3, 4, /2",
    "a merge of a merge": "dense:\n        dense:\n            conv 1, 2",
    "dense grows": "for i in range(3):\n        dense: conv 3, a",
    "a scale of all": "scale: conv 3, channels | sigmoid",
    "a negative formula": "conv 3, -a + 8",
    "a formula of min and max": "conv 3, max(a, 2, min(a, 9)) * 2 - a",
    "a formula with remainder": "conv 3, 7 % a + a // 3 + 1",
    "a number as a float": "conv 3, int(4.0) | dropout 0",
    "an extent of names": "conv a - 1 x 3, 4",
    "groups of a formula": "conv 3, a * 2, groups=a // 2",
    "depthwise": "conv 3, channels, groups=channels",
    "a let of a layer's name": "let conv = 4\n    conv 3, conv",
    "a let called as the page's": "let w = a * 2\n    conv 3, w | conv 1, w // 2",
    "a layer as a value": "let act = leaky_relu(0.3)\n    act | conv 3, 4 | act",
    "a layer in part": "let c = conv(3, bias=true)\n    c 4 | 2 * c 6",
    "a list of layers": "for l in [relu, tanh, conv(3, 4)]:\n        l",
    "a list of lists": "for p in [[3, 4], [5, 6]]:\n        conv p[0], p[1]",
    "an empty list": "for i in []:\n        cnov\n    relu",
    "a default": "default conv bias=true, groups=2\n    conv 3, 4 | bn",
    "the rule none": "use shortcut none\n    residual: conv 3, 4",
    "always": "use shortcut projection_always\n    residual: conv 3, 4",
    "a rule for one": "residual shortcut=zero_pad: conv 3, 8, /2",
    "another stride in each dimension": "residual: conv 3, 8, /2x1",
    "a residual that halves twice": "residual:\n        conv 3, 8, /2 | conv 3, 8, /2",
    "a residual that upsamples": "residual only if same: upsample 2",
    "labels everywhere": "stem: conv 3, 4 | norm: bn\n    body:\n        2 * relu",
    "a label as a kind": "conv2: conv 3, 4 | conv 3, 4 | conv 3, 4",
    "a pad of nothing": "pad channels | pad padding=0",
    "a pool of everything": "avgpool | flatten | linear 2",
    "one value": "maxpool 8 | bn | layernorm | flatten",
    "repeats that grow": "3 * conv 3, channels + 2",
    "repeats that shrink": "3 * maxpool 2",
    "a merge that ends in another": "residual:\n        relu\n        scale: conv 1, 4",
    "one branch": "branches:\n        conv 3, 4\n    branches add: relu",
    "branches of branches": (
        "branches:\n        branches add:\n            relu\n            conv 3, 4\n"
        "        branches multiply:\n            conv 3, a\n"
        "            avgpool | conv 1, a\n        for i in []: cnov"
    ),
    "branches of a loop": (
        "branches:\n        for k, w in [[1, 2], [3, a]]: conv k, w\n        relu"
    ),
    "a gate of a gate": (
        "gate:\n        path:\n            gate:\n                conv 3, 4\n"
        "                conv 1, 4 | sigmoid\n        identity"
    ),
    "a tensor to itself": "y: relu\n    add y | multiply y | concat y, y",
    "labels that count": (
        "for i in range(3): y{i + 1}: conv 3, 4\n"
        "    add y{1} | concat y{3 - 1}, y{a - 3}"
    ),
    "labels of two numbers": (
        "for i, k in [[1, 2], [2, 1]]: y{i}_{k}: conv 3, 4\n    concat y{1}_{2}"
    ),
    "paths and lists": (
        "in_.the.way: conv 3, 4\n    for i in range(2): xs.{i}: relu | ys.{i}.z: bn\n"
        "    add in_.the.way, xs.{0}, ys.{1}.z"
    ),
    "back and forth": (
        "y: conv 3, a\n    z: conv 3, 4\n    y | conv 1, 4 | w: add z\n    y | concat w"
    ),
    "a table that is worked out": (
        "for i, w in [[n, n * a] for n in [1, 2]]: i * conv 3, w\n"
        "    conv 1, sum([w for i, w in [[1, 2], [3, a]]])"
    ),
    "a list in a list": (
        "for w in [sum([j for j in range(i)]) + 1 for i in [1, 2]]: conv 1, w"
    ),
    "one output": "conv 3, 4 | y: relu\n    output y",
    "outputs of all kinds": (
        "y: conv 3, 4\n    s: 2 * conv 3, a, /2\n    g:\n        relu | bn\n"
        "    avgpool | flatten | v: linear 3\n    output v, g, y, s"
    ),
    "an output twice in use": "y: relu\n    conv 3, 4 | z: add y\n    output y, z",
    "an image and a sequence": (
        "y: conv 3, 6\n    tokens | z: attention 2\n    output y, z"
    ),
    "there and back": (
        "channels_last | linear 6 | channels_first | shuffle 3 | slice 1, 3"
    ),
    "named and numbered": (
        "g named:\n        conv 3, 4 | bn\n    h:\n        group:\n            relu\n"
        "        group:\n            conv 3, 4"
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_program_becomes_what_it_declares(name: str) -> None:
    text = f"{NET}{ODD[name]}\n"
    report = resdsl.check(text)
    assert report.ok, str(report)
    (net,) = report.nets
    module = net.build("torch")
    assert counted(module) == net.params
    assert trained(net, module)
    check_free(text, net, module)


def test_blocks_are_values() -> None:
    text = """
block twice(f, width):
    f width | f width

block unit(width, act = relu, stride = 1):
    residual:
        conv 3, width, /stride | bn | act
        conv 3, width
    act

net n(f = unit(act=silu)):
    input 4 x 8 x 8
    twice f, 6
    twice unit, 4
    for g in [unit, f, unit(act=leaky_relu(0.1), stride=2)]:
        2 * g 4
"""
    (net,) = resdsl.check(text).nets
    module = net.build("torch")
    assert counted(module) == net.params
    assert trained(net, module)


@pytest.mark.parametrize("sizes", ["", " x 12", " x 9 x 8", " x 5 x 6 x 7"])
def test_one_block_serves_every_dimension(sizes: str) -> None:
    layer = "conv 3, width, /stride" if sizes else "linear width"
    text = (
        f"block b(width, stride = 1):\n    residual:\n        {layer} | bn | relu\n\n"
        f"net n:\n    input 4{sizes}\n    b 4\n    b 6\n"
    )
    (net,) = resdsl.check(text).nets
    module = net.build("torch")
    assert counted(module) == net.params
    assert trained(net, module)
