"""The manual: every name of the language, explained from its own declaration.

`resdsl explain` prints these entries, and `docs/generate.py` writes them into pages.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from functools import cache

from resdsl import files
from resdsl.compiler import Origin, check_file
from resdsl.core import catalog
from resdsl.core.diagnostic import Diagnostic
from resdsl.core.limits import Limits
from resdsl.core.record import NamedTuple
from resdsl.core.render import as_text
from resdsl.core.report import Collector
from resdsl.core.source import Source
from resdsl.lower.functions import FUNCTIONS, SYMBOLS
from resdsl.ops.base import KINDS, Kind, Signature
from resdsl.ops.merge import AGAIN, BODIES, JOINS, MERGES
from resdsl.syntax import ast
from resdsl.syntax.parse import parse
from resdsl.values.expr import literal
from resdsl.values.language import Init

_FUNCTIONS = {
    "max": "The largest of its arguments.",
    "min": "The smallest of its arguments.",
    "len": "How many values a list has.",
    "range": "The whole numbers from start (0 if absent) up to, not including, stop.",
    "int": "A number without its fraction: `int(2.7)` is 2.",
    "ceil": "The least whole number that is not below: `ceil(2.1)` is 3.",
    "round": "The nearest whole number, of two the even one: `round(2.5)` is 2.",
    "sum": "The sum of a list of numbers, 0 of an empty one.",
    "multiple_of": "The multiple of a whole number, the divisor, that is nearest, the "
    "larger of two; at least the divisor itself, and not below `least`, 0.9 if absent, "
    "of the number: then the next one. MobileNet's rounding of channels: "
    "`multiple_of(35, 8)` is 32, `multiple_of(19, 16)` is 32, since 16 is less than "
    "nine tenths.",
    "zip": "The first of each list, then the second of each, and so on: "
    "`for n, width in zip(depths, widths)`. The lists have one length.",
    "sqrt": "The square root.",
    "he_normal": "Normal with standard deviation sqrt(2 / fan) (He et al. 2015a). The "
    "fan is the channels of the weight on that side times the kernel's elements.",
    "normal": "Normal with mean 0 and this standard deviation.",
    "trunc_normal": "Normal with mean 0 and this standard deviation, cut off at twice "
    "that.",
    "uniform": "Uniform from -bound to bound.",
    "glorot_uniform": "Uniform from -b to b with b = sqrt(6 / (fan_in + fan_out)) "
    "(Glorot and Bengio 2010).",
    "fan_in_uniform": "Uniform from -1 / sqrt(fan_in) to 1 / sqrt(fan_in).",
}
_MERGES = {
    "residual": "y = x + F(x). Where F changes the shape, the shortcut rule in force "
    "makes x addable; `shortcut=RULE` chooses another for this one. `only if TEST` "
    "leaves the addition out where the test fails; the word `same` tells whether the "
    "shapes agree.",
    "scale": "y = x * F(x). F gives the shape of x, or its channels with every size 1.",
    "dense": "y = x, then F(x), one behind the other along the channels.",
    "gate": "y = T(x) * H(x) + (1 - T(x)) * x (Srivastava et al. 2015). It has two "
    "paths: the first is H, the transform, the second is T, the gate.",
    "branches": "Each line is a path from the same input, and so is each group; "
    "`path:` holds one of several lines. Their outputs are concatenated along the "
    "channels, or with `add` or `multiply` added or multiplied.",
    "add": "Their shapes are equal.",
    "concat": "Their channels stand one behind the other; the sizes are equal.",
    "multiply": "The others have the shape of the first, or its channels with every "
    "size 1.",
}
_ARGUMENTS = {
    "residual": " [shortcut=RULE] [only if TEST]",
    "gate": "",
    "branches": " [concat | add | multiply]",
}
_WORDS = {
    "fan_in": "For `he_normal`: the fan of the weight's input side.",
    "fan_out": "For `he_normal`: the fan of the weight's output side.",
    "nearest": "For `upsample`: repeat values.",
    "bilinear": "For `upsample`: interpolate between pixel centres.",
    "same": "For the padding of a window: as TensorFlow pads, so that ceil(size / "
    "stride) remain; of an odd number the larger half is behind. In `only if`: whether "
    "the shapes agree.",
    "none": "No shortcut rule, in `use shortcut none`: another shape is an error. Also "
    "a value that a parameter can be compared with.",
}


class Argument(NamedTuple):
    """One argument, in words."""

    name: str
    accepts: str
    default: str
    """Empty where it is required."""
    positional: bool
    doc: str


class Example(NamedTuple):
    """A piece of text that belongs to an entry."""

    title: str
    language: str
    text: str


class Entry(NamedTuple):
    """One name of the language."""

    name: str
    what: str
    usage: str
    text: str
    arguments: tuple[Argument, ...] = ()
    examples: tuple[Example, ...] = ()


def names() -> list[str]:
    """Every name that has an entry, sorted."""
    return sorted({*_by_name(), *(d.code for d in diagnostics())})


def find(name: str) -> list[Entry]:
    """The entries of a name: none, or one for each thing that it means."""
    found = [diagnostic(d) for d in diagnostics() if d.code == name.upper()]
    return [*_by_name().get(name, []), *found]


@cache
def _by_name() -> dict[str, list[Entry]]:
    table: dict[str, list[Entry]] = {}
    for entry in (*layers(), *merges(), *standard(), *functions(), *words()):
        table.setdefault(entry.name, []).append(entry)
    return table


# --- layers ---------------------------------------------------------------------------


def layers() -> list[Entry]:
    """The layer kinds, in the order of the vocabulary."""
    return [_layer(kind) for kind in KINDS.values()]


def family(entry: Entry) -> str:
    """The file of the vocabulary that declares a layer kind, such as `norm`."""
    return KINDS[entry.name].__module__.rpartition(".")[2]


def _layer(kind: type[Kind]) -> Entry:
    arguments = tuple(_argument(s) for s in kind.signature)
    text = inspect.cleandoc(kind.__doc__ or "")
    return Entry(kind.name, "layer", _usage(kind), text, arguments)


def _usage(kind: type[Kind]) -> str:
    parts = [_part(s) for s in kind.signature if s.positional or s.required]
    if len(parts) < len(kind.signature):
        parts.append("...")
    return f"{kind.name} {', '.join(parts)}".rstrip()


def _part(s: Signature) -> str:
    name = "/stride" if s.name == "stride" else s.name
    return name if s.required else f"[{name}]"


def _argument(s: Signature) -> Argument:
    default = "" if s.required else _plain(s.default)
    return Argument(s.name, s.type.words, default, s.positional, s.doc)


def _plain(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Init):
        constant = value.name == "constant"
        return f"{value.args[0]:g}" if constant else str(value)
    return literal(value) if isinstance(value, float) else str(value)


# --- merges, functions, words ---------------------------------------------------------


def merges() -> list[Entry]:
    """The merges, and the words that join tensors or use a layer again."""
    bodies = [
        Entry(
            name,
            "merge",
            f"{name}{_ARGUMENTS.get(name, ' [only if TEST]')}:",
            f"A statement with a body. {_MERGES[name]}",
        )
        for name in BODIES
    ]
    joins = [
        Entry(
            name,
            "merge",
            f"{name} TENSOR, ...",
            f"In a chain: it {MERGES[name].doc}, the one at hand first. "
            f"{_MERGES[name]}",
        )
        for name in sorted(JOINS)
    ]
    again = Entry(
        AGAIN,
        "merge",
        f"{AGAIN} LABEL",
        "In a chain: the layer, block or group of that label once more, with its "
        "weights. Its sizes may be others, its channels are the same.",
    )
    return [*bodies, *joins, again]


def functions() -> list[Entry]:
    """The functions of expressions."""
    return [
        Entry(name, "function", function.signature, _FUNCTIONS[name])
        for name, function in FUNCTIONS.items()
    ]


def words() -> list[Entry]:
    """The words that stand for themselves."""
    return [Entry(name, "word", name, _WORDS[name]) for name in SYMBOLS]


# --- the standard library -------------------------------------------------------------


def standard() -> list[Entry]:
    """The blocks and shortcut rules of the standard library, as they are written."""
    return [
        entry
        for path in sorted(files.STD.glob("*.res"))
        for entry in _declared(path.stem, path.read_text("utf-8"))
    ]


def _declared(library: str, text: str) -> Iterator[Entry]:
    source = Source(f"std/{library}.res", text)
    lines = text.splitlines()
    for tree in parse(source, Collector(), Limits()).declarations:
        if not isinstance(tree, ast.Block | ast.Shortcut):
            continue
        line = source.position(tree.span.start)[0] - 1
        params = ", ".join(_param(p) for p in tree.params)
        rule = isinstance(tree, ast.Shortcut)
        usage = f"{'use shortcut ' * rule}{tree.name.text} {params}".rstrip()
        text = _comment(lines, line) or _comment(lines, lines.index(""))
        if not rule:
            text += f"\n\nA block of the standard library: `use {library}`."
        example = Example("", "res", "\n".join(_body(lines, line)) + "\n")
        what = "shortcut rule" if rule else "block"
        yield Entry(tree.name.text, what, usage, text, (), (example,))


def _param(param: ast.Param) -> str:
    default = param.default
    return param.name.text + (f" = {default.span.text}" if default else "")


def _comment(lines: list[str], below: int) -> str:
    """The comment that ends right above a line."""
    start = below
    while start and lines[start - 1].startswith("#"):
        start -= 1
    return "\n".join(line.lstrip("# ") for line in lines[start:below])


def _body(lines: list[str], start: int) -> list[str]:
    stop = start + 1
    while stop < len(lines) and lines[stop].startswith(" "):
        stop += 1
    return lines[start:stop]


# --- diagnostics ----------------------------------------------------------------------


def diagnostics() -> list[type[Diagnostic]]:
    """Every kind of finding, by code."""
    kinds = (
        item
        for item in vars(catalog).values()
        if isinstance(item, type) and issubclass(item, Diagnostic)
    )
    return sorted((k for k in kinds if k is not Diagnostic), key=lambda k: k.code)


def diagnostic(kind: type[Diagnostic]) -> Entry:
    """The entry of a finding, with what the compiler says of the bad example."""
    title = kind.title[0].upper() + kind.title[1:]
    text = f"{title}.\n\n{inspect.cleandoc(kind.__doc__ or '')}"
    examples: list[Example] = []
    if kind.bad:
        examples.append(Example("Refused", "text", _shown(kind.bad)))
        examples.append(Example("Said", "text", said(kind.bad)))
    if kind.good:
        examples.append(Example("Accepted", "res", kind.good))
    return Entry(kind.code, "diagnostic", kind.code, text, (), tuple(examples))


def said(text: str) -> str:
    """The findings of a text, as they are printed."""
    # The root is a folder that every installation has; an example reads nothing there.
    return as_text(check_file(text, Origin("example.res", files.STD)).findings) + "\n"


def _shown(text: str, width: int = 88) -> str:
    """A text that may be long, or hold what must not be shown as it is."""
    lines = [
        line if len(line) <= width else f"{line[: width - 3]}..."
        for line in text.splitlines()
    ]
    return "".join(f"{_escaped(line)}\n" for line in lines)


def _escaped(line: str) -> str:
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in line)


# --- text -----------------------------------------------------------------------------


def in_words(entry: Entry) -> str:
    """An entry for a terminal."""
    text = "\n".join(_wrapped(line) for line in entry.text.splitlines())
    parts = [f"{entry.usage}\n    {entry.what}", text.replace("`", "'")]
    if entry.arguments:
        parts.append("\n".join(["arguments", *_table(entry.arguments)]))
    for title, _, text in entry.examples:
        head = f"{title.lower()}\n\n" if title else ""
        parts.append(head + textwrap.indent(text.rstrip("\n"), "    "))
    return "\n\n".join(parts)


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 88) if len(line) > 88 else line


def _table(arguments: tuple[Argument, ...]) -> list[str]:
    heads = [_head(a) for a in arguments]
    width = max(len(head) for head in heads)
    return [
        f"    {head:{width}}  {a.doc} ({a.accepts})"
        for head, a in zip(heads, arguments, strict=True)
    ]


def _head(a: Argument) -> str:
    if not a.default:
        return a.name
    return f"[{a.name}]" if a.default == "-" else f"[{a.name} = {a.default}]"


def in_markdown(entry: Entry, level: int = 3) -> str:
    """An entry for a page."""
    parts = [f"{'#' * level} {entry.name}"]
    if entry.what != "diagnostic":
        parts.append(f"```text\n{entry.usage}\n```")
    parts.append(entry.text)
    if entry.arguments:
        rows = [
            f"| `{a.name}` | {a.accepts} | {_cell(a)} | {a.doc} |"
            for a in entry.arguments
        ]
        head = ["| argument | accepts | default | meaning |", "|---|---|---|---|"]
        parts.append("\n".join([*head, *rows]))
    for title, language, text in entry.examples:
        parts += [f"{title}:"] * bool(title)
        parts.append(f"```{language}\n{text}```")
    return "\n\n".join(parts) + "\n"


def _cell(a: Argument) -> str:
    if a.default:
        return "-" if a.default == "-" else f"`{a.default}`"
    return "required"
