"""Whether weights are those of a network: names and shapes, one finding a fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

import numpy as np

from resdsl.analysis.unroll import Tensor, tensors
from resdsl.core.catalog import MissingWeight, UnexpectedWeight, WrongWeightShape
from resdsl.core.diagnostic import Diagnostic, ResdslError
from resdsl.core.nearest import did_you_mean
from resdsl.core.render import as_text
from resdsl.core.report import MOST
from resdsl.ir.net import Net
from resdsl.weights.arrays import Lazy, Weights, shapes_of

_TOLD = 8
"""How many tensors without a place are worth a finding each."""
_Shapes = Mapping[str, tuple[int, ...]]


def match(net: Net, weights: Weights) -> Lazy:
    """All tensors of `net` out of `weights`, in the order of the checkpoint.

    A count of batches that is not there, as in older checkpoints, is 0. What a backbone
    lacks of the net that it was cut from is left out.

    Raises:
        ResdslError: tensors are missing, unexpected or of another shape. It tells of
            each, up to as many as a compilation tells of; of those without a place,
            of the first.
    """
    wanted = {tensor.key: tensor for tensor in tensors(net)}
    there = shapes_of(weights)
    found = tuple(islice(_faults(net, wanted, there), MOST))
    if found:
        raise ResdslError(found, as_text(found))
    shapes = {key: tensor.shape for key, tensor in wanted.items()}
    none = np.zeros((), np.int64)
    return Lazy(shapes, lambda key: np.asarray(weights[key]) if key in there else none)


def _faults(
    net: Net, wanted: dict[str, Tensor], there: _Shapes
) -> Iterator[Diagnostic]:
    missing = {k: t.shape for k, t in wanted.items() if k not in there and _needed(t)}
    left_out = _left_out(net)
    unexpected = {
        key: shape
        for key, shape in there.items()
        if key not in wanted and left_out.get(key) != shape
    }
    for key, tensor in wanted.items():
        span = tensor.layer.node.span
        if key in missing:
            message = f"the weights lack '{key}' {tensor.shape}"
            hint = _nearest(key, tensor.shape, unexpected)
            yield MissingWeight(span, message, hint=hint)
        elif key in there and there[key] != tensor.shape:
            message = f"'{key}' is {there[key]}, but should be {tensor.shape}"
            yield WrongWeightShape(
                span, message, found=str(there[key]), expected=str(tensor.shape)
            )
    for key, shape in islice(unexpected.items(), _TOLD):
        message = f"'{net.name}' has no place for '{key}' {shape}"
        yield UnexpectedWeight(
            net.unit.span, message, hint=_nearest(key, shape, missing)
        )
    more = len(unexpected) - _TOLD
    if more > 0:
        message = f"'{net.name}' has no place for {more} more tensors"
        hint = "these seem to be the weights of another network"
        yield UnexpectedWeight(net.unit.span, message, hint=hint)


def _left_out(net: Net) -> _Shapes:
    """The tensors of the net that a backbone was cut from."""
    if net.whole is None:
        return {}
    whole = net._replace(unit=net.whole, whole=None)
    return {tensor.key: tensor.shape for tensor in tensors(whole)}


def _needed(tensor: Tensor) -> bool:
    return tensor.weight.name != "num_batches_tracked"


def _nearest(key: str, shape: tuple[int, ...], others: _Shapes) -> str:
    """The likeliest of the names that fit nowhere else: one of the same shape."""
    alike = [other for other, its in others.items() if its == shape]
    return did_you_mean(key, alike or others)
