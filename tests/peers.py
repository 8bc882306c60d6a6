"""torchvision and timm, imported so that a test can measure against them.

A torchvision built for a GPU does not import beside a CPU build of torch: its compiled
operators fail to load, and its Python code then asks for their schemas. We define those
schemas first. No classification network calls one of these operators, so no number
depends on them.

    from peers import timm, torchvision
"""

import importlib.util
import warnings
from pathlib import Path

import torch

OPERATORS = (
    "nms",
    "qnms",
    "roi_align",
    "_roi_align_backward",
    "ps_roi_align",
    "_ps_roi_align_backward",
    "ps_roi_pool",
    "_ps_roi_pool_backward",
    "roi_pool",
    "_roi_pool_backward",
    "deform_conv2d",
    "_deform_conv2d_backward",
)


def operators_load() -> bool:
    """Whether torchvision's compiled operators fit the torch that is installed."""
    spec = importlib.util.find_spec("torchvision")
    assert spec is not None, "torchvision is a test dependency"
    assert spec.origin is not None
    libraries = sorted(Path(spec.origin).parent.glob("_C*.so"))
    try:
        for library in libraries:
            torch.ops.load_library(library)
    except OSError:
        return False
    return bool(libraries)


def define_operators() -> torch.library.Library:
    library = torch.library.Library("torchvision", "DEF")
    for name in OPERATORS:
        library.define(f"{name}(Tensor x) -> Tensor")
    return library


# The object must stay alive: the schemas leave with it.
OPERATOR_SCHEMAS = None if operators_load() else define_operators()

with warnings.catch_warnings():
    # The image codecs are compiled against a GPU build too; no test decodes an image.
    warnings.filterwarnings("ignore", message="Failed to load image Python extension")
    import timm
    import torchvision

__all__ = ["timm", "torchvision"]
