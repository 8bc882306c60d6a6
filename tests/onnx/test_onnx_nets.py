"""Every example net: what the generated torch page computes, onnxruntime computes."""

from typing import Any

import numpy as np
import pytest
import torch
from nets import CIFAR, IMAGE, NETS, images, load
from numpy.typing import NDArray
from runtimes import (
    BOUND,
    Weights,
    answer,
    difference,
    model_of,
    reference_answer,
    session,
    weights_of,
)
from torch import nn

from resdsl.network import Network

# It agrees, but checking and loading 6,000 operators twice takes most of a minute; its
# blocks are those of resnet110.
SLOW = {"resnet1202"}
# Below, the last stage averages four positions, and after 1001 layers the rounding of
# torch and onnxruntime, each within the bound of float64, adds up to more than it.
SMALL = {IMAGE: 64, CIFAR: 16}


def module(network: Network, weights: Weights) -> nn.Module:
    with torch.device("meta"):
        made = network.build("torch")
    state = {key: torch.from_numpy(np.asarray(array)) for key, array in weights.items()}
    made.load_state_dict(state, assign=True)
    return made.eval()


def torch_answer(model: nn.Module, x: NDArray[Any]) -> NDArray[Any]:
    with torch.no_grad():
        return model(torch.from_numpy(x)).numpy()


@pytest.mark.parametrize("name", [name for name in NETS if name not in SLOW])
def test_the_graph_computes_what_the_page_does(name: str) -> None:
    network = load(name)
    size = SMALL.get(NETS[name].shape)
    weights = weights_of(network, images(name, 4, size).numpy())
    ours = module(network, weights)
    models = [model_of(network, weights, inline=inline) for inline in (False, True)]
    x = images(name, 3, size, seed=1).numpy()
    expected = torch_answer(ours, x)
    for model in models:
        assert difference(answer(model, x), expected) < BOUND
    if size is not None:  # any other batch, any other size
        x = images(name, 1, size + 9, seed=2).numpy()
        expected = torch_answer(ours, x)
        for model in models:
            assert difference(answer(model, x), expected) < BOUND


@pytest.mark.parametrize("name", ["hello", "tabular", "resnet18", "seresnet50"])
def test_the_reference_evaluator_agrees(name: str) -> None:
    network = load(name)
    size = 32 if len(NETS[name].shape) == 3 else None
    x = images(name, 2, size).numpy()
    weights = weights_of(network, x)
    expected = torch_answer(module(network, weights), x)
    model = model_of(network, weights)
    assert difference(reference_answer(model, x), expected) < BOUND


def test_resnet50_at_its_own_size() -> None:
    network = load("resnet50")
    x = images("resnet50", 2).numpy()
    weights = weights_of(network, images("resnet50", 2, 64).numpy())
    expected = torch_answer(module(network, weights), x)
    assert difference(answer(model_of(network, weights), x), expected) < BOUND


def test_inputs_and_outputs_say_what_may_vary() -> None:
    network = load("resnet50")
    weights = weights_of(network, images("resnet50", 2, 32).numpy())
    made = session(model_of(network, weights))
    assert [(i.name, i.shape) for i in made.get_inputs()] == [
        ("input", ["N", 3, "H", "W"])
    ]
    assert [(o.name, o.shape) for o in made.get_outputs()] == [("output", ["N", 1000])]
    assert made.get_modelmeta().custom_metadata_map == {
        "source": "resnet.res, net resnet50 = resnet bottleneck, [3, 4, 6, 3]",
        "input_shape": "(3, 224, 224)",
        "output_shape": "(1000,)",
    }
