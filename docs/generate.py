"""Writes the pages that are made of the compiler's own declarations.

Run it as `python docs/generate.py`. A test fails where the pages are stale.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import resdsl
from resdsl import manual
from resdsl.backends import TARGETS
from resdsl.manual import Entry
from resdsl.ops import KINDS, Kind
from resdsl.ops.merge import JOINS, MERGES
from resdsl.ops.types import FACTOR, INDEX, KERNEL, RATE, SIZES, STEP

HERE = Path(__file__).resolve().parent
_NOTE = "<!-- Made by docs/generate.py: edit the declarations, not this page. -->"
_LAYERS = """\
Every name that a `.res` file can use without declaring it, except blocks, which ask
for `use`. `resdsl explain NAME` prints the same. Arguments that a usage line names can
be given by position, in brackets where they are optional; all can be given by name. A
`-` under *default* means that a rule decides, and the meaning says which. The language
itself is in [language.md](language.md)."""
_DIAGNOSTICS = """\
Every finding has a code. `resdsl explain CODE` prints its entry: a text that is
refused, what the compiler says of it, and one that is accepted."""
_TARGETS = """\
What each target writes for each layer and merge, on an image where it takes one: read
off the pages of networks with that layer alone. The NumPy reference, which is run and
not written, has every one. Where a target lacks something it says so, with E108;
nothing is left out in silence."""
_TARGET_NOTES = """\
## What a target cannot do

- **torch**: an `avgpool` of a video over a window larger than the input, which torch
  refuses even with padding.
- **keras**: a convolution with `padding=same`, a stride and a dilation; `leaky_relu`
  with a negative slope; `ceil_mode`, an `avgpool` with `padding=same`, or
  `pixelshuffle 1`, over an open size; two layers whose names become one when dots
  become underscores. [Keras](keras.md) tells more.
- **onnx**: training; float64; an opset older than a layer's operator; a convolution
  or pool with `padding=same` and a stride, which with a dilation or beyond the kernel
  its runtimes misread. [ONNX](onnx.md) tells more.

## What runs them

| | install | held to the reference |
|---|---|---|
| torch | `resdsl[torch]` | 1e-5 in float32, 1e-10 in float64; steps of training |
| keras on TensorFlow | `resdsl[tensorflow]` | the same; running variances over n |
| keras on JAX | `resdsl[jax]` | the same |
| keras on torch | `resdsl[keras,torch]` | the same |
| onnx | `resdsl[onnxruntime]` | 1e-5 in float32, in evaluation |
| numpy | `resdsl[weights]` | it is the reference, in float64 |

