"""The checkpoint: a safetensors file with the names and layouts of torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from resdsl.analysis.unroll import Tensor, tensors
from resdsl.core.catalog import UnreadableWeights
from resdsl.core.diagnostic import ResdslError
from resdsl.core.render import as_text
from resdsl.core.source import Source, Span
from resdsl.files import write_atomically
from resdsl.ir.net import Net
from resdsl.weights.arrays import Lazy, Weights, ahead
from resdsl.weights.match import match

_TYPES = ("F16", "F32", "F64", "I32", "I64")
_TORCH = (".bin", ".pt", ".pth")


def read(path: Path) -> Lazy:
    """The tensors of a safetensors file, each read when it is asked for.

    Raises:
        ResdslError: it is no such file, or holds numbers that NumPy lacks.
        OSError: it cannot be read.
    """
    try:
        file: Any = safe_open(str(path), framework="numpy")
    except SafetensorError as error:
        hint = "safetensors.torch.save_file(torch.load(OLD, weights_only=True), NEW)"
        why = f"'{path.name}' is no safetensors file: {error}"
        raise unreadable(path, why, hint * (path.suffix in _TORCH)) from None
    slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118
    for key, part in slices.items():
        if part.get_dtype() not in _TYPES:
            why = f"'{key}' in '{path.name}' holds {part.get_dtype()} numbers"
            raise unreadable(path, why, "convert them to float32")
    shapes = {key: tuple(part.get_shape()) for key, part in slices.items()}
    return Lazy(shapes, file.get_tensor)


def write(path: Path, net: Net, weights: Weights) -> None:
    """Write a checkpoint of `net`, one tensor in memory at a time.

    What counts batches is int64, all else float32. Afterwards `path` is the old file or
    the new one.

    Raises:
        ResdslError: the weights do not match.
        OSError: the file could not be written; it is as it was.
    """
    # The larger type first: each tensor then begins at a multiple of its numbers' size.
    ordered = sorted(tensors(net), key=lambda tensor: not _counts(tensor))
    write_atomically(path, _pieces(ordered, match(net, weights)))


def unreadable(path: Path, message: str, hint: str = "") -> ResdslError:
    """What to raise for a file whose weights cannot be read."""
    # Weights have no lines: the file's name stands for all of it.
    span = Span(Source(path.name, ""), 0, 0)
    found = UnreadableWeights(span, message, hint=hint)
    return ResdslError((found,), as_text((found,)))


def _pieces(ordered: list[Tensor], weights: Weights) -> Iterator[bytes | memoryview]:
    """The bytes of the file: the length of its header, the header, the tensors."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for tensor in ordered:
        begin, kind = end, _type(tensor)
        end += int(np.prod(tensor.shape)) * kind.itemsize
        header[tensor.key] = {
            "dtype": "I64" if _counts(tensor) else "F32",
            "shape": tensor.shape,
            "data_offsets": (begin, end),
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little") + text
    types = {tensor.key: _type(tensor) for tensor in ordered}
    for key, found in ahead(weights, types):
        array = np.ascontiguousarray(found, types[key])
        yield array.reshape(-1).data.cast("B")


def _type(tensor: Tensor) -> np.dtype[Any]:
    return np.dtype("<i8" if _counts(tensor) else "<f4")


def _counts(tensor: Tensor) -> bool:
    return tensor.weight.name == "num_batches_tracked"
