"""A net in torch and in onnxruntime, held to the NumPy reference in float64."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
import torch
from noise import outweighs
from numpy.typing import NDArray
from torch import nn

import resdsl
from resdsl.analysis.unroll import layers, tensors
from resdsl.core.diagnostic import ResdslError
from resdsl.network import Network
from resdsl.reference import calibrated, run, train
from resdsl.reference.inputs import in_precision, noise
from resdsl.values.language import Init
from resdsl.verify.compare import difference
from resdsl.verify.result import TOLERANCE
from resdsl.weights.torch import put

Array = NDArray[Any]
BATCH = 3
SINGLE, DOUBLE = TOLERANCE["float32"], TOLERANCE["float64"]


class Apart(AssertionError):
    """A framework computes something else than the reference."""


class Broken(AssertionError):
    """A framework refuses what was written for it."""


class Case(NamedTuple):
    """A net, its input and weights, and what the reference makes of them."""

    network: Network
    x: Array
    weights: dict[str, Array]
    y: Array


def sizes(network: Network) -> list[int]:
    """The input's sizes; one that is called `H9` may be anything, and is 9 here."""
    _, *spatial = network.input_shape
    return [int(re.sub(r"\D", "", str(size)) or 8) for size in spatial]


def case(network: Network) -> Case:
    channels = int(network.ir.unit.x.channels)
    shape = (BATCH, channels, *sizes(network))
    x = in_precision(noise(network.ir, shape, np.random.default_rng(7)), "float32")
    with np.errstate(all="ignore"):  # what is no number is excused, or found, below
        weights = dict(calibrated(network.ir, x))
        y = run(network.ir, weights, x)
    return Case(network, x, weights, y)


def trains(network: Network) -> bool:
    """Whether no layer draws numbers, and torch accepts every norm.

    Torch: "batch_norm eps must be positive during training".
    """
    kinds = [layer.node.kind for layer in layers(network.ir)]
    rates = ("rate", "dropout")
    drawing = any(kind.settled().get(rate) for kind in kinds for rate in rates)
    return not drawing and all(k.name != "bn" or k.settled()["eps"] for k in kinds)


def hold(text: str) -> set[str]:
    """Hold the net `n` to the reference; see `hold_net`."""
    # Half of the graphs have a function for each block, half have none.
    return hold_net(resdsl.load(text, net="n"), inline=len(text) % 2 == 0)


def hold_net(network: Network, inline: bool) -> set[str]:
    """Hold a net to the reference; the precisions in which rounding outweighs it.

    Raises:
        ResdslError: the text is refused, or ONNX has no such layer.
        Apart: a framework computes something else.
    """
    made = case(network)
    model = made.network.build("torch")
    starts_as_it_says(made.network, model)
    put(model, made.network.ir, made.weights)
    checks: list[tuple[str, bool, Callable[[], None]]] = [
        ("float32", False, lambda: in_torch(made, model, SINGLE)),
        ("float32", False, lambda: in_onnx(made, inline)),
        ("float64", False, lambda: in_torch(made, model.double(), DOUBLE)),
        ("float64", True, lambda: learns(made, model)),
    ]
    excused: set[str] = set()
    for dtype, training, check in checks:
        try:
            check()
        except Apart:
            net, weights, bound = made.network.ir, made.weights, TOLERANCE[dtype]
            if not outweighs(net, weights, made.x, dtype, bound, training):
                raise
            excused.add(dtype)
        except ResdslError:
            raise  # ONNX has no such layer
        except Exception as error:  # noqa: BLE001
            # From here and not from the page, whose lines are others in each net: else
            # hypothesis takes one fault for as many as there are nets that show it.
            raise Broken(f"{type(error).__name__}: {error}") from None
    return excused


def in_torch(made: Case, model: nn.Module, bound: float) -> None:
    """In the precision that the model has."""
    dtype = torch.float64 if bound == DOUBLE else torch.float32
    x = torch.from_numpy(in_precision(made.x, str(dtype).rpartition(".")[2]))
    with torch.no_grad():
        close(model.eval()(x), made.y, bound, f"torch in {dtype}")


def learns(made: Case, model: nn.Module) -> None:
    """The output and the moved statistics of training, and that gradients flow."""
    if not trains(made.network):
        return
    with np.errstate(all="ignore"):
        expected = train(made.network.ir, made.weights, made.x)
    x = torch.from_numpy(in_precision(made.x, "float64"))
    y = model.train()(x.requires_grad_() if x.is_floating_point() else x)
    close(y.detach(), expected.y, DOUBLE, "torch in training")
    state = model.state_dict()
    for key, value in expected.statistics.items():
        close(state[key], value, DOUBLE, key)
    if y.requires_grad:
        y.sum().backward()


def starts_as_it_says(network: Network, model: nn.Module) -> None:
    """What every draw of a start obeys, however few numbers there are."""
    state = model.state_dict()
    known = tensors(network.ir)
    assert list(state) == [tensor.key for tensor in known]
    for tensor in known:
        values = state[tensor.key].double()
        assert tuple(values.shape) == tensor.shape, tensor.key
        low, high = _bounds(tensor.weight.init, tensor.layer.node)
        inside = (values >= low - 1e-6) & (values <= high + 1e-6)
        assert inside.all(), f"{tensor.key} starts outside of {tensor.weight.init}"


def _bounds(init: Init, node: Any) -> tuple[float, float]:
    if init.name == "constant":
        return float(init.args[0]), float(init.args[0])
    if init.name == "fan_in_uniform":
        fan = np.prod([int(n) for n in node.kind.weights(node.x)[0].shape[1:]])
        return -(fan**-0.5), fan**-0.5
    # A normal number beyond seven deviations comes once in 10^11.
    spread = {"uniform": 1, "trunc_normal": 2, "normal": 7}.get(init.name)
    if spread is None:
        return -float("inf"), float("inf")
    return -spread * float(init.args[0]), spread * float(init.args[0])


def in_onnx(made: Case, inline: bool = False) -> None:
    model = made.network.build("onnx", weights=made.weights, inline=inline)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    (y,) = session.run(["output"], {"input": made.x})
    close(np.asarray(y), made.y, SINGLE, "onnxruntime")


def close(found: Array | torch.Tensor, wanted: Array, bound: float, what: str) -> None:
    values = found.numpy() if isinstance(found, torch.Tensor) else found
    apart = difference(values, wanted)
    if not apart <= bound:
        raise Apart(f"{what} is {apart:.2g} from the reference")
