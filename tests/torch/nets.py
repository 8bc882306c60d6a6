"""The nets of `examples/`, to which the torch target is held, and the doors to them."""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

import resdsl

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
IMAGE = (3, 224, 224)
CIFAR = (3, 32, 32)


@dataclass(frozen=True)
class Example:
    """Where a net is declared, and what it eats and gives, without the batch."""

    file: str
    shape: tuple[int, ...]
    classes: int
    open_sizes: bool = False


TORCHVISION = (
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnext50_32x4d",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "wide_resnet50_2",
    "wide_resnet101_2",
)
OPTION_A = ("resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet1202")
KERAS = ("keras_resnet50", "keras_resnet101", "keras_resnet50v2")
PREACT = ("preresnet164", "preresnet1001")

NETS: dict[str, Example] = {
    "hello": Example("hello.res", (4,), 4),
    **dict.fromkeys((*TORCHVISION, "plain34"), Example("resnet.res", IMAGE, 1000)),
    **dict.fromkeys(("resnet34d", "resnet50d"), Example("resnet_d.res", IMAGE, 1000)),
    **dict.fromkeys(
        ("seresnet50", "seresnet101"), Example("seresnet.res", IMAGE, 1000)
    ),
    **dict.fromkeys(
        ("resnetv2_50", "resnetv2_101"), Example("resnetv2.res", IMAGE, 1000)
    ),
    **dict.fromkeys(KERAS, Example("keras_resnet.res", IMAGE, 1000)),
    **dict.fromkeys(OPTION_A, Example("cifar.res", CIFAR, 10)),
    **dict.fromkeys(("wrn28_10", "wrn40_4"), Example("wrn.res", CIFAR, 10)),
    **dict.fromkeys(PREACT, Example("preact.res", CIFAR, 10)),
    "tabular": Example("tabular.res", (54,), 2),
    "signal": Example("dimensions.res", (1, 1000), 5),
    "image": Example("dimensions.res", (3, 64, 64), 5, open_sizes=True),
    "video": Example("dimensions.res", (3, 16, 64, 64), 5),
}


def load(name: str) -> resdsl.Network:
    return resdsl.load(EXAMPLES / NETS[name].file, net=name)


def weightless(name: str) -> nn.Module:
    """The net on the meta device: names, shapes and FLOPs at no cost."""
    with torch.device("meta"):
        return load(name).build("torch")


def empty(model: nn.Module) -> nn.Module:
    """A meta module in memory, for weights that are copied in next: none is drawn."""
    return model.to_empty(device="cpu")


def module_name(name: str) -> str:
    """A net called `signal` is not to be imported for the standard library's."""
    return f"net_{name}"


def imported(folder: Path, name: str) -> ModuleType:
    """A generated file by plain import, as a user has it: no compiler between."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return importlib.import_module(module_name(name))


def class_of(module: ModuleType, name: str) -> type[nn.Module]:
    """The class of the net itself: that of `wide_resnet50_2` is `WideResnet50_2`."""
    plain = name.replace("_", "")
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__name__.lower().replace("_", "") == plain
    ]
    assert len(found) == 1, (name, found)
    return found[0]


def images(name: str, batch: int, size: int | None = None, seed: int = 0) -> Tensor:
    """Noise of a net's input shape; `size` shrinks the picture: a ResNet allows it."""
    channels, *sizes = NETS[name].shape
    shape = (batch, channels, *(size or usual for usual in sizes))
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))
