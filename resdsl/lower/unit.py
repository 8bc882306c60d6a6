"""One unit in the making: what its body has so far, and what it may ask.

After an error the shape is unknown, and what depends on it is passed over in silence:
one mistake gives one message.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from typing import Protocol

from resdsl.core.catalog import MissingInput, NumberTooLarge, TooManyOperators
from resdsl.core.diagnostic import Diagnostic, Frame, Stop
from resdsl.core.limits import Limits
from resdsl.core.record import NamedTuple
from resdsl.core.report import Collector
from resdsl.core.source import Span
from resdsl.ir.net import Item, Named, Output, Unit
from resdsl.ir.net import Param as UnitParam
from resdsl.lower.bind import Bound, bind
from resdsl.lower.budget import LAYER, Budget
from resdsl.lower.evaluate import Evaluator
from resdsl.lower.memory import Need, Placed, Recalled
from resdsl.lower.names import Names
from resdsl.lower.scope import BlockRef, Callee, Declared, FileScope, LayerRef, Settings
from resdsl.ops.base import KINDS, Kind
from resdsl.ops.fault import Fault
from resdsl.syntax import ast
from resdsl.values.expr import (
    Expr,
    Op,
    Traced,
    Var,
    expr_of,
    heavy,
    is_formula,
    substitute,
    traced,
    variables,
)
from resdsl.values.language import Extent, Init
from resdsl.values.plain import plain
from resdsl.values.shape import Shape
from resdsl.values.tidy import tidied


class Program(Protocol):
    """What the making of a unit asks of the whole program."""

    findings: Collector
    limits: Limits
    budget: Budget

    def unit(
        self,
        declared: Declared,
        given: dict[str, object],
        x: Shape | None,
        settings: Settings,
        trail: tuple[Frame, ...],
    ) -> Unit | None:
        """The unit of a declaration for these arguments."""
        ...

    def placed(self, key: Hashable, make: Callable[[], Placed | None]) -> Placed | None:
        """What `make` makes, which is the same for equal keys; nothing if it fails."""
        ...

    def needs(self, item: ast.Item) -> tuple[Need, ...]:
        """What an item of a body may depend on."""
        ...

    def first_failure(self) -> Stop | None:
        """What stands for the shape that a failed unit does not have."""
        ...

    def find_shortcut(self, name: str, file: FileScope) -> Declared | None:
        """A shortcut rule by name."""
        ...

    def shortcut_names(self, file: FileScope) -> list[str]:
        """The rules that a file can choose from."""
        ...


class Tensor(NamedTuple):
    """The output of a labelled item, and the body that it stands in."""

    items: list[Item]
    item: Item
    shape: Shape
    span: Span


class UnitBuilder:
    """The body of one declaration, made for given arguments and input shape."""

    def __init__(
        self,
        program: Program,
        declared: Declared,
        x: Shape | None,
        settings: Settings,
        trail: tuple[Frame, ...],
    ) -> None:
        self.program = program
        self.declared = declared
        self.settings = settings
        self.trail = trail
        self.limits: Limits = program.limits
        self.pinned: set[str] = set()
        self.lets: list[tuple[str, Expr]] = []
        self.expanded: dict[str, Expr] = {}
        self.statement = 0
        self.loops = 0
        self.choices: list[tuple[str, bool]] = []
        lost = x is None and declared.role != "net"
        self.failure: Stop | None = program.first_failure() if lost else None
        self.params: list[UnitParam] = []
        self.scope: dict[str, object] = {}
        self.recalled = Recalled()
        self.declared_at: dict[str, Span] = {}
        self.evaluator = Evaluator(
            self.scope,
            declared.file,
            self.limits,
            program.budget,
            self.pin,
            self.bind_partially,
            program.find_shortcut,
        )
        self.items: list[Item] = []
        self.repeated = 0
        """The operators of all repeats so far."""
        self.open: list[list[Item]] = [self.items]
        """The bodies that have not ended, the innermost last."""
        self.tensors: dict[str, Tensor] = {}
        self.shared: dict[str, Named] = {}
        """What has a label, and so can be used again."""
        self.recurs = False
        """Whether something is."""
        self.labels: set[str] = set()
        """Those of all tensors, also where the shape is not known."""
        self.outputs: list[Output] = []
        self.names = self.own_names = Names(self.report, numbered=declared.numbered)
        self.entry = _entry(x)
        self.now = self.entry

    def close(self) -> None:
        """Let go of everything.

        What helps a builder also knows it, so that only the collector would find them.
        """
        self.scope.clear()
        self.__dict__.clear()

    def report(self, diagnostic: Diagnostic) -> None:
        """Add a finding on the trail that led here."""
        self.program.findings.add(diagnostic, self.trail)
        if self.failure is None:
            self.failure = Stop(diagnostic)

    def fail(self, stop: Stop) -> None:
        """Report, and go on without a known shape."""
        self.report(stop.diagnostic)
        self.now = None

    def pin(self, value: object) -> None:
        """Note that a number decided the structure."""
        if isinstance(value, Extent):
            for size in value:
                self.pin(size)
        elif isinstance(value, (int, float)) and is_formula(expr := expr_of(value)):
            self.pinned |= variables(self.expand_expr(expr))

    def same_channels(self, x: Shape, y: Shape) -> None:
        """Two channel counts are equal: by formula, or only for these numbers."""
        if not self.always_equal(x.channels, y.channels):
            self.pin(x.channels)
            self.pin(y.channels)

    def always_equal(self, left: int, right: int) -> bool:
        """Whether two numbers are equal by formula, whatever the parameters are."""
        one, other = (self.expand_expr(expr_of(number)) for number in (left, right))
        return one == other or tidied(Op("-", one, other)) == 0

    def expand_expr(self, expr: Expr) -> Expr:
        """A formula in terms of the parameters alone, without the `let`s."""
        return substitute(expr, self.expanded) if self.expanded else expr

    def expand(self, value: int) -> int:
        """A number whose formula is in terms of the parameters alone."""
        return traced(int(value), self.expand_expr(expr_of(value)))

    def expand_shape(self, shape: Shape) -> Shape:
        """A shape whose formulas are in terms of the parameters alone."""
        return shape._replace(channels=self.expand(shape.channels))

    def refresh(self) -> None:
        """What `channels` and `rank` stand for at this point."""
        if self.declared.role == "shortcut" and self.entry is not None:
            self.scope["in_channels"] = self.entry.channels
        for name in ("channels", "rank"):
            given = name == "channels" and self.declared.role == "shortcut"
            if given or name in self.declared_at:
                continue
            if self.now is not None:
                self.scope[name] = (
                    self.now.channels if name == "channels" else self.now.rank
                )
            elif self.failure is not None:
                self.scope[name] = self.failure
            else:
                self.scope.pop(name, None)

    def known(self, span: Span) -> Shape | None:
        """The current shape; nothing after an error.

        Raises:
            Stop: the net's input is not stated yet.
        """
        if self.now is None and self.failure is None:
            raise Stop(
                MissingInput(
                    span,
                    "a layer before the net's input is stated",
                    hint="begin with 'input 3 x 224 x 224', or 'input 64' for a vector",
                )
            )
        return self.now

    @property
    def begins(self) -> bool:
        """Whether what comes next is the first layer of the net, in its own body."""
        inside = len(self.open) > 1 or self.names.numbered
        return self.declared.role == "net" and not inside and not self.items

    def push(self, item: Item) -> None:
        """Add an item to the body and go on from its output.

        Raises:
            Stop: it is larger than the bounds allow.
        """
        self.program.budget.spend(LAYER, item.span)
        self.check_sizes(item.y, item.span)
        self.items.append(item)
        self.now = self.lighter(item.y)

    def check_sizes(self, shape: Shape, span: Span) -> None:
        """Check that every size has no more digits than a number may have.

        Raises:
            Stop: one has more.
        """
        bound = self.evaluator.bound
        for size in (shape.channels, *shape.spatial):
            if not isinstance(size, int) or size < bound:
                continue
            message = f"this makes a size of more than {self.evaluator.digits} digits"
            hint = f"raise the bound with {Limits.flag('digits')}"
            raise Stop(NumberTooLarge(span, message, hint=hint))

    def plain_sizes(self, shape: Shape) -> Shape:
        """A shape whose sizes are plain numbers, also where channels became such."""
        for size in shape.spatial:
            self.pin(size)
        return shape._replace(spatial=plain(shape.spatial))

    def lighter(self, shape: Shape) -> Shape:
        """A shape whose channels have a short formula, and no one that is too long."""
        expr = expr_of(shape.channels)
        if not heavy(expr):
            short = tidied(expr)
            if short is expr:
                return shape
            return shape._replace(channels=traced(int(shape.channels), short))
        self.pin(shape.channels)
        return shape._replace(channels=int(shape.channels))

    @contextmanager
    def collecting(self, names: Names | None = None) -> Generator[list[Item]]:
        """Collect items apart from the body, under names of their own if given."""
        outer_items, outer_names = self.items, self.names
        outer_settings = self.settings
        self.items, self.names = [], names or self.names
        self.open.append(self.items)
        try:
            yield self.items
        finally:
            self.open.pop()
            self.items, self.names = outer_items, outer_names
            self.settings = outer_settings

    @contextmanager
    def in_sight(self) -> Generator[None]:
        """What is opened within stays open to its end."""
        known = len(self.open)
        try:
            yield
        finally:
            del self.open[known:]

    def bind_kind(
        self, kind: type[Kind], args: tuple[ast.Arg, ...], taken: frozenset[str]
    ) -> dict[str, Bound]:
        """The arguments of a layer, each of the type that its place wants.

        Raises:
            Stop: an argument is wrong.
        """
        slots = kind.signature
        bound = bind(kind.name, slots, args, self.evaluator.value, self.report, taken)
        for name, (value, span) in bound.items():
            wanted = kind.types[name]
            try:
                bound[name] = Bound(wanted.check(value), span)
            except Fault as fault:
                fault.args = (f"{kind.name}: {name}: {fault}",)
                raise Stop(fault.at(span)) from None
            if wanted.spatial or Init in wanted.python:
                self.pin(value)
        return bound

    def bind_block(self, ref: BlockRef, args: tuple[ast.Arg, ...]) -> dict[str, Bound]:
        """The arguments of a block or rule.

        Raises:
            Stop: an argument is wrong.
        """
        slots = ref.declared.params
        taken = frozenset(dict(ref.bound))
        return bind(
            ref.declared.name, slots, args, self.evaluator.value, self.report, taken
        )

    def bind_partially(self, ref: Callee, call: ast.Call) -> Callee:
        """A block or layer with arguments bound: `bottleneck(groups=32)` as a value.

        Raises:
            Stop: an argument is wrong.
        """
        if isinstance(ref, LayerRef):
            bound = self.bind_kind(
                KINDS[ref.name], call.args, frozenset(dict(ref.bound))
            )
        else:
            bound = self.bind_block(ref, call.args)
        values: list[tuple[str, object]] = []
        for name, (value, _) in bound.items():
            self.pin(value)
            values.append((name, plain(value)))
        kept = tuple((k, v) for k, v in ref.bound if k not in bound)
        made = ref._replace(bound=(*kept, *values))
        self.program.budget.weigh(made, call.span)
        return made

    def bound_operators(self, count: int, span: Span) -> None:
        """Check that a number of operators is within the bound.

        Raises:
            Stop: it is not.
        """
        if count > self.limits.operators:
            message = (
                f"this expands to {count} operators, more than {self.limits.operators}"
            )
            hint = f"raise the bound with {Limits.flag('operators')}"
            raise Stop(TooManyOperators(span, message, hint=hint))


def _entry(x: Shape | None) -> Shape | None:
    """The input as a unit sees it: its channels are the parameter `in_channels`."""
    if x is None:
        return None
    return x._replace(channels=Traced(int(x.channels), Var("in_channels")))
