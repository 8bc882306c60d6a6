"""A net as an ONNX model with weights of order 1, checked, and what runtimes answer."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from resdsl.network import Network
from resdsl.reference import calibrated
from resdsl.reference.inputs import in_precision
from resdsl.weights.onnx import attach

BOUND = 1e-5
Weights = dict[str, NDArray[Any]]


def model_of(network: Network, weights: Weights, **options: Any) -> onnx.ModelProto:
    """The model, which ONNX's own checks find nothing wrong with."""
    model = attach(network.source("onnx", **options), weights)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(
        model, check_type=True, strict_mode=True, data_prop=True
    )
    return model


def session(model: onnx.ModelProto | str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    data = model if isinstance(model, str) else model.SerializeToString()
    return onnxruntime.InferenceSession(
        data, options, providers=["CPUExecutionProvider"]
    )


def answer(model: onnx.ModelProto | str, x: NDArray[Any]) -> NDArray[Any]:
    """What onnxruntime computes."""
    (y,) = session(model).run(["output"], {"input": in_precision(x, "float32")})
    return np.asarray(y)


def reference_answer(model: onnx.ModelProto, x: NDArray[Any]) -> NDArray[Any]:
    """What ONNX's definition of its operators computes."""
    (y,) = ReferenceEvaluator(model).run(
        ["output"], {"input": in_precision(x, "float32")}
    )
    return np.asarray(y)


def difference(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """The largest difference over the largest value."""
    assert ours.shape == theirs.shape
    assert np.isfinite(ours).all()
    return float(abs(ours - theirs).max() / abs(theirs).max())


def text_net(body: str) -> Network:
    import resdsl

    return resdsl.load(f"net n:\n    {body}\n")


def weights_of(network: Network, x: NDArray[Any]) -> Weights:
    return calibrated(network.ir, x)
