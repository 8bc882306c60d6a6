"""The network as understood: units of items, each with its input and output shape.

Numbers inside a `Unit` are traced in terms of that unit's own parameters, so one unit
serves every instance with equal values, and the page shows the formulas of the source.
"""

from __future__ import annotations

from resdsl.core.record import NamedTuple
from resdsl.core.source import Span
from resdsl.ops.base import Kind
from resdsl.values.expr import Expr
from resdsl.values.shape import Shape


class Node(NamedTuple):
    """One layer. `statement` tells which nodes one line of the source chained."""

    name: str
    kind: Kind
    x: Shape
    y: Shape
    span: Span
    statement: int


class Instance(NamedTuple):
    """One use of a block or shortcut rule, with its arguments in the caller's terms."""

    name: str
    unit: Unit
    args: tuple[tuple[str, object], ...]
    x: Shape
    y: Shape
    steps: tuple[int, ...]
    """The unit's, in the caller's terms."""
    span: Span
    statement: int


class Repeat(NamedTuple):
    """Equal items in a row, numbered from `first`."""

    first: int
    times: int
    item: Item


class Group(NamedTuple):
    """A named sequence, whose members are numbered unless labelled."""

    name: str
    items: tuple[Item | Repeat, ...]
    x: Shape
    y: Shape
    span: Span
    statement: int
    repeated: bool = False
    """Whether it is a repeat, whose members are equal, and not a labelled group."""


class Merge(NamedTuple):
    """A body whose output is merged with its input, which a shortcut may transform."""

    rule: str
    body: Body
    shortcut: Instance | None
    why: str
    x: Shape
    y: Shape
    span: Span
    statement: int


Item = Node | Instance | Group | Merge
Body = tuple[Item, ...]


class Param(NamedTuple):
    """A parameter of a unit: its value in force, and its default in the source."""

    name: str
    value: object
    default: object
    required: bool


class Unit(NamedTuple):
    """A block, shortcut rule or net with every question settled."""

    name: str
    role: str
    params: tuple[Param, ...]
    lets: tuple[tuple[str, Expr], ...]
    body: Body
    x: Shape
    y: Shape
    steps: tuple[int, ...]
    """Per spatial dimension, the product of all strides."""
    pinned: frozenset[str]
    """Parameters whose values decided something: another value, another structure."""
    operators: int
    parameters: int
    macs: int | None
    """Multiply-accumulates of one example; none where a size is symbolic."""
    span: Span
    label: str = ""
    always: bool = False
    choices: tuple[tuple[str, bool], ...] = ()
    """The conditions of the source's `if`s, and whether they held."""
    comment: str = ""
    """The comment that stands directly above the declaration."""
    numbered: bool = False
    """Whether its layers are members of a sequence, numbered from 0."""


class Net(NamedTuple):
    """A whole network: its unit, and the file and line that asked for it."""

    name: str
    unit: Unit
    source: str
    definition: str
    """The line that bound the parameters, for a net that is another one's name."""
