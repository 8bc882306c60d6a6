"""How weights start: what all modules of a type share, then the exceptions by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from resdsl.core.catalog import NotAvailable
from resdsl.core.diagnostic import Stop
from resdsl.core.record import NamedTuple
from resdsl.emit.environment import Words
from resdsl.emit.layout import wrap
from resdsl.emit.target import ClassTarget
from resdsl.emit.text import Code, number
from resdsl.ir.net import Node
from resdsl.values.language import Init


class Placed(NamedTuple):
    """A layer, the type of its module, and where the page keeps it."""

    owner: Code
    """The class; empty inside a shortcut rule."""
    path: Code
    type: Code
    node: Node
    repeated: Code = Code("")
    """The slice of a sequence in `path` that all start so, as in `1:6`."""


class _Start(NamedTuple):
    placed: Placed
    weight: str
    """Its name within the module; empty where it is the member itself."""
    init: Init


def init_lines(placed: list[Placed], target: ClassTarget) -> tuple[Code, ...]:
    """The body of `init_weights`; none where the framework already starts so."""
    words, started = target.words, target.started
    ruled: set[str] = set()
    rules: dict[str, list[Code]] = {}
    exceptions: dict[str, list[Code]] = {}
    for (kind, weight), starts in sorted(
        _by_weight(placed).items(), key=lambda item: "." in item[0][1]
    ):
        counted = Counter(s.init for s in starts)
        exact = started[kind].get(weight)
        usual = max(counted, key=counted.__getitem__)
        if not starts[0].weight and exact is not None:
            usual = exact  # no module has a type that tells of it
        for type_ in dict.fromkeys(s.placed.type for s in starts):
            # A weight of an inner module has begun as all modules of its type do.
            if usual != exact or ("." in weight and target.inner[kind] in ruled):
                ruled |= {kind}
                sometimes = _sometimes(placed, target, kind, type_, weight)
                fan = _fan(starts[0])
                lines = _lines(words, usual, "module", weight, fan, sometimes)
                rules.setdefault(type_, []).extend(lines)
        for start in starts:
            if start.init != usual:
                owner, path = _owner(start.placed)
                lines = _exception(words, start, f"module{path}")
                exceptions.setdefault(owner, []).extend(lines)
    page: list[Code] = []
    # A type of the page's own may be one of the framework's: it is asked for first.
    ordered = sorted(rules.items(), key=lambda rule: "." in rule[0])
    for type_, lines in (*ordered, *exceptions.items()):
        word = "elif" if page else "if"
        page += [Code(f"    {word} isinstance(module, {type_}):"), *lines]
    return tuple(page)


def _by_weight(placed: list[Placed]) -> dict[tuple[str, str], list[_Start]]:
    found: dict[tuple[str, str], list[_Start]] = {}
    for place in placed:
        node = place.node
        for weight in node.kind.weights(node.x):
            if weight.trainable:
                key = (node.kind.name, weight.name)
                found.setdefault(key, []).append(
                    _Start(place, weight.name * (not weight.bare), weight.init)
                )
    return found


def _sometimes(
    placed: list[Placed], target: ClassTarget, kind: str, type_: str, weight: str
) -> bool:
    """Whether a module of the type may do without the weight, to a type checker too.

    A type of the page's own may be the base of another, or have another as its base,
    and a module of the type may stand within another module.
    """
    for place in placed:
        node = place.node
        names = [w.name for w in node.kind.weights(node.x)]
        own = "." not in type_ or "." not in place.type
        if place.type == type_ or (own and node.kind.name == kind):
            if weight not in names or _open(node, weight):
                return True
        elif target.inner.get(node.kind.name) == kind and not any(
            name.endswith(f".{weight}") for name in names
        ):
            return True
    return False


def _open(node: Node, weight: str) -> bool:
    """Whether an argument of the weight's name decides, without a default."""
    signature = {s.name: s for s in node.kind.signature}
    return weight in signature and signature[weight].default is None


def _owner(place: Placed) -> tuple[Code, Code]:
    if not place.owner or not place.path:
        message = "inside a shortcut rule a weight starts as most others of its kind"
        kind = place.node.kind.name
        hint = f"set the usual start with 'default', as in 'default {kind} bias_init=0'"
        raise Stop(NotAvailable(place.node.span, message, hint=hint))
    return place.owner, place.path


def _exception(words: Words, start: _Start, path: str) -> Iterator[Code]:
    repeated = start.placed.repeated
    if not repeated:
        yield from _lines(words, start.init, path, start.weight, _fan(start), False)
        return
    yield Code(f"        for layer in {path}[{repeated}]:")
    for line in _lines(words, start.init, "layer", start.weight, _fan(start), False):
        yield Code("    " + line)


def _lines(
    words: Words, init: Init, module: str, weight: str, fan: str, sometimes: bool
) -> Iterator[Code]:
    tensor = Code(f"{module}.{weight}" if weight else module)
    name, args = init.name, [_argument(a) for a in init.args]
    if init == Init("constant", (0,)):
        name = "zeros"
    elif init == Init("constant", (1,)):
        name = "ones"
    first = args[0] if args else Code("")
    main = Code(f"{module}.{fan}" if fan else module)
    text = words.say(f"init_{name}", tensor, main, first)
    indent = 8
    if sometimes:
        yield Code(" " * indent + f"if {tensor} is not None:")
        indent += 4
    for line in wrap(text, indent):
        yield Code(line)


def _fan(start: _Start) -> str:
    """The weight whose fan counts: a matrix's own, else that of the layer's first.

    Empty where the member itself is the weight.
    """
    if not start.weight:
        return ""
    weights = start.placed.node.kind.weights(start.placed.node.x)
    own = (w.name for w in weights if w.name == start.weight and len(w.shape) > 1)
    return next(own, weights[0].name)


def _argument(item: float | str) -> Code:
    return Code(f'"{item}"') if isinstance(item, str) else number(item)
