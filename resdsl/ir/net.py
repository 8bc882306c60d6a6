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
    again: bool = False
    """Whether it is an earlier layer of that name once more, and so has no weights."""


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
    again: bool = False


class Repeat(NamedTuple):
    """Equal items in a row, numbered from `first`."""

    first: int
    times: int
    item: Named


class Group(NamedTuple):
    """A named sequence, whose members are numbered unless labelled."""

    name: str
    items: tuple[Named | Repeat, ...]
    x: Shape
    y: Shape
    span: Span
    statement: int
    repeated: bool = False
    """Whether it is a repeat, whose members are equal, and not a labelled group."""
    again: bool = False


class Path(NamedTuple):
    """One way from a merge's input: its label, if it has one, and what lies on it."""

    name: str
    body: Body
    y: Shape


class Merge(NamedTuple):
    """Paths from one tensor whose outputs become one, with their input or without it.

    A shortcut may transform the input before it is merged.
    """

    rule: str
    paths: tuple[Path, ...]
    shortcut: Instance | None
    why: str
    x: Shape
    y: Shape
    span: Span
    statement: int


class Keep(NamedTuple):
    """From here on the tensor has a name, by which it is taken up further down."""

    name: str
    x: Shape
    y: Shape
    span: Span
    statement: int


class Join(NamedTuple):
    """Goes on from tensors that have names, the first of which may be the one at hand.

    Without a rule there is one, and it goes on from that.
    """

    rule: str
    sources: tuple[str, ...]
    """Names of kept tensors; the one at hand has none."""
    x: Shape
    y: Shape
    span: Span
    statement: int


Named = Node | Instance | Group
"""What has a name, and so a place in the checkpoint."""
Item = Named | Merge | Keep | Join
Body = tuple[Item, ...]


class Param(NamedTuple):
    """A parameter of a unit: its value in force, and its default in the source."""

    name: str
    value: object
    default: object
    required: bool


class Output(NamedTuple):
    """One of several outputs of a net: its name to the outside, and the kept tensor."""

    name: str
    tensor: str
    shape: Shape


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
    """Per spatial dimension, the product of all strides; a net's are not worked out."""
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
    outputs: tuple[Output, ...] = ()
    """What a net gives, where that is not the last tensor alone."""
    labels: tuple[tuple[str, int], ...] = ()
    """Of what has no place in the checkpoint, a join or a later use of weights: its
    label, and which item of the body it is."""

    @property
    def gives(self) -> str:
        """What comes out, as text: a shape, or several behind their names."""
        parts = [f"{output.name} {output.shape}" for output in self.outputs]
        return ", ".join(parts) or str(self.y)

    @property
    def members(self) -> tuple[Named, ...]:
        """The body of a unit that is numbered: a sequence has no merges."""
        return tuple(i for i in self.body if isinstance(i, Node | Instance | Group))


class Net(NamedTuple):
    """A whole network: its unit, and the file and line that asked for it."""

    name: str
    unit: Unit
    source: str
    definition: str
    """The line that bound the parameters, for a net that is another one's name."""
    whole: Unit | None = None
    """What a backbone was cut from, whose checkpoints hold its tensors too."""
