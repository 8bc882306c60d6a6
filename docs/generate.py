"""Writes `layers.md` and `diagnostics.md` from the compiler's own declarations.

Run it as `python docs/generate.py`. A test fails where the pages are stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from resdsl import manual
from resdsl.manual import Entry

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
_FAMILIES = {
    "conv": "Convolution",
    "linear": "Fully connected",
    "norm": "Normalisation",
    "activation": "Activations",
    "pool": "Pooling",
    "drop": "Dropout and stochastic depth",
    "reshape": "Shapes",
}
_GROUPS = {
    "E0": "Text and bounds",
    "E1": "Names",
    "E2": "Values",
    "E3": "Shapes",
    "E4": "Weights",
}


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    return {"layers.md": layers(), "diagnostics.md": diagnostics()}


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


def _section(title: str, entries: Iterable[Entry]) -> list[str]:
    return [f"## {title}", *(manual.in_markdown(e).rstrip("\n") for e in entries)]


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8", newline="\n")
