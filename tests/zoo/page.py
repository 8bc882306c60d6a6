"""`docs/zoo.md`: what was measured, beside what the compiler says today."""

from collections.abc import Callable

import results
from registry import ROOT, Model, lines, models
from results import TOLERANCE, Row, cost, shown

PATH = ROOT / "docs" / "zoo.md"
_HEAD = """\
# The zoo

<!-- Made by `python -m tests.zoo --write`: edit examples/zoo, not this page. -->

Published networks, each one line of a file of a family, held to the originals in
torchvision and timm, or where no package has one, to
[plain torch](../tests/zoo/papers), written from the paper. Both are built, the
original gets random weights in which nothing keeps a default (scales, shifts, running
statistics, layer scales), and these are loaded strictly into the module that resdsl
wrote.

- **lines**: of the family's file, without comments and blank ones, for all networks.
- **parameters**, **MACs** (multiply-accumulates of one example of the size that the net
  declares, if it does): what the compiler says. torch counts the same in the original.
- **state dict**: `equal` is the same keys and shapes in the same order, so that the
  published checkpoint loads, and an optimizer's state too; in `other order`, the
  checkpoint.
- **torch**, **Keras**, **ONNX**: the largest difference of two outputs in evaluation in
  float32 from the original's, over the largest output, at the size under *input*. In
  torch it is `same bits` where no output differs at all; otherwise the difference in
  float64 follows. Keras runs on torch, ONNX in onnxruntime; where one is beyond 1e-5,
  the distance of torch's own float32 from its float64 follows in brackets, and the
  other is at most twice as far from that.

[How to add a family](../tests/zoo/README.md).
"""
_SUMMARY = """\
| family | lines | networks | originals |
|:--|--:|--:|:--|
"""
_TABLE = """\
| network | input | parameters | MACs | state dict | torch | Keras | ONNX |
|:--|:--|--:|--:|:--|:--|:--|:--|
"""


def render() -> str:
    """The page as it should be now."""
    rows = results.read()
    families: dict[str, list[Model]] = {}
    for model in models():
        families.setdefault(model.family, []).append(model)
    summary = _SUMMARY + "".join(map(_summary, families.values()))
    sections = (_section(members, rows) for members in families.values())
    return "\n".join([_HEAD, summary, *sections])


def write() -> None:
    """Put the page in place."""
    PATH.write_text(render(), "utf-8", newline="\n")


def _summary(members: list[Model]) -> str:
    first = members[0]
    sources = " and ".join(sorted({model.source for model in members}))
    count = lines(first.path)
    title = f"[{first.family}](#{first.family})"
    return f"| {title} | {count} | {len(members)} | {sources} |\n"


def _section(members: list[Model], rows: dict[str, Row]) -> str:
    path = members[0].path
    where = f"[{path.name}](../examples/zoo/{path.name}), {lines(path)} lines"
    table = "".join(_line(model, rows.get(model.name)) for model in members)
    return f"## {members[0].family}\n\n{where}.\n\n{_TABLE}{table}"


def _line(model: Model, row: Row | None) -> str:
    network = model.load()
    cells = [
        _name(model),
        " x ".join(map(str, model.input)),
        f"{network.params:,}",
        cost(network.ir.unit.macs),
    ]
    if row is None:
        cells += ["not run"] * 4
    else:
        torch = shown(row.torch)
        if row.torch_double is not None:
            torch += f"; {shown(row.torch_double)}"
        cells += [row.state_dict, torch, *map(_beside(row), (row.keras, row.onnx))]
    return f"| {' | '.join(cells)} |\n"


def _beside(row: Row) -> Callable[[float | None], str]:
    """How the difference of another target is shown."""
    own = f" (torch's own: {shown(row.own)})" if row.own else ""
    return lambda apart: shown(apart) + own * ((apart or 0) > TOLERANCE)


def _name(model: Model) -> str:
    """The net, and the original where it is called otherwise or given arguments."""
    given = ", ".join(f"{key}={value!r}" for key, value in model.arguments.items())
    called = f"{model.constructor}({given})" if given else model.constructor
    original = "" if called == model.name else f" = {model.source}'s `{called}`"
    return f"`{model.name}`{original}"
