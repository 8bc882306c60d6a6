"""The example nets the torch target is held to, and the two doors to them: text and live module."""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import resdsl
import torch
from torch import Tensor, nn

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
IMAGE = (3, 224, 224)
CIFAR = (3, 32, 32)


@dataclass(frozen=True)
class Example:
    """Where a net is declared and what it eats and gives, without the batch."""

    file: str
    shape: tuple[int, ...]
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
    **{name: Example("resnet.res", IMAGE, 1000) for name in (*TORCHVISION, "plain34")},
    "resnet50d": Example("resnet_d.res", IMAGE, 1000),
    "seresnet50": Example("seresnet.res", IMAGE, 1000),
    "resnetv2_50": Example("resnetv2.res", IMAGE, 1000),
    **{name: Example("cifar.res", CIFAR, 10) for name in OPTION_A},
    "wrn28_10": Example("wrn.res", CIFAR, 10),
    **{name: Example("preact.res", CIFAR, 10) for name in PREACT},
}


def load(name: str) -> resdsl.Network:
    return resdsl.load(EXAMPLES / NETS[name].file, net=name)


def class_name(name: str) -> str:
    """`wide_resnet50_2` is the class `WideResnet502`."""
    return name.title().replace("_", "")


def weightless(name: str) -> nn.Module:
    """The net on the meta device: names, shapes and FLOPs at no cost."""
    with torch.device("meta"):
        return load(name).build("torch")


def empty(model: nn.Module) -> nn.Module:
    """A meta module moved to memory, for weights that are copied in next: no random numbers drawn."""
    return model.to_empty(device="cpu")


def imported(folder: Path, name: str) -> ModuleType:
    """A generated file by plain import, as a user has it, with no compiler between."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return importlib.import_module(name)


def images(name: str, batch: int, size: int | None = None, seed: int = 0) -> Tensor:
    """Normal noise of a net's input shape; `size` shrinks the picture, which a ResNet allows."""
    channels, height, width = NETS[name].shape
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(
        batch, channels, size or height, size or width, generator=generator
    )
