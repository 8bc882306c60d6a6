"""torchvision's ResNet-50 as an ONNX file, by torch's own exporter: whom we race.

Run it as `python -m benchmarks.exporter PATH`.
"""

import sys
import warnings
from pathlib import Path
from typing import Any

import torch

from benchmarks.workloads import pictures
from tests.peers import torchvision


def export(path: Path, keep_norms: bool = False) -> None:
    """As its documentation tells, the batch dynamic.

    `keep_norms` asks the older exporter, which alone can leave batch norms in place.
    """
    model = torchvision.models.resnet50(weights=None).eval()
    exporter: Any = torch.onnx
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if keep_norms:
            training = torch.onnx.TrainingMode.PRESERVE
            exporter.export(
                *(model, (pictures(1),), str(path)),
                dynamo=False,
                training=training,
                do_constant_folding=False,
            )
        else:
            exporter.export(
                *(model, (pictures(2),), str(path)),
                dynamo=True,
                external_data=False,
                input_names=["input"],
                dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
                verbose=False,
            )


if __name__ == "__main__":
    export(Path(sys.argv[1]))