`resdsl verify` [compares them](verify.md), and tells what is known to differ."""
_FAMILIES = {
    "conv": "Convolution",
    "linear": "Fully connected",
    "scale": "Scaling",
    "channels": "Channels",
    "pixels": "Space and depth",
    "norm": "Normalisation",
    "activation": "Activations",
    "pool": "Pooling",
    "drop": "Dropout and stochastic depth",
    "reshape": "Shapes",
    "memory": "The order of memory",
    "sequence": "Sequences",
    "embedding": "Embeddings",
}
_GROUPS = {
    "E0": "Text and bounds",
    "E1": "Names",
    "E2": "Values",
    "E3": "Shapes",
    "E4": "Weights",
}


_INPUTS = (
    "input 4 x 8 x 8",
    "input 4 x 8",
    "input 4",
    "input 4 x 8\n    channels_last",
)
"""An image, and what stands in for one where a layer takes none."""


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    return {
        "layers.md": layers(),
        "diagnostics.md": diagnostics(),
        "targets.md": targets(),
    }


def layers() -> str:
    """The vocabulary: layers, merges, rules, blocks, functions, words."""
    parts = [
        "# Layers, merges, rules and functions",
        _NOTE,
        _LAYERS,
    ]
    order = list(dict.fromkeys([*_FAMILIES, *map(manual.family, manual.layers())]))
    kinds = sorted(manual.layers(), key=lambda entry: order.index(manual.family(entry)))
    for family, entries in groupby(kinds, manual.family):
        parts += _section(_FAMILIES.get(family, family.capitalize()), entries)
    parts += _section("Merges", manual.merges())
    standard = manual.standard()
    rules = [entry for entry in standard if entry.what == "shortcut rule"]
    blocks = [entry for entry in standard if entry.what == "block"]
    parts += _section("Standard shortcut rules", rules)
    parts += _section("Standard blocks", blocks)
    parts += _section("Functions", manual.functions())
    parts += _section("Words", manual.words())
    return "\n\n".join(parts) + "\n"


def diagnostics() -> str:
    """The catalogue of findings."""
    parts = [
        "# Diagnostics",
        _NOTE,
        _DIAGNOSTICS,
    ]
    entries = [manual.diagnostic(kind) for kind in manual.diagnostics()]
    for group, members in groupby(entries, lambda entry: entry.name[:2]):
        parts += _section(_GROUPS[group], members)
    return "\n\n".join(parts) + "\n"


def targets() -> str:
    """The matrix of layers and merges by targets: what each writes."""
    head = f"| | {' | '.join(TARGETS)} |\n|---|{'---|' * len(TARGETS)}"
    rows = [
        f"| `{name}` | {' | '.join(_cell(body, target) for target in TARGETS)} |"
        for name, body in (*_layer_bodies(), *_merge_bodies())
    ]
    matrix = "\n".join([head, *rows])
    parts = ["# Targets", _NOTE, _TARGETS, matrix, _TARGET_NOTES]
    return "\n\n".join(parts) + "\n"


def _layer_bodies() -> Iterator[tuple[str, str]]:
    for name, kind in sorted(KINDS.items()):
        yield name, f"{name} {', '.join(_arguments(kind))}"


def _arguments(kind: type[Kind]) -> Iterator[str]:
    samples = {
        KERNEL: "3",
        RATE: "0.5",
        STEP: "2",
        INDEX: "1",
        FACTOR: "2",
        SIZES: "16 x 16",
    }
    for argument in kind.signature:
        if argument.required:
            yield f"{argument.name}={samples.get(argument.type, '4')}"


def _merge_bodies() -> Iterator[tuple[str, str]]:
    for name in sorted(MERGES):
        if name in JOINS:
            yield name, f"a: tanh | {name} a"
        else:
            paths = len(MERGES[name].paths) or 1
            yield f"{name}:", f"{name}:{paths * f'{chr(10)}        tanh'}"


def _cell(body: str, target: str) -> str:
    """The calls or operators that the target writes for one line of a net."""
    before = _before(body)
    found = _words(f"{before}\n    {body}\n", target)
    if "channels_last" in before:
        found -= _words(f"{before}\n", target)
    usual = {"Constant", "keras.Input", "keras.Model", "super", "forward"}
    if ":" in body or "|" in body:
        usual |= {"nn.Tanh", "self.tanh", "tanh", "layers.Activation", "Tanh"}
    return ", ".join(f"`{word}`" for word in found if word not in usual) or "-"


def _before(body: str) -> str:
    """What stands before a layer: the first input that it takes."""
    return next(before for before in _INPUTS if _takes(before, body))


def _takes(before: str, body: str) -> bool:
    try:
        resdsl.load(f"net n:\n    {before}\n    {body}\n")
    except resdsl.ResdslError:
        return False
    return True


def _words(body: str, target: str) -> Counter[str]:
    network = resdsl.load(f"net n:\n    {body}")
    options = {"inline": True} if target == "onnx" else {}
    page = network.source(target, **options)
    return Counter(_WORDS[target].findall(page.partition(_NETS[target])[2]))


_NETS = {"torch": "class N(", "keras": "def n(", "onnx": "{\n"}
_WORDS = {
    "torch": re.compile(
        r"(?:nn\.)?[A-Z]\w*\b(?=\()|x\.(?:flatten|permute)|torch\.cat|x [+*]=? \w+"
        r"|x\[.*\]"
    ),
    "keras": re.compile(r"(?<== )(?:layers\.|ops\.)?\w[\w.]*(?=\()|x\[.*\]"),
    "onnx": re.compile(r"= ([A-Z]\w*)"),
}


def _section(title: str, entries: Iterable[Entry]) -> list[str]:
    return [f"## {title}", *(manual.in_markdown(e).rstrip("\n") for e in entries)]


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8", newline="\n")
