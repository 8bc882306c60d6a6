"""A network in onnxruntime, as verification runs it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, ValueInfoProto, save
from onnx.external_data_helper import load_external_data_for_model

from resdsl.ir.net import Net
from resdsl.network import Network
from resdsl.reference.inputs import in_precision
from resdsl.verify.compare import joined
from resdsl.verify.job import Arrays
from resdsl.weights.onnx import LARGEST

# Onnxruntime has no types of its own to check.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false


class Run:
    """The model with given weights, functions and all."""

    def __init__(
        self, net: Net, weights: Arrays, dtype: str, sizes: tuple[int, ...]
    ) -> None:
        self.net = net
        self.weights = weights
        self.model = Network(net).build("onnx", weights=weights)

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        """The output for a batch."""
        found = _run(self.model, x)
        outputs = [output.name for output in self.net.unit.outputs]
        if outputs and outputs != list(found):
            raise ValueError(f"the outputs are {list(found)}, expected {outputs}")
        return joined(found if outputs else next(iter(found.values())))

    def trace(self, x: NDArray[Any]) -> Arrays:
        """The output of each node that is called like a layer."""
        flat = Network(self.net).build("onnx", weights=self.weights, inline=True)
        nodes = [node for node in flat.graph.node if node.name]
        given = {output.name for output in flat.graph.output}
        for node in nodes:
            if node.output[0] not in given:
                flat.graph.output.append(ValueInfoProto(name=node.output[0]))
        values = _run(flat, x)
        return {node.name: values[node.output[0]] for node in nodes}


def _run(model: ModelProto, x: NDArray[Any]) -> Arrays:
    """The outputs of a model by their names, in its order."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    with TemporaryDirectory() as folder:
        session = onnxruntime.InferenceSession(
            _given(model, Path(folder)), options, providers=["CPUExecutionProvider"]
        )
        (wanted,) = session.get_inputs()
        found: Any = session.run(None, {wanted.name: in_precision(x, "float32")})
    names = (output.name for output in session.get_outputs())
    return dict(zip(names, found, strict=True))


def _given(model: ModelProto, folder: Path) -> bytes | Path:
    """A model as bytes; where those are too many, as a file with its weights beside."""
    if sum(len(each.raw_data) for each in model.graph.initializer) < LARGEST:
        return model.SerializeToString()
    path = folder / "model.onnx"
    save(model, path, save_as_external_data=True, location="model.onnx.data")
    load_external_data_for_model(model, str(folder))  # `save` took it out of the model
    return path
