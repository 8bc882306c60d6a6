"""What was measured of each model, in `results.json`."""

import json
from dataclasses import asdict, dataclass

from registry import HERE, models

PATH = HERE / "results.json"
TOLERANCE = 1e-5
"""Of Keras and ONNX, from torch; that of torch is the model's own."""
ROUNDINGS = 2
"""Beyond it: how many times torch's own distance from float64 another's may be."""
MOST_ROUNDING = 1e-4
"""Where its own is more, nothing is shown."""


@dataclass(frozen=True)
class Row:
    """A model beside its original; differences are over the largest output."""

    parameters: int
    """The original's."""
    macs: int | None
    """The original's, as torch counts them, if the net declares a size."""
    state_dict: str
    """`equal`, `other order` or `other`."""
    torch: float | None = None
    """In float32; 0 is the same bits."""
    torch_double: float | None = None
    """In float64, where float32 is not the same bits."""
    keras: float | None = None
    onnx: float | None = None
    own: float | None = None
    """torch's own float32 from its float64, where another is beyond the tolerance."""


def read() -> dict[str, Row]:
    """Every row that was ever written."""
    if not PATH.exists():
        return {}
    return {k: Row(**v) for k, v in json.loads(PATH.read_text("utf-8")).items()}


def record(name: str, row: Row) -> None:
    """Put a row in place; rows of models that are gone go too."""
    rows = {**read(), name: row}
    order = [model.name for model in models()]
    kept = {key: asdict(rows[key]) for key in order if key in rows}
    PATH.write_text(json.dumps(kept, indent=1) + "\n", "utf-8", newline="\n")


def sentence(row: Row) -> str:
    """A row in a line."""
    parts = [f"{row.parameters:,} parameters", f"{cost(row.macs)} MACs"]
    parts += [f"state dict {row.state_dict}", f"torch {shown(row.torch)}"]
    if row.torch_double is not None:
        parts.append(f"in float64 {shown(row.torch_double)}")
    if row.keras is not None:
        parts.append(f"keras {shown(row.keras)}")
    if row.onnx is not None:
        parts.append(f"onnx {shown(row.onnx)}")
    if row.own is not None:
        parts.append(f"torch's own rounding {shown(row.own)}")
    return ", ".join(parts)


def cost(macs: int | None) -> str:
    """A cost as people read it; that of a net for any size is a formula."""
    return "size-dependent" if macs is None else f"{macs:,}"


def shown(apart: float | None) -> str:
    """A difference as people read it."""
    if apart is None:
        return "not run"
    return f"{apart:.0e}" if apart else "same bits"
