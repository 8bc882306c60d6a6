"""Weights in ONNX: attached to a graph, streamed into a file, read back by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import (
    ModelProto,
    TensorProto,
    load,  # pyright: ignore[reportUnknownVariableType]
    numpy_helper,
    parser,
)

from resdsl.analysis.unroll import tensors
from resdsl.files import write_atomically
from resdsl.ir.net import Net
from resdsl.weights.arrays import Lazy, Weights, ahead
from resdsl.weights.checkpoint import unreadable

LARGEST = 2**31 - 2**24
"""Protocol buffers end at 2 GB: beyond, the numbers lie in a file beside the model."""

_ITEM = 4
_BYTES = 2
"""How a message, text or array begins: with its field's number, and this."""
_GRAPH_OF_MODEL, _INITIALIZER_OF_GRAPH, _RAW_DATA_OF_TENSOR = 7, 5, 9

_Shapes = Mapping[str, tuple[int, ...]]


def attach(text: str, weights: Weights) -> ModelProto:
    """The model that `text` describes, with its weights.

    Raises:
        KeyError: a weight is missing.
        ValueError: a weight has another size.
    """
    model, shapes = _parsed(text)
    for key, array in _wanted(weights, shapes):
        tensor = _head(key, shapes[key])
        tensor.raw_data = array.tobytes()
        model.graph.initializer.append(tensor)
    return model


def write(path: Path, text: str, weights: Weights, largest: int = LARGEST) -> None:
    """Write the model that `text` describes, one weight in memory at a time.

    Raises:
        KeyError: a weight is missing; nothing is written.
        ValueError: a weight has another size; nothing is written.
        OSError: the file could not be written; it is as it was.
    """
    model, shapes = _parsed(text)
    if sum(_ITEM * prod(shape) for shape in shapes.values()) < largest:
        write_atomically(path, _pieces(model, weights, shapes))
        return
    beside = path.resolve().with_suffix(f"{path.suffix}.data")
    write_atomically(beside, (_numbers(a) for _, a in _wanted(weights, shapes)))
    _refer(model, beside.name, shapes)
    write_atomically(path, model.SerializeToString())


def read(path: Path, net: Net) -> Lazy:
    """The weights of a model that `write` has written for `net`: the inverse of it.

    They have the checkpoint's names, order and shapes. What ONNX has no place for, such
    as a count of batches, is not there; what is not the net's comes last, as it is.

    Raises:
        ResdslError: the file is no ONNX model.
        OSError: it cannot be read.
    """
    try:
        model = load(path)
    except DecodeError:
        raise unreadable(path, f"'{path.name}' is no ONNX model") from None
    found = {tensor.name: tensor for tensor in model.graph.initializer}
    wanted = {tensor.key: tensor.shape for tensor in tensors(net)}
    shapes = {key: shape for key, shape in wanted.items() if key in found}
    for key, tensor in found.items():
        own = tuple(tensor.dims)
        if prod(own) != prod(shapes.setdefault(key, own)):
            shapes[key] = own

    def get(key: str) -> NDArray[Any]:
        return numpy_helper.to_array(found[key]).reshape(shapes[key])

    return Lazy(shapes, get)


def _parsed(text: str) -> tuple[ModelProto, _Shapes]:
    """The model without its declarations, and the shapes that they declare."""
    model = parser.parse_model(text)
    shapes = {
        info.name: tuple(dim.dim_value for dim in info.type.tensor_type.shape.dim)
        for info in model.graph.value_info
    }
    model.graph.ClearField("value_info")
    return model, shapes


def _wanted(
    weights: Weights, shapes: _Shapes
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The arrays that the graph declares, each in the shape that it has there."""
    for key, found in ahead(weights, shapes):
        shape = shapes[key]
        array = np.ascontiguousarray(found, "<f4")
        if array.size != prod(shape):
            raise ValueError(f"'{key}' is {array.shape}, and should be {shape}")
        yield key, array.reshape(shape)


def _head(key: str, shape: tuple[int, ...]) -> TensorProto:
    return TensorProto(name=key, dims=shape, data_type=TensorProto.FLOAT)


def _refer(model: ModelProto, file: str, shapes: _Shapes) -> None:
    """Declare that the weights lie in `file`, one behind the other."""
    offset = 0
    for key, shape in shapes.items():
        tensor = _head(key, shape)
        tensor.data_location = TensorProto.EXTERNAL
        size = _ITEM * prod(shape)
        place = {"location": file, "offset": offset, "length": size}
        for word, value in place.items():
            tensor.external_data.add(key=word, value=str(value))
        model.graph.initializer.append(tensor)
        offset += size


def _pieces(
    model: ModelProto, weights: Weights, shapes: _Shapes
) -> Iterator[bytes | memoryview]:
    """The bytes of the model: its graph is one message, and the weights its last part.

    Messages begin with their length, so those of all weights are worked out first.
    """
    heads = {key: _tensor_begins(key, shape) for key, shape in shapes.items()}
    sizes = sum(len(h) + _ITEM * prod(shapes[key]) for key, h in heads.items())
    graph = model.graph.SerializeToString()
    model.ClearField("graph")
    yield model.SerializeToString()
    yield _begins(_GRAPH_OF_MODEL, len(graph) + sizes) + graph
    for key, array in _wanted(weights, shapes):
        yield heads[key]
        yield _numbers(array)


def _numbers(array: NDArray[np.float32]) -> memoryview:
    return array.reshape(-1).data.cast("B")


def _tensor_begins(key: str, shape: tuple[int, ...]) -> bytes:
    """All bytes of an initializer that come before its numbers."""
    size = _ITEM * prod(shape)
    head = _head(key, shape).SerializeToString()
    head += _begins(_RAW_DATA_OF_TENSOR, size)
    return _begins(_INITIALIZER_OF_GRAPH, len(head) + size) + head


def _begins(field: int, length: int) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(length)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)
