"""Backbones in torch: torchvision's and timm's tensors, keys and gradients."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from backbones import CUT, STATED, cut, stated, zoo
from measure import calibrate, relative
from peers import timm, torchvision
from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torchvision.models.feature_extraction import create_feature_extractor

import resdsl

RESNET = {f"layer{n}": f"layer{n}" for n in range(1, 5)}
EXTRACTED = {
    "resnet50": ("resnet", {"relu1": "relu", "layer2.1": "layer2.1", **RESNET}),
    "vgg11": ("vgg", {f"features.{n}": f"features.{n}" for n in (0, 1, 5, 7)}),
    "vgg11_bn": ("vgg", {f"features.{n}": f"features.{n}" for n in (0, 1, 2, 3, 9)}),
    "mnasnet0_5": (
        "mnasnet",
        {f"layers.{n}": f"layers.{n}" for n in ("0", "7", "8.0", "8.1", "8", "9.1")},
    ),
}
"""Family, and our names with torchvision's; a relu that is shared has one there."""


def tensors(model: Callable[[Tensor], object], x: Tensor) -> dict[str, Tensor]:
    found = model(x)
    assert isinstance(found, dict)
    return found


def gradients(model: nn.Module, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
    torch.stack([y.square().mean() for y in outputs.values()]).sum().backward()
    return {key: p.grad for key, p in model.named_parameters() if p.grad is not None}


ROUNDING = 1e-12
"""A tensor that is given out gets gradients from three sides, in any order of sums."""


def apart(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> float:
    assert ours.keys() == theirs.keys()
    return max(relative(ours[key], theirs[key]) for key in theirs)


def hold(ours: nn.Module, theirs: nn.Module, names: dict[str, str]) -> None:
    """The same keys, the same bits in evaluation, the same gradients in training."""
    x = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    calibrate_all(theirs, x)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    with torch.no_grad():
        found, expected = (tensors(model.eval(), x) for model in (ours, theirs))
    assert list(found) == list(names)
    for name, other in names.items():
        assert torch.equal(found[name], expected[other]), name
    x = x.double()
    found, expected = (tensors(m.double().train(), x) for m in (ours, theirs))
    mine = gradients(ours, found)
    others = gradients(theirs, {name: expected[names[name]] for name in names})
    assert mine.keys() == {name for name, _ in ours.named_parameters()}
    assert apart(mine, others) < ROUNDING


def calibrate_all(model: nn.Module, x: Tensor) -> None:
    calibrate(model, x)
    for module in model.modules():
        if hasattr(module, "inplace"):
            # Theirs would overwrite the tensor that is asked for.
            module.__dict__["inplace"] = False


@pytest.mark.parametrize("name", EXTRACTED)
def test_it_is_what_torchvision_extracts(name: str) -> None:
    family, names = EXTRACTED[name]
    whole = getattr(torchvision.models, name)(weights=None)
    theirs = create_feature_extractor(whole, [*names.values()])
    hold(zoo(family, name, *names).build("torch"), theirs, names)


@pytest.mark.parametrize("output_stride", [32, 16, 8])
def test_it_is_timms_features(output_stride: int) -> None:
    options = {"features_only": True, "output_stride": output_stride}
    theirs: Any = timm.create_model("resnet50", pretrained=False, **options)
    names = {"relu1": "act1", **RESNET}
    assert theirs.feature_info.module_name() == list(names.values())
    net = {32: "resnet50", 16: "resnet50_16", 8: "resnet50_dilated"}[output_stride]
    family = "resnet" if net == "resnet50" else "dilated_resnet"
    ours = zoo(family, net, *names)
    assert [s[0] for s in ours.output_shapes.values()] == theirs.feature_info.channels()
    reductions = [224 // int(s[1]) for s in ours.output_shapes.values()]
    assert reductions == theirs.feature_info.reduction()
    hold(ours.build("torch"), Named(theirs, list(names.values())), names)


class Named(nn.Module):
    """A model that gives a list, with names, and without a level of keys."""

    def __init__(self, model: nn.Module, names: list[str]) -> None:
        super().__init__()
        self._modules = model._modules
        self.run = model.forward
        self.names = names

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return dict(zip(self.names, self.run(x), strict=True))


@pytest.mark.parametrize("last", ["relu1", "layer1", "layer2.1", "layer4", "fc"])
def test_the_keys_are_those_of_the_whole_net_less_the_tail(last: str) -> None:
    whole = resdsl.load("examples/zoo/resnet.res", net="resnet18").build("torch")
    state = whole.state_dict()
    keys = list(zoo("resnet", "resnet18", last).build("torch").state_dict())
    assert keys == list(state)[: len(keys)]
    end = {"relu1": "bn1", "layer2.1": "layer2.1"}.get(last, last)
    assert keys[-1].startswith(f"{end}.")
    assert not any(key.startswith(f"{end}.") for key in list(state)[len(keys) :])


@pytest.mark.parametrize(
    ("net", "name", "left"),
    [
        ("towers", "boxes", {"conv1", "head", "bn1"}),
        ("towers", "classes", {"conv1", "conv2", "head", "bn2"}),
        ("towers", "low", {"conv1"}),
        ("lists", "last", {"convs.2"}),
        ("lists", "convs.1", {"convs.1"}),
        ("lists", "convs.0", {"convs.0"}),
        ("paths", "last", {"linear1", "linear2"}),
    ],
)
def test_what_an_output_does_without_is_left_out(
    net: str, name: str, left: set[str]
) -> None:
    """And the rest keeps its names, so that the whole net's weights are its own."""
    whole = stated(net)
    found = whole.with_outputs(name).build("torch").eval()
    keys = list(found.state_dict())
    assert all(key.startswith(tuple(f"{path}." for path in left)) for key in keys)
    assert {p for p in left for key in keys if key.startswith(f"{p}.")} == left
    given = whole.output_shapes
    more = whole if name in given else whole.with_outputs(*given, name)
    both = more.build("torch").eval()
    state = both.state_dict()
    found.load_state_dict({key: state[key] for key in keys})
    sizes = map(int, whole.input_shape)
    x = torch.randn(2, *sizes, generator=torch.Generator().manual_seed(0))
    assert torch.equal(found(x)[name], both(x)[name])


@pytest.mark.parametrize("name", [*STATED, "cut"])
def test_no_layer_overwrites_what_is_given_out(name: str) -> None:
    """The reference computes each tensor; a layer in place would change some."""
    network = cut() if name == "cut" else stated(name)
    model = network.build("torch").double().train()
    x = torch.randn(3, *map(int, network.input_shape), dtype=torch.float64)
    before = x.clone()
    found = tensors(model.eval(), x)
    assert torch.equal(x, before)
    weights = {key: value.numpy() for key, value in model.state_dict().items()}
    expected = network.build("numpy", weights=weights)(x.numpy())
    for key, y in found.items():
        torch.testing.assert_close(y, torch.from_numpy(expected[key]))
        assert tuple(y.shape[1:]) == network.output_shapes[key]
    grads = gradients(model, tensors(model.train(), x))
    assert grads.keys() == {key for key, _ in model.named_parameters()}


def test_names_that_would_share_a_variable_keep_apart() -> None:
    text = (
        "net n:\n    input 3 x 4 x 4\n    g:\n        conv 1x1, 2 | relu\n"
        "    g_0: conv 1x1, 5\n    y: relu\n"
    )
    network = resdsl.load(text).with_outputs("g.0", "g_0", "y")
    found = tensors(network.build("torch"), torch.ones(1, 3, 4, 4))
    assert {key: y.shape[1] for key, y in found.items()} == {"g.0": 2, "g_0": 5, "y": 5}


@pytest.mark.parametrize("names", [(), ("features.0", "head.1", "head.2")])
def test_compiled_and_exported(names: tuple[str, ...]) -> None:
    model = cut(*names).build("torch").eval()
    x = torch.randn(2, 3, 16, 16)
    expected = tensors(model, x)
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    program = torch.export.export(model, (x,)).module()
    for found in (tensors(compiled, x), tensors(program, x)):
        assert list(found) == list(names or CUT)
        for key, y in found.items():
            torch.testing.assert_close(y, expected[key])


@pytest.fixture
def one_process(tmp_path: Path) -> Iterator[None]:
    meeting = (tmp_path / "meeting").as_uri()
    distributed.init_process_group("gloo", meeting, rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


@pytest.mark.usefixtures("one_process")
def test_sharded_block_by_block() -> None:
    """A slice of a stage calls its blocks, and so what FSDP hung on them."""
    names = ("layer1.0", "layer1", "layer2.1")
    whole = zoo("resnet", "resnet18", *names).build("torch").double()
    sharded = copy.deepcopy(whole)
    mesh = init_device_mesh("cpu", (1,))
    blocks = [part for part in sharded.modules() if type(part).__name__ == "Basic"]
    assert len(blocks) == 4
    for part in [*blocks, sharded]:
        fully_shard(part, mesh=mesh)
    x = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    found, expected = tensors(sharded, x), tensors(whole, x)
    assert all(torch.equal(found[name], expected[name]) for name in names)
    full: dict[str, Tensor] = {}
    for key, gradient in gradients(sharded, found).items():
        assert isinstance(gradient, DTensor)
        full[key] = gradient.full_tensor()
    assert apart(full, gradients(whole, expected)) < ROUNDING
