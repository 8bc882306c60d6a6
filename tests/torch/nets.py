"""The example nets that the torch target is held to, and the doors to them."""

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
    shape: tuple[int, int, int]
    classes: int


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
PREACT = ("preresnet164", "preresnet1001")

NETS: dict[str, Example] = {
    **dict.fromkeys((*TORCHVISION, "plain34"), Example("resnet.res", IMAGE, 1000)),
    "resnet50d": Example("resnet_d.res", IMAGE, 1000),
    "seresnet50": Example("seresnet.res", IMAGE, 1000),
    "resnetv2_50": Example("resnetv2.res", IMAGE, 1000),
    **dict.fromkeys(OPTION_A, Example("cifar.res", CIFAR, 10)),
    "wrn28_10": Example("wrn.res", CIFAR, 10),
    **dict.fromkeys(PREACT, Example("preact.res", CIFAR, 10)),
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


def imported(folder: Path, name: str) -> ModuleType:
    """A generated file by plain import, as a user has it: no compiler between."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return importlib.import_module(name)


def class_of(module: ModuleType, name: str) -> type[nn.Module]:
    """The class of the net itself: `wide_resnet50_2` is `WideResnet502`."""
    plain = name.replace("_", "")
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__name__.lower() == plain
    ]
    assert len(found) == 1, (name, found)
    return found[0]


def images(name: str, batch: int, size: int | None = None, seed: int = 0) -> Tensor:
    """Noise of a net's input shape; `size` shrinks the picture: a ResNet allows it."""
    channels, height, width = NETS[name].shape
    shape = (batch, channels, size or height, size or width)
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))
