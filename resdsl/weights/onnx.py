"""Weights in ONNX: attached to a graph, streamed into a file, read back by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
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

Arrays = Iterable[tuple[str, "np.ndarray[Any, Any]"]]
"""Names of the checkpoint, each with its numbers."""

LARGEST = 2**31 - 2**20
"""Protocol buffers end at 2 GB: beyond, the numbers lie in a file beside the model."""

_ITEM = 4
_BYTES = 2
"""How a message, text or array begins: with its field's number, and this."""
_GRAPH_OF_MODEL, _INITIALIZER_OF_GRAPH, _RAW_DATA_OF_TENSOR = 7, 5, 9


def attach(text: str, arrays: Arrays) -> ModelProto:
    """The model that `text` describes, with its weights.

    Raises:
        ValueError: a weight is missing, or has another size.
    """
    model, shapes = _parsed(text)
    for key, array in _wanted(arrays, shapes):
        tensor = _head(key, shapes[key])
        tensor.raw_data = array.tobytes()
        model.graph.initializer.append(tensor)
    return model


def write(path: Path, text: str, arrays: Arrays, largest: int = LARGEST) -> None:
    """Write the model that `text` describes, one weight in memory at a time.

    Raises:
        ValueError: a weight is missing, or has another size; nothing is written.
        OSError: the file could not be written; it is as it was.
    """
    model, shapes = _parsed(text)
    whole = sum(_ITEM * prod(shape) for shape in shapes.values())
    if whole < largest:
        write_atomically(path, _pieces(model, shapes, arrays))
        return
    beside = path.resolve().with_suffix(f"{path.suffix}.data")
    write_atomically(beside, (_numbers(a) for _, a in _wanted(arrays, shapes)))
    offset = 0
    for key, shape in shapes.items():
        tensor = _head(key, shape)
        tensor.data_location = TensorProto.EXTERNAL
        size = _ITEM * prod(shape)
        place = {"location": beside.name, "offset": offset, "length": size}
        for word, value in place.items():
            tensor.external_data.add(key=word, value=str(value))
        model.graph.initializer.append(tensor)
        offset += size
    write_atomically(path, model.SerializeToString())


def read(path: Path, net: Net) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """The weights of a model that `resdsl` has written, as the checkpoint has them.

    The inverse of `write`: by the checkpoint's names, in its order and its shapes. A
    tensor that ONNX has no place for, such as the count of batches, is not there.
    """
    model = load(path)
    found = {tensor.name: tensor for tensor in model.graph.initializer}
    for tensor in tensors(net):
        if tensor.key in found:
            array = numpy_helper.to_array(found[tensor.key], str(path.parent))
            yield tensor.key, array.reshape(tensor.shape)


def _parsed(text: str) -> tuple[ModelProto, dict[str, tuple[int, ...]]]:
    """The model without its declarations, and the shapes that they declare."""
    model = parser.parse_model(text)
    shapes = {
        info.name: tuple(dim.dim_value for dim in info.type.tensor_type.shape.dim)
        for info in model.graph.value_info
    }
    model.graph.ClearField("value_info")
    return model, shapes


def _wanted(
    arrays: Arrays, shapes: dict[str, tuple[int, ...]]
) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """The arrays that the graph declares, in the order in which it does."""
    given = ((key, array) for key, array in arrays if key in shapes)
    for key, shape in shapes.items():
        name, array = next(given, ("none", np.empty(0)))
        if name != key:
            raise ValueError(f"expected the weight '{key}', found '{name}'")
        if array.size != prod(shape):
            raise ValueError(f"'{key}' is {array.shape}, and should be {shape}")
        yield key, np.ascontiguousarray(array, "<f4").reshape(shape)


def _head(key: str, shape: tuple[int, ...]) -> TensorProto:
    return TensorProto(name=key, dims=shape, data_type=TensorProto.FLOAT)


def _pieces(
    model: ModelProto,
    shapes: dict[str, tuple[int, ...]],
    arrays: Arrays,
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
    for key, array in _wanted(arrays, shapes):
        yield heads[key]
        yield _numbers(array)


def _numbers(array: np.ndarray[Any, Any]) -> memoryview:
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
