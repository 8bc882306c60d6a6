"""The residual networks of keras.applications: its weights give its outputs."""

import numpy as np
import pytest
import torch
from doubles import batch
from nets import load
from workers import BACKENDS, BOUND, Arrays, Workers, difference

from resdsl.analysis.unroll import layers
from resdsl.network import Network
from resdsl.reference import run

PEERS = {
    "keras_resnet50": "ResNet50",
    "keras_resnet101": "ResNet101",
    "keras_resnet50v2": "ResNet50V2",
}


@pytest.mark.parametrize("name", PEERS)
def test_its_weights_give_its_outputs(workers: Workers, name: str) -> None:
    """On the same backend to the last bit, elsewhere to within rounding."""
    network = load(name)
    x = batch(network, 4, 64).astype(np.float32)
    given: Arrays = {}
    for backend in BACKENDS:
        asked = {"x": x, **given}
        given = (
            workers[backend]
            .ask("applications", asked, name=PEERS[name], classes=1000)
            .arrays
        )
        expected = given.pop("y")
        weights = renamed(network, given)
        ours = workers[backend].output(network, weights, x, sizes=[64, 64])
        np.testing.assert_array_equal(ours, expected)
        if backend == BACKENDS[0]:
            assert 0.05 < expected.std() < 20
            exact = run(network.ir, weights, x)
            assert difference(expected, exact) < BOUND["float32"]
            assert (
                difference(torch_output(network, weights, x), exact) < BOUND["float32"]
            )


def renamed(network: Network, theirs: Arrays) -> Arrays:
    """Their tensors by the names of the checkpoint: each in the order of its use.

    The main path has one order and the shortcuts, which they number 0, another.
    """
    used = list(dict.fromkeys(key.rpartition(".")[0] for key in theirs))
    owned = [
        layer for layer in layers(network.ir) if layer.node.kind.weights(layer.node.x)
    ]
    weights: Arrays = {}
    for shortcut in (False, True):
        names = [name for name in used if ("_0_" in name) == shortcut]
        mine = [layer for layer in owned if ("downsample" in layer.path) == shortcut]
        for layer, name in zip(mine, names, strict=True):
            for weight in layer.node.kind.weights(layer.node.x):
                key = f"{layer.path}.{weight.name}"
                if weight.name == "num_batches_tracked":
                    weights[key] = np.zeros((), np.int64)
                else:
                    weights[key] = theirs[f"{name}.{weight.name}"]
    assert len(theirs) == sum("tracked" not in key for key in weights)
    return weights


def torch_output(network: Network, weights: Arrays, x: np.ndarray) -> np.ndarray:
    with torch.device("meta"):
        model = network.build("torch")
    state = {key: torch.from_numpy(np.asarray(value)) for key, value in weights.items()}
    model.load_state_dict(state, assign=True)
    with torch.no_grad():
        return model.eval()(torch.from_numpy(x)).numpy()
