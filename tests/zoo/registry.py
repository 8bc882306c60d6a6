"""The zoo's networks and their originals: `models.toml`, read and typed."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import resdsl
from resdsl.compiler import Origin, check_file

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ZOO = ROOT / "examples" / "zoo"


@dataclass(frozen=True)
class Model:
    """A net of `examples/zoo`, and what it must be equal to."""

    name: str
    family: str
    """Also its file: `FAMILY.res`."""
    source: str
    """The package of the original, `torchvision` or `timm`, or `paper`: our own."""
    constructor: str
    """A function of `torchvision.models`, `video.r3d_18` too, or a name for timm.

    Of a paper, a class of `papers.FAMILY`.
    """
    input: tuple[int, ...]
    """Channels and sizes of the comparison, which may be smaller than the paper's."""
    arguments: dict[str, Any] = field(default_factory=dict)
    words: int = 0
    """How many there are, where the input is whole numbers below this."""
    gates: str = ""
    """How the names of biases end that keep a gate nearly closed."""
    exact: bool = True
    """Whether torch must give the same bits; if not, it may differ by 1e-6."""
    targets: tuple[str, ...] = ("keras", "onnx")
    """Those that can be held: one may lack what the network needs."""
    representative: bool = False
    """Whether the tests run it; the others run by `python -m tests.zoo`."""

    @property
    def path(self) -> Path:
        return ZOO / f"{self.family}.res"

    @property
    def tolerance(self) -> float:
        """Of outputs in torch."""
        return 0 if self.exact else 1e-6

    def load(self) -> resdsl.Network:
        return resdsl.load(self.path, net=self.name)


def models() -> list[Model]:
    """All, in the order of `models.toml`."""
    families = tomllib.loads((HERE / "models.toml").read_text("utf-8"))
    return [
        _model(name, family, {**common, **own})
        for family, common in families.items()
        for name, own in common.pop("nets").items()
    ]


def _model(name: str, family: str, row: dict[str, Any]) -> Model:
    """A row of the registry; what it does not say is the usual.

    Raises:
        TypeError: the row has a word that no model has.
    """
    chosen = row.pop("representative") == name
    sizes = tuple(row.pop("input"))
    return Model(
        name,
        family,
        input=sizes,
        constructor=row.pop("constructor", name),
        targets=tuple(row.pop("targets", ("keras", "onnx"))),
        representative=chosen,
        **row,
    )


def chosen(words: list[str]) -> list[Model]:
    """The models that are called by their name or their family's; all, if none is.

    Raises:
        ValueError: a word is neither.
    """
    known = models()
    for word in words:
        if not any(word in (model.name, model.family) for model in known):
            raise ValueError(f"'{word}' is neither a model nor a family of models.toml")
    return [m for m in known if not words or {m.name, m.family} & set(words)]


def nets(path: Path) -> list[str]:
    """The complete nets of a file.

    Raises:
        ResdslError: it has findings.
    """
    checked = check_file(path.read_bytes(), Origin(path.name, path.parent))
    if checked.findings:
        raise resdsl.ResdslError(checked.findings, str(checked.findings))
    return [net.name for net in checked.nets]


def lines(path: Path) -> int:
    """How many lines of a file say something: neither comments nor blank."""
    stripped = (line.strip() for line in path.read_text("utf-8").splitlines())
    return sum(bool(line) and not line.startswith("#") for line in stripped)
