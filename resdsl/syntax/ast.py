"""The tree of a `.res` file: what was written, and where. Nothing is understood yet."""

from __future__ import annotations

from resdsl.core.record import NamedTuple
from resdsl.core.source import Source, Span


class Ident(NamedTuple):
    """A name where it stands; a label may end in numbers that are worked out."""

    text: str
    span: Span
    counts: tuple[Count, ...] = ()
    end: str = ""
    """What stands behind the last number: the rest of a path, such as `.conv1`."""


class Count(NamedTuple):
    """`{i + 1}` in a label, and what joins it to the number before."""

    joint: str
    value: Expr


# --- expressions ---


class Number(NamedTuple):
    """`3`, `0.1`, `1e-5`."""

    text: str
    span: Span


class Truth(NamedTuple):
    """`true` or `false`."""

    value: bool
    span: Span


class Dims(NamedTuple):
    """`3x3`."""

    text: str
    span: Span


class Name(NamedTuple):
    """A reference to something declared, or to a tensor, whose label may count."""

    text: str
    span: Span
    counts: tuple[Count, ...] = ()
    end: str = ""


class Listing(NamedTuple):
    """`[a, b]`."""

    items: tuple[Expr, ...]
    span: Span


class Comprehension(NamedTuple):
    """`[item for a, b in list]`."""

    item: Expr
    names: tuple[Ident, ...]
    values: Expr
    span: Span


class Index(NamedTuple):
    """`base[at]`."""

    base: Expr
    at: Expr
    span: Span


class Slice(NamedTuple):
    """`base[first:end]`; without them, from the first and to the last."""

    base: Expr
    first: Expr | None
    end: Expr | None
    span: Span


class Unary(NamedTuple):
    """`-a` or `not a`."""

    operator: str
    operand: Expr
    span: Span


class Series(NamedTuple):
    """`a op b op c…` of one precedence, applied from the left."""

    first: Expr
    rest: tuple[tuple[str, Expr], ...]
    span: Span


class Compare(NamedTuple):
    """`a < b`."""

    left: Expr
    operator: str
    right: Expr
    span: Span


class Conditional(NamedTuple):
    """`a if test else b`."""

    then: Expr
    test: Expr
    otherwise: Expr
    span: Span


class Extents(NamedTuple):
    """`a x b x c`."""

    sizes: tuple[Expr, ...]
    span: Span


class Call(NamedTuple):
    """A name and its arguments: of a layer, block, net, rule or function."""

    name: Ident
    args: tuple[Arg, ...]
    span: Span


Expr = (
    Number
    | Truth
    | Dims
    | Name
    | Listing
    | Comprehension
    | Index
    | Slice
    | Unary
    | Series
    | Compare
    | Conditional
    | Extents
    | Call
)


class Arg(NamedTuple):
    """One argument; `/n` has the keyword `stride`."""

    keyword: Ident | None
    value: Expr
    span: Span


# --- statements ---


class Item(NamedTuple):
    """One link of a chain: `label: times * call`."""

    label: Ident | None
    times: Expr | None
    call: Call
    span: Span


class Chain(NamedTuple):
    """`item | item | …`."""

    items: tuple[Item, ...]
    span: Span


class Input(NamedTuple):
    """`input 3 x 224 x 224`."""

    sizes: Expr
    span: Span


class Output(NamedTuple):
    """`output a, b`."""

    tensors: tuple[Expr, ...]
    span: Span


class Let(NamedTuple):
    """`let name = value`, or `let a, b = value` where that is a list."""

    names: tuple[Ident, ...]
    value: Expr
    span: Span


class UseShortcut(NamedTuple):
    """`use shortcut rule`."""

    rule: Call
    span: Span


class Default(NamedTuple):
    """`default bn eps=1e-3`."""

    layer: Ident
    args: tuple[Arg, ...]
    span: Span


class If(NamedTuple):
    """`if`, its `elif`s and its `else`; a branch without test is the `else`."""

    cases: tuple[tuple[Expr | None, Suite], ...]
    span: Span


class For(NamedTuple):
    """`for name in list:`, or `for a, b in list:` where its values are lists."""

    names: tuple[Ident, ...]
    values: Expr
    body: Suite
    span: Span


class Body(NamedTuple):
    """`name args only if guard:` and a suite: a merge, or a labelled group."""

    name: Ident
    args: tuple[Arg, ...]
    guard: Expr | None
    body: Suite
    span: Span
    second: Ident | None = None
    """The label behind this one on its line: `residual: norm: bn`."""


Statement = Chain | Input | Output | Let | UseShortcut | Default | If | For | Body
Suite = tuple[Statement, ...]


# --- declarations ---


class Param(NamedTuple):
    """A parameter of a declaration."""

    name: Ident
    default: Expr | None


class Use(NamedTuple):
    """`use se, "file.res"`; targets in quotes are files."""

    targets: tuple[Ident, ...]
    span: Span


class Block(NamedTuple):
    """`block name(params):`, whose layers may be `numbered`, not named by kind."""

    name: Ident
    params: tuple[Param, ...]
    body: Suite
    span: Span
    numbered: bool = False


class Shortcut(NamedTuple):
    """`shortcut name(params) as label always:`."""

    name: Ident
    params: tuple[Param, ...]
    label: Ident | None
    always: bool
    body: Suite
    span: Span


class Net(NamedTuple):
    """`net name(params):`."""

    name: Ident
    params: tuple[Param, ...]
    body: Suite
    span: Span


class Alias(NamedTuple):
    """`net name = other args`."""

    name: Ident
    call: Call
    span: Span


Declaration = Use | Default | Block | Shortcut | Net | Alias


class File(NamedTuple):
    """All declarations of one source, in order."""

    source: Source
    declarations: tuple[Declaration, ...]
    broken: frozenset[int]
    """Positions in `declarations` whose text has faults: not to be relied on."""
