"""Pages of operators: the graph of the net, and a function for each of its blocks.

Serves every target whose networks are graphs; the words are the target's own.
"""

from __future__ import annotations

import re

from resdsl.analysis.sizes import open_sizes
from resdsl.analysis.vocabulary import vocabulary
from resdsl.core.record import NamedTuple
from resdsl.emit.graph.draw import GraphTarget
from resdsl.emit.graph.functions import Function, Functions
from resdsl.emit.graph.sketch import Call, Operand, Sketch, quoted, settle, value_name
from resdsl.emit.shapes import describe_net, describe_unit
from resdsl.emit.text import Code, identifier, join, prose
from resdsl.ir.net import Net
from resdsl.values.shape import Shape
from resdsl.values.sizes import Sym

WIDTH = 120
_SYMBOL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class FunctionPage(NamedTuple):
    """A function: its lines are ready to print."""

    name: Code
    doc: Code
    attributes: Code
    inputs: tuple[Code, ...]
    output: Code
    body: tuple[Code, ...]


class GraphPage(NamedTuple):
    """A whole page."""

    source: Code
    name: Code
    doc: Code
    input_shape: Code
    output_shape: Code
    x: Code
    element: Code
    """The type of the input's numbers."""
    input: Code
    outputs: Code
    """Their dimensions and names, as they are declared."""
    weights: tuple[Code, ...]
    """Their shapes and names, a line a layer."""
    body: tuple[Code, ...]
    functions: tuple[FunctionPage, ...]


def build_graph(net: Net, target: GraphTarget, inline: bool) -> GraphPage:
    """The whole page of `net`; `inline` draws every block where it stands."""
    functions = Functions(net, target, inline)
    x, *shapes = open_sizes(net)
    names = tuple(o.name for o in net.unit.outputs) or (target.output,)
    outputs = zip(shapes, names, strict=True)
    words = prose(f"{net.unit.comment} {'; '.join(describe_net(net))}")
    return GraphPage(
        source=_source(net),
        name=identifier(net.name),
        doc=words,
        input_shape=prose(str(net.unit.x)),
        output_shape=prose(net.unit.gives),
        x=value_name(target.input),
        element=Code("float" if vocabulary(net) is None else "int64"),
        input=_dims(x, x),
        outputs=join(Code(f"float[{_dims(y, x)}] {value_name(n)}") for y, n in outputs),
        weights=_declared(functions.main.forms[0]),
        body=_body(functions.main, functions, names, target),
        # Some readers want to know a function before another calls it.
        functions=tuple(_function(f, functions, target) for f in functions.all),
    )


def _source(net: Net) -> Code:
    file = prose(re.split(r"[\\/]", net.source)[-1])
    bound = f" = {prose(net.definition)}" if net.definition else ""
    return Code(f"{file}, net {net.name}{bound}")


def _dims(shape: Shape, x: Shape) -> Code:
    """`N, 3, H, W`: the batch, and names for what may have any size."""
    taken = {str(size) for size in x.spatial}
    batch = next(name for name in ("N", "batch", "N_") if name not in taken)
    return Code(", ".join((batch, *_sizes(shape))))


def _sizes(shape: Shape) -> list[str]:
    """Sizes as numbers or plain names; a formula of a name has no name of its own."""
    texts = [str(s) if isinstance(s, Sym) else str(int(s)) for s in shape.sizes]
    return [
        text if text.isdigit() or _SYMBOL.fullmatch(text) else "?" for text in texts
    ]


def _declared(sketch: Sketch) -> tuple[Code, ...]:
    layers = [", ".join(map(_declaration, layer)) for layer in sketch.weights]
    return tuple(Code(f"{line},") for line in layers[:-1]) + tuple(
        Code(line) for line in layers[-1:]
    )


def _declaration(operand: Operand) -> str:
    sizes = ", ".join(str(int(size)) for size in operand.shape)
    return f"float[{sizes}] {quoted(operand.name)}"


def _function(
    function: Function, functions: Functions, target: GraphTarget
) -> FunctionPage:
    form = function.forms[0]
    names = ", ".join(attribute.name for attribute in function.attributes)
    what = "Shortcut rule" if form.unit.role == "shortcut" else "Block"
    comment = prose(form.unit.comment)
    shapes = describe_unit(form.unit)
    return FunctionPage(
        name=function.name,
        doc=prose(f"{what} {form.unit.name}. {comment} {shapes}"),
        attributes=Code(f" <{names}>" if names else ""),
        inputs=_arguments(Code("x"), form.weights),
        output=Code("y"),
        body=_body(function, functions, ("y",), target),
    )


def _arguments(x: Code, weights: tuple[tuple[Operand, ...], ...]) -> tuple[Code, ...]:
    """The input and all weights, a line a layer."""
    layers = [", ".join(value_name(o.name) for o in layer) for layer in weights]
    *most, last = [x, *layers]
    return (*(Code(f"{line},") for line in most), Code(last))


def _body(
    function: Function,
    functions: Functions,
    outputs: tuple[str, ...],
    target: GraphTarget,
) -> tuple[Code, ...]:
    sketch = function.forms[0]
    rename = dict(zip(sketch.outputs, outputs, strict=True))
    given = iter(function.calls)
    lines: list[Code] = []
    for group in sketch.groups:
        if lines:
            lines.append(Code(""))
        if group.comment:
            lines.append(Code(f"    # {prose(group.comment)}"))
        for line in group.lines:
            if isinstance(line, Call):
                settings = ", ".join(f"{name}{word}" for name, word in next(given))
                lines += _call(line, functions, settings, rename, target)
            else:
                text = settle(line, lambda at: function.slots[at], rename)
                lines += _laid_out(text)
    return tuple(lines)


def _call(
    call: Call,
    functions: Functions,
    settings: str,
    rename: dict[str, str],
    target: GraphTarget,
) -> list[Code]:
    y = value_name(rename.get(call.y, call.y))
    x = value_name(rename.get(call.x, call.x))
    values = x
    if call.weights:
        inner = (f"        {line}" for line in _arguments(x, call.weights))
        values = Code("\n".join(("", *inner, "    ")))
    text = target.words.say(
        "call",
        Code(f"[{quoted(call.name)}] {y}"),
        functions.of(call.unit).name,
        Code(f" <{settings}>" if settings else ""),
        values,
    )
    return [Code(line) for line in f"    {text}".split("\n")]


def _laid_out(text: Code) -> list[Code]:
    """An operator on one line, or its attributes and inputs on lines of their own."""
    if len(text) + 4 <= WIDTH:
        return [Code(f"    {text}")]
    head, _, inputs = text.rpartition(" (")
    lines = [head]
    if len(head) + 4 > WIDTH:
        name, sign, attributes = head.partition(" <")
        lines = [name, f"    <{attributes}"] if sign else [head]
    return [Code(f"    {line}") for line in (*lines, f"    ({inputs}")]
