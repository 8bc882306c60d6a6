"""Builds one unit: a body's statements become items, and shapes are computed on the way.

After an error the shape is unknown, and what depends on it is passed over in silence:
one mistake gives one message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from resdsl.core.catalog import (
    CannotMerge,
    DuplicateName,
    EmptyBody,
    MissingInput,
    NotAvailable,
    OutOfRange,
    ReservedName,
    TooManyOperators,
    TooManyParameters,
    UnknownArgument,
    UnknownLayer,
    UnknownName,
    UnknownShortcut,
    WrongType,
)
from resdsl.core.diagnostic import Diagnostic, Frame, Stop
from resdsl.core.limits import Limits
from resdsl.core.nearest import did_you_mean
from resdsl.core.source import Span, comment_above
from resdsl.ir.net import Body, Group, Instance, Item, Merge, Node, Repeat
from resdsl.ir.net import Param as UnitParam
from resdsl.ir.net import Unit
from resdsl.lower.bias import settle_bias, settle_repeated
from resdsl.lower.bind import Bound, bind, require, slots_of_declared, slots_of_kind
from resdsl.lower.evaluate import Evaluator
from resdsl.lower.names import Names
from resdsl.lower.reserved import why_reserved
from resdsl.lower.scope import BlockRef, Callee, Declared, LayerRef, Settings
from resdsl.ops.base import KINDS, Kind
from resdsl.ops.fault import Fault
from resdsl.ops.merge import MERGES, PLANNED_MERGES
from resdsl.ops.types import describe
from resdsl.ops.window import per_axis
from resdsl.syntax import ast
from resdsl.values.expr import Expr, Traced, Var, expr_of, substitute, traced, variables
from resdsl.values.language import Extent, Init, Symbol
from resdsl.values.shape import Shape
from resdsl.values.sizes import Size, Sym

if TYPE_CHECKING:
    from resdsl.lower.program import Program

DEFAULT_SHORTCUT = "projection"


def plain(value: Any) -> Any:
    """`value` without the formula it came from."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Extent):
        return Extent(int(n) for n in value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if type(value) is tuple:
        return tuple(plain(v) for v in value)
    return value


class UnitBuilder:
    """Builds the unit of one declaration for given arguments and input shape."""

    def __init__(
        self,
        program: Program,
        declared: Declared,
        given: dict[str, object],
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
        self.operators = 0
        self.parameters = 0
        self.statement = 0
        self.loops = 0
        self.choices: list[tuple[str, bool]] = []
        lost = x is None and declared.role != "net"
        self.failure: Stop | None = program.first_failure() if lost else None
        self.params: list[UnitParam] = []
        self.scope: dict[str, object] = {}
        self.declared_at: dict[str, Span] = {}
        self.evaluator = Evaluator(
            self.scope, declared.file, self.limits, self.pin, self.bind_partially
        )
        self.items: list[Item] = []
        self.names = Names(self.report, numbered=declared.role == "shortcut")
        self.x = x
        self.entry = _entry(x)
        self.now = self.entry
        self._admit_params(given)

    # --- the whole unit ---

    def build(self) -> Unit | None:
        """The unit, or nothing when a finding stands in the way."""
        tree = self.declared.tree
        assert not isinstance(tree, ast.Alias)
        self.run(tree.body)
        if self.declared.role == "net" and self.entry is None and not self.failure:
            self.fail(
                Stop(
                    MissingInput(
                        tree.span,
                        f"the net '{self.declared.name}' does not say what its input is",
                        hint="begin with 'input 3 x 224 x 224', or 'input 64' for a vector",
                    )
                )
            )
        if not self.items and not self.failure and self.declared.role != "shortcut":
            message = f"the {self.declared.role} '{self.declared.name}' has no layer"
            self.fail(Stop(EmptyBody(tree.span, message)))
        if self.failure or self.entry is None or self.now is None:
            return None
        body = tuple(settle_bias(self.items))
        self._count(body)
        return Unit(
            name=self.declared.name,
            role=self.declared.role,
            params=tuple(self.params),
            lets=tuple(self.lets),
            body=body,
            x=self.entry,
            y=self._expand_shape(self.now),
            steps=tuple(self._expand(step) for step in self.steps(body)),
            pinned=frozenset(self.pinned),
            operators=self.operators,
            parameters=self.parameters,
            span=tree.span,
            label=_label(tree),
            always=isinstance(tree, ast.Shortcut) and tree.always,
            choices=tuple(dict.fromkeys(self.choices)),
            comment=comment_above(tree.span),
        )

    def _admit_params(self, given: dict[str, object]) -> None:
        tree = self.declared.tree
        assert not isinstance(tree, ast.Alias)
        if isinstance(tree, ast.Shortcut):
            for name in ("channels", "stride"):
                self._admit(
                    UnitParam(name, given[name], 1, required=name == "channels")
                )
        for param in tree.params:
            name = param.name.text
            why = why_reserved(name, parameter=True)
            if why:
                hint = "input channels are inferred: 'channels' is their number"
                message = f"'{name}' cannot be a parameter: {why}"
                self.report(
                    ReservedName(
                        param.name.span, message, hint=hint * (name == "in_channels")
                    )
                )
            if name in self.declared_at:
                message = f"two parameters are called '{name}'"
                self.report(DuplicateName(param.name.span, message))
            self.declared_at[name] = param.name.span
            default: object = None
            if param.default is not None:
                try:
                    default = self.evaluator.value(param.default)
                except Stop as stop:
                    self.report(stop.diagnostic)
                    default = stop
            value = plain(given[name]) if name in given else default
            self._admit(UnitParam(name, value, default, param.default is None))

    def _admit(self, param: UnitParam) -> None:
        self.params.append(param)
        value = param.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.scope[param.name] = traced(plain(value), Var(param.name))
        else:
            self.scope[param.name] = value

    # --- findings ---

    def report(self, diagnostic: Diagnostic) -> None:
        """Add a finding on the trail that led here."""
        self.program.findings.add(diagnostic, self.trail)
        if self.failure is None:
            self.failure = Stop(diagnostic)

    def fail(self, stop: Stop) -> None:
        """Report, and go on without a known shape."""
        self.report(stop.diagnostic)
        self.now = None

    # --- numbers that decide ---

    def pin(self, value: object) -> None:
        """Note that a number decided the structure."""
        if isinstance(value, Extent):
            for size in value:
                self.pin(size)
        elif isinstance(value, int | float):
            self.pinned |= variables(self._expand_expr(expr_of(value)))

    def _expand_expr(self, expr: Expr) -> Expr:
        return substitute(expr, self.expanded) if self.expanded else expr

    def _expand(self, value: int) -> int:
        return traced(int(value), self._expand_expr(expr_of(value)))  # type: ignore[return-value]

    def _expand_shape(self, shape: Shape) -> Shape:
        return Shape(self._expand(shape.channels), shape.spatial)

    # --- statements ---

    def run(self, suite: ast.Suite) -> None:
        """Execute statements in order."""
        for statement in suite:
            self._refresh()
            try:
                _STATEMENTS[type(statement)](self, statement)
            except Stop as stop:
                self.fail(stop)

    def _refresh(self) -> None:
        """What `channels` and `rank` stand for at this point."""
        for name in ("channels", "rank"):
            if (
                name in self.declared_at
                or self.declared.role == "shortcut"
                and name == "channels"
            ):
                continue
            if self.now is not None:
                self.scope[name] = (
                    self.now.channels if name == "channels" else self.now.rank
                )
            elif self.failure is not None:
                self.scope[name] = self.failure
            else:
                self.scope.pop(name, None)

    def _input(self, tree: ast.Input) -> None:
        if self.declared.role != "net":
            message = f"a {self.declared.role} takes its input from where it is used"
            raise Stop(MissingInput(tree.span, message, hint="remove this line"))
        if self.entry is not None:
            message = "a net has one input, stated before its first layer"
            raise Stop(MissingInput(tree.span, message))
        parts = (
            tree.sizes.sizes if isinstance(tree.sizes, ast.Extents) else (tree.sizes,)
        )
        sizes: list[Size] = []
        for at, part in enumerate(parts):
            sizes += self._input_sizes(part, symbolic=at > 0)
        if len(sizes) > 4:
            message = (
                f"an input has at most three spatial sizes, this has {len(sizes) - 1}"
            )
            raise Stop(OutOfRange(tree.span, message))
        channels, *spatial = sizes
        assert isinstance(channels, int)
        self.entry = self.now = Shape(channels, tuple(spatial))

    def _input_sizes(self, part: ast.Expr, symbolic: bool) -> list[Size]:
        if symbolic and isinstance(part, ast.Name) and part.text not in self.scope:
            return [Sym.named(part.text)]
        value = self.evaluator.value(part)
        sizes = list(value) if isinstance(value, Extent) else [value]
        for size in sizes:
            if not isinstance(size, int) or isinstance(size, bool):
                message = f"expected a size, found {describe(size)}"
                raise Stop(WrongType(part.span, message))
            if size < 1:
                message = f"expected a size of at least 1, found {int(size)}"
                raise Stop(OutOfRange(part.span, message))
        if not symbolic:
            return [sizes[0], *(int(size) for size in sizes[1:])]
        self.pin(value)
        return [int(size) for size in sizes]

    def _let(self, tree: ast.Let) -> None:
        name = tree.name.text
        why = why_reserved(name, parameter=True)
        if why:
            message = f"'{name}' cannot be a name: {why}"
            raise Stop(ReservedName(tree.name.span, message))
        if name in self.declared_at and not self.loops:
            first = (Frame(f"'{name}' is first given here", self.declared_at[name]),)
            message = f"'{name}' already has a value"
            raise Stop(DuplicateName(tree.name.span, message, related=first))
        self.declared_at[name] = tree.name.span
        try:
            value = self.evaluator.value(tree.value)
        except Stop as stop:
            self.scope[name] = stop
            raise
        if isinstance(value, int | float) and not isinstance(value, bool):
            expr = expr_of(value)
            formula = isinstance(expr, tuple) and not isinstance(expr, Var)
            if formula and not self.loops and name not in self.expanded:
                self.lets.append((name, expr))
                self.expanded[name] = self._expand_expr(expr)
                value = traced(plain(value), Var(name))
        self.scope[name] = value

    def _if(self, tree: ast.If) -> None:
        for test, suite in tree.branches:
            holds = test is None or self.evaluator.truth(test)
            if test is not None:
                text = test.span.text
                denied = text.startswith("not ")
                self.choices.append((text[4:], not holds) if denied else (text, holds))
            if holds:
                self.run(suite)
                return

    def _for(self, tree: ast.For) -> None:
        values = self.evaluator.value(tree.values)
        if not isinstance(values, tuple) or hasattr(values, "_fields"):
            message = f"expected a list, found {describe(values)}"
            raise Stop(WrongType(tree.values.span, message, hint="range(n) is one"))
        name = tree.name.text
        if name in self.declared_at and name not in self.scope:
            self.declared_at.pop(name)
        shadowed = self.scope.get(name)
        self.loops += 1
        try:
            for value in values:
                self.scope[name] = value
                self.run(tree.body)
                self._bound_operators(len(self.items), tree.span)
                if self.failure:
                    break
        finally:
            self.loops -= 1
            if shadowed is None:
                self.scope.pop(name, None)
            else:
                self.scope[name] = shadowed

    def _use_shortcut(self, tree: ast.UseShortcut) -> None:
        self.settings = self._with_rule(self._rule(tree.rule))

    def _with_rule(self, rule: BlockRef | None) -> Settings:
        return self.settings._replace(shortcut=rule, strict=rule is None)

    def _default(self, tree: ast.Default) -> None:
        self.settings = self.settings._replace(defaults=self.defaults(tree))

    def defaults(self, tree: ast.Default) -> tuple[tuple[str, str, object], ...]:
        """The settings with those of a `default` statement before them.

        Raises:
            Stop: the layer is unknown, or an argument is wrong.
        """
        kind = KINDS.get(tree.layer.text)
        if kind is None:
            message = f"there is no layer '{tree.layer.text}'"
            hint = did_you_mean(tree.layer.text, KINDS)
            raise Stop(UnknownLayer(tree.layer.span, message, hint=hint))
        bound = self._bind_kind(kind, tree.args, frozenset())
        new: list[tuple[str, str, object]] = []
        for name, (value, span) in bound.items():
            del span
            self.pin(value)
            new.append((kind.name, name, plain(value)))
        return (*new, *self.settings.defaults)

    def _body(self, tree: ast.Body) -> None:
        name = tree.name.text
        if name in PLANNED_MERGES:
            message = f"'{name}' is not available yet"
            raise Stop(
                NotAvailable(
                    tree.name.span, message, hint=f"there are: {', '.join(MERGES)}"
                )
            )
        if name in MERGES:
            self._merge(name, tree.args, tree.guard, tree.body, tree.span)
            return
        if tree.args or tree.guard is not None:
            message = f"there is no merge '{name}'"
            hint = did_you_mean(name, MERGES) or f"there are: {', '.join(MERGES)}"
            raise Stop(UnknownLayer(tree.name.span, message, hint=hint))
        if did_you_mean(name, MERGES, nearness=0.8):
            # As a label it would compile, into a network without the merge.
            message = (
                f"there is no merge '{name}', and as a label it is too close to one"
            )
            raise Stop(
                UnknownLayer(tree.name.span, message, hint=did_you_mean(name, MERGES))
            )
        self._group(tree.name, lambda: self.run(tree.body), tree.span)

    def _chain(self, tree: ast.Chain) -> None:
        first = tree.items[0]
        if first.label is not None and first.label.text in MERGES | dict.fromkeys(
            PLANNED_MERGES
        ):
            inner = first._replace(label=None)
            chain = tree._replace(items=(inner, *tree.items[1:]))
            self._body(ast.Body(first.label, (), None, (chain,), first.label.span))
            return
        self.statement += 1
        for item in tree.items:
            self._refresh()
            try:
                self._item(item)
            except Stop as stop:
                self.fail(stop)

    # --- layers and blocks ---

    def _item(self, item: ast.Item) -> None:
        callee = self._callee(item.call.name)
        if item.times is not None:
            self._repeat(item, callee)
        elif isinstance(callee, LayerRef):
            self._layer(callee, item.call, item.label)
        else:
            self._instance(callee, item.call, item.label, item.span)

    def _callee(self, name: ast.Ident) -> Callee:
        if name.text in MERGES:
            message = f"'{name.text}' {MERGES[name.text].doc}: it needs a body"
            hint = f"write '{name.text}:' and indent the body"
            raise Stop(UnknownLayer(name.span, message, hint=hint))
        try:
            value = self.evaluator.callee(name.text, name.span)
        except Stop as stop:
            if not isinstance(stop.diagnostic, UnknownName):
                raise
            blocks = [
                n for n, v in self.scope.items() if isinstance(v, BlockRef | LayerRef)
            ]
            hint = did_you_mean(
                name.text, [*KINDS, *self.declared.file, *blocks, *MERGES]
            )
            message = f"there is no layer or block '{name.text}'"
            raise Stop(UnknownLayer(name.span, message, hint=hint)) from None
        if isinstance(value, BlockRef) and value.declared.role == "net":
            message = f"'{name.text}' is a net, not a block"
            hint = "a net is complete; declare a block to use it inside another"
            raise Stop(UnknownLayer(name.span, message, hint=hint))
        if not isinstance(value, BlockRef | LayerRef):
            message = f"'{name.text}' is {describe(value)}, not a layer or a block"
            raise Stop(UnknownLayer(name.span, message))
        return value

    def _bind_kind(
        self, kind: type[Kind], args: tuple[ast.Arg, ...], taken: frozenset[str]
    ) -> dict[str, Bound]:
        slots = slots_of_kind(kind.signature)
        bound = bind(kind.name, slots, args, self.evaluator.value, self.report, taken)
        types = {s.name: s.type for s in kind.signature}
        for name, (value, span) in bound.items():
            try:
                bound[name] = Bound(types[name].check(value), span)
            except Fault as fault:
                fault.args = (f"{kind.name}: {name}: {fault}",)
                raise Stop(fault.at(span)) from None
            if types[name].spatial or Init in types[name].python:
                self.pin(value)
        return bound

    def _make(self, ref: LayerRef, call: ast.Call) -> Kind:
        kind = KINDS[ref.name]
        given: dict[str, Any] = dict(ref.bound)
        bound = self._bind_kind(kind, call.args, frozenset(given))
        given.update((name, b.value) for name, b in bound.items())
        for signature in kind.signature:
            default = self.settings.default(kind.name, signature.name)
            if signature.name not in given and default is not None:
                given[signature.name] = default
        require(kind.name, slots_of_kind(kind.signature), given, call.span)
        return kind(**given)

    def _layer(self, ref: LayerRef, call: ast.Call, label: ast.Ident | None) -> None:
        name = self.names.name(ref.name, label, call.span)
        kind = self._make(ref, call)
        x = self._known(call.span)
        if x is None:
            return
        try:
            y = kind.shape(x)
        except Fault as fault:
            raise Stop(fault.at(call.span)) from None
        self._push(Node(name, kind, x, y, call.span, self.statement))

    def _known(self, span: Span) -> Shape | None:
        """The current shape; nothing after an error; a finding before any input."""
        if self.now is None and self.failure is None:
            raise Stop(
                MissingInput(
                    span,
                    "a layer before the net's input is stated",
                    hint="begin with 'input 3 x 224 x 224', or 'input 64' for a vector",
                )
            )
        return self.now

    def _push(self, item: Item) -> None:
        self.items.append(item)
        self.now = item.y

    def bind_partially(self, ref: Callee, call: ast.Call) -> Callee:
        """A block or layer with arguments bound: `bottleneck(groups=32)` as a value.

        Raises:
            Stop: an argument is wrong.
        """
        if isinstance(ref, LayerRef):
            bound = self._bind_kind(
                KINDS[ref.name], call.args, frozenset(dict(ref.bound))
            )
        else:
            bound = self._bind_block(ref, call.args)
        values: list[tuple[str, object]] = []
        for name, (value, _) in bound.items():
            self.pin(value)
            values.append((name, plain(value)))
        kept = tuple((k, v) for k, v in ref.bound if k not in bound)
        return ref._replace(bound=(*kept, *values))

    def _bind_block(self, ref: BlockRef, args: tuple[ast.Arg, ...]) -> dict[str, Bound]:
        slots = slots_of_declared(ref.declared)
        taken = frozenset(dict(ref.bound))
        return bind(
            ref.declared.name, slots, args, self.evaluator.value, self.report, taken
        )

    def _instance(
        self, ref: BlockRef, call: ast.Call, label: ast.Ident | None, span: Span
    ) -> None:
        name = self.names.name(ref.declared.name, label, call.span)
        given = self._arguments(ref, call)
        x = self._known(call.span)
        self._push_instance(self._use(ref, given, x, name, span))

    def _push_instance(self, instance: Instance | None) -> None:
        if instance is None:
            self.now = None
        else:
            self._push(instance)

    def _arguments(self, ref: BlockRef, call: ast.Call) -> dict[str, object]:
        given = dict(ref.bound)
        bound = self._bind_block(ref, call.args)
        given.update((name, b.value) for name, b in bound.items())
        require(ref.declared.name, slots_of_declared(ref.declared), given, call.span)
        return given

    def _use(
        self,
        ref: BlockRef,
        given: dict[str, object],
        x: Shape | None,
        name: str,
        span: Span,
        where: str = "",
    ) -> Instance | None:
        """An instance of a block or rule for input `x`; nothing when it has findings."""
        frame = Frame(
            f"{where or name}: {ref.declared.role} '{ref.declared.name}'", span
        )
        unit = self.program.unit(
            ref.declared, given, x, self.settings, (*self.trail, frame)
        )
        if unit is None or x is None:
            self.failure = self.failure or self.program.first_failure()
            return None
        bindings = self._bindings(unit, given, x)
        self._pin_through(unit, bindings)
        channels = substitute(expr_of(unit.y.channels), bindings)
        y = Shape(traced(int(unit.y.channels), channels), unit.y.spatial)  # type: ignore[arg-type]
        args = tuple((p.name, given[p.name]) for p in unit.params if p.name in given)
        return Instance(name, unit, args, x, y, span, self.statement)

    @staticmethod
    def _bindings(unit: Unit, given: dict[str, object], x: Shape) -> dict[str, Expr]:
        bindings: dict[str, Expr] = {"in_channels": expr_of(x.channels)}
        for param in unit.params:
            value = given.get(param.name, param.value)
            if isinstance(value, int | float) and not isinstance(value, bool):
                expr = expr_of(value)
                known = param.name in given
                bindings[param.name] = expr if known else substitute(expr, bindings)
        return bindings

    def _pin_through(self, unit: Unit, bindings: dict[str, Expr]) -> None:
        for name in unit.pinned & bindings.keys():
            self.pinned |= variables(self._expand_expr(bindings[name]))

    # --- repeats and groups ---

    def _repeat(self, item: ast.Item, callee: Callee) -> None:
        assert item.times is not None
        count = self.evaluator.value(item.times)
        self.pin(count)
        if not isinstance(count, int) or isinstance(count, bool):
            message = f"expected a whole number of repeats, found {describe(count)}"
            raise Stop(WrongType(item.times.span, message))
        if count < 1:
            message = f"expected at least 1 repeat, found {int(count)}"
            raise Stop(OutOfRange(item.times.span, message))
        self._bound_operators(int(count), item.times.span)
        base = (
            item.call.name.text
            if isinstance(callee, LayerRef)
            else callee.declared.name
        )
        label = item.label
        x = self._known(item.call.span)
        name = self.names.name(base, label, item.span)
        members = self._members(int(count), callee, item, name)
        if members and x is not None and self.now is not None:
            settled = tuple(settle_repeated(member) for member in members)
            self.items.append(
                Group(name, settled, x, self.now, item.span, self.statement)
            )
            self._bound_operators(_operators(self.items), item.span)
        elif self.failure:
            self.now = None

    def _members(
        self, count: int, callee: Callee, item: ast.Item, name: str
    ) -> list[Item | Repeat]:
        """The repeated units. Once one gives back its input's shape, all others equal it,
        so the rest is counted instead of built."""
        members: list[Item | Repeat] = []
        outer, self.names = self.names, Names(self.report, numbered=True)
        outer_items, self.items = self.items, []
        try:
            for index in range(count):
                call = _without_stride(item.call) if index else item.call
                before = self.now
                if isinstance(callee, LayerRef):
                    self._layer(callee, call, None)
                else:
                    given = self._arguments(callee, call)
                    where = f"{name}.{index}"
                    self._push_instance(
                        self._use(callee, given, before, str(index), item.span, where)
                    )
                if self.now is None or not self.items:
                    return []
                member = self.items.pop()
                rest = count - index
                if index and before == self.now and rest > 1:
                    self._same_channels(before, self.now)
                    members.append(Repeat(index, rest, member))
                    break
                members.append(member)
        finally:
            self.names, self.items = outer, outer_items
        return members

    def _group(self, label: ast.Ident, run: Callable[[], None], span: Span) -> None:
        x = self._known(span)
        name = self.names.name(label.text, label, span)
        with self._collecting(Names(self.report, numbered=True)) as items:
            run()
        if x is None or self.now is None:
            return
        if not items:
            raise Stop(EmptyBody(span, f"the group '{name}' has no layer"))
        merge = next((item for item in items if isinstance(item, Merge)), None)
        if merge is not None:
            raise Stop(
                NotAvailable(
                    merge.span,
                    f"a merge inside the group '{name}' is not available yet",
                    hint="declare a block with this body, and use it here",
                )
            )
        group = Group(
            name, tuple(settle_bias(items)), x, self.now, span, self.statement
        )
        self.items.append(group)

    @contextmanager
    def _collecting(self, names: Names | None = None) -> Iterator[list[Item]]:
        """Collect items apart from the body, under names of their own if given."""
        outer_items, outer_names = self.items, self.names
        outer_settings = self.settings
        self.items, self.names = [], names or self.names
        try:
            yield self.items
        finally:
            self.items, self.names = outer_items, outer_names
            self.settings = outer_settings

    # --- merges ---

    def _merge(
        self,
        name: str,
        args: tuple[ast.Arg, ...],
        guard: ast.Expr | None,
        suite: ast.Suite,
        span: Span,
    ) -> None:
        rule = MERGES[name]
        settings = self._merge_settings(name, args)
        x = self._known(span)
        self.statement += 1
        with self._collecting() as items:
            self.run(suite)
        y = self.now
        if x is None or y is None:
            self.now = None
            return
        if not items:
            raise Stop(EmptyBody(span, f"this {name} has no layer in its body"))
        body = tuple(settle_bias(items))
        if guard is not None and not self._guarded(guard, x, y):
            self.items += body
            return
        shortcut, why = None, ""
        if rule.bridged:
            shortcut, why = self._shortcut(settings, x, y, body, span)
        try:
            z = rule.combine(shortcut.y if shortcut else x, y)
        except Fault as fault:
            raise Stop(_mismatch(fault, shortcut, x, y, span)) from None
        if rule.bridged:
            self._same_channels(shortcut.y if shortcut else x, y)
            z = y if not shortcut else z
        self.statement += 1
        self._push(Merge(name, body, shortcut, why, x, z, span, self.statement))

    def _merge_settings(self, name: str, args: tuple[ast.Arg, ...]) -> Settings:
        settings = self.settings
        for arg in args:
            keyword = arg.keyword.text if arg.keyword else ""
            if keyword != "shortcut" or not MERGES[name].bridged:
                message = f"{name} has no argument '{keyword or arg.span.text}'"
                hint = "it takes shortcut=RULE" if MERGES[name].bridged else ""
                raise Stop(UnknownArgument(arg.span, message, hint=hint))
            value = arg.value
            call = value if isinstance(value, ast.Call) else None
            if isinstance(value, ast.Name):
                call = ast.Call(ast.Ident(value.text, value.span), (), value.span)
            if call is None:
                raise Stop(
                    WrongType(value.span, "expected the name of a shortcut rule")
                )
            settings = self._with_rule(self._rule(call))
        return settings

    def _guarded(self, guard: ast.Expr, x: Shape, y: Shape) -> bool:
        """Whether `only if` holds, where `same` tells that the shapes agree."""
        self.scope["same"] = x == y
        try:
            if x == y:
                self._same_channels(x, y)
            elif x.spatial == y.spatial:
                self.pin(x.channels)
                self.pin(y.channels)
            return self.evaluator.truth(guard)
        finally:
            del self.scope["same"]

    def _same_channels(self, x: Shape, y: Shape) -> None:
        """Two channel counts are equal: by formula, or only for these numbers."""
        left, right = expr_of(x.channels), expr_of(y.channels)
        if self._expand_expr(left) != self._expand_expr(right):
            self.pin(x.channels)
            self.pin(y.channels)

    def _rule(self, call: ast.Call) -> BlockRef | None:
        """The shortcut rule that a name stands for, with its arguments bound.

        Raises:
            Stop: there is no such rule.
        """
        name = call.name.text
        value = self.scope.get(name)
        if isinstance(value, Stop):
            raise value
        if isinstance(value, BlockRef) and value.declared.role == "shortcut":
            ref = value
        elif name == "none" or (isinstance(value, Symbol) and value == "none"):
            return None
        else:
            declared = self.program.find_shortcut(name, self.declared.file)
            if declared is None:
                known = self.program.shortcut_names(self.declared.file)
                hint = (
                    did_you_mean(name, known) or f"there are: {', '.join(known)}, none"
                )
                message = f"there is no shortcut rule '{name}'"
                raise Stop(UnknownShortcut(call.name.span, message, hint=hint))
            ref = BlockRef(declared)
        if not call.args:
            return ref
        bound = self.bind_partially(ref, call)
        assert isinstance(bound, BlockRef)
        return bound

    def _shortcut(
        self, settings: Settings, x: Shape, y: Shape, body: Body, span: Span
    ) -> tuple[Instance | None, str]:
        """The shortcut that makes `x` addable to `y`, and why there is one."""
        rule = settings.shortcut
        if rule is None and not settings.strict:
            declared = self.program.find_shortcut(DEFAULT_SHORTCUT, self.declared.file)
            rule = BlockRef(declared) if declared else None
        if rule is None:
            return None, ""
        tree = rule.declared.tree
        always = isinstance(tree, ast.Shortcut) and tree.always
        if x == y and not always:
            return None, ""
        if x.rank != y.rank:
            return None, ""
        self.pin(x.channels)
        self.pin(y.channels)
        steps = self.steps(body)
        stride: object = _one(steps)
        given = {**dict(rule.bound), "channels": y.channels, "stride": stride}
        label = _label(tree) or "shortcut"
        params = frozenset(p.name for p in self.params)
        name = self.names.spare(label, span, params)
        outer, self.settings = self.settings, settings
        try:
            instance = self._use(rule, given, x, name, span)
        finally:
            self.settings = outer
        if instance is None:
            assert self.failure is not None
            raise self.failure
        why = "the rule applies always" if x == y else _difference(x, y)
        return instance, why

    # --- strides and costs ---

    def steps(self, items: tuple[Item | Repeat, ...]) -> tuple[int, ...]:
        """Per spatial dimension, the product of the strides along `items`."""
        rank = len(self.entry.spatial) if self.entry else 0
        product: list[int] = [1] * rank
        for item in items:
            for axis, step in enumerate(self._item_steps(item)[:rank]):
                product[axis] = product[axis] * step
        return tuple(product)

    def _item_steps(self, item: Item | Repeat) -> tuple[int, ...]:
        if isinstance(item, Node):
            return item.kind.window(item.x.rank)[1]
        if isinstance(item, Instance):
            bindings = self._bindings(item.unit, dict(item.args), item.x)
            return tuple(
                traced(int(s), substitute(expr_of(s), bindings))  # type: ignore[misc]
                for s in item.unit.steps
            )
        if isinstance(item, Repeat):
            steps = self._item_steps(item.item)
            return tuple(int(s) ** item.times for s in steps)
        return self.steps(item.body if isinstance(item, Merge) else item.items)

    def _bound_operators(self, count: int, span: Span) -> None:
        if count > self.limits.operators:
            message = (
                f"this expands to {count} operators, more than {self.limits.operators}"
            )
            hint = f"raise the bound with {Limits.flag('operators')}"
            raise Stop(TooManyOperators(span, message, hint=hint))

    def _count(self, body: Body) -> None:
        self.operators, self.parameters = _operators(body), _parameters(body)
        span = self.declared.tree.span
        try:
            self._bound_operators(self.operators, span)
        except Stop as stop:
            self.report(stop.diagnostic)
        if self.parameters > self.limits.parameters:
            message = (
                f"'{self.declared.name}' has {self.parameters:,} parameters, more than "
                f"{self.limits.parameters:,}"
            )
            hint = f"raise the bound with {Limits.flag('parameters')}"
            self.report(TooManyParameters(span, message, hint=hint))


def _entry(x: Shape | None) -> Shape | None:
    """The input as a unit sees it: its channels are the parameter `in_channels`."""
    if x is None:
        return None
    return Shape(Traced(int(x.channels), Var("in_channels")), x.spatial)


def _operators(items: tuple[Item | Repeat, ...] | list[Item]) -> int:
    total = 0
    for item in items:
        if isinstance(item, Node):
            total += 1
        elif isinstance(item, Instance):
            total += item.unit.operators
        elif isinstance(item, Repeat):
            total += item.times * _operators((item.item,))
        elif isinstance(item, Group):
            total += _operators(item.items)
        else:
            shortcut = item.shortcut.unit.operators if item.shortcut else 0
            total += _operators(item.body) + shortcut + 1
    return total


def _parameters(items: tuple[Item | Repeat, ...]) -> int:
    total = 0
    for item in items:
        if isinstance(item, Node):
            total += node_parameters(item)
        elif isinstance(item, Instance):
            total += item.unit.parameters
        elif isinstance(item, Repeat):
            total += item.times * _parameters((item.item,))
        elif isinstance(item, Group):
            total += _parameters(item.items)
        else:
            shortcut = item.shortcut.unit.parameters if item.shortcut else 0
            total += _parameters(item.body) + shortcut
    return total


def node_parameters(node: Node) -> int:
    """The trained numbers of one layer."""
    total = 0
    for weight in node.kind.weights(node.x):
        if weight.trainable:
            size = 1
            for extent in weight.shape:
                size *= int(extent)
            total += size
    return total


def _one(steps: tuple[int, ...]) -> object:
    """One stride for all dimensions where they agree, else one for each."""
    if not steps:
        return 1
    if all(expr_of(s) == expr_of(steps[0]) and s == steps[0] for s in steps):
        return steps[0]
    return Extent(int(s) for s in steps)


def _label(tree: object) -> str:
    if isinstance(tree, ast.Shortcut) and tree.label is not None:
        return tree.label.text
    return ""


def _without_stride(call: ast.Call) -> ast.Call:
    """In a repeat, the stride goes to the first of the repeated units."""
    args = tuple(
        arg for arg in call.args if arg.keyword is None or arg.keyword.text != "stride"
    )
    return call if len(args) == len(call.args) else call._replace(args=args)


def _difference(x: Shape, y: Shape) -> str:
    parts: list[str] = []
    if int(x.channels) != int(y.channels):
        parts.append(f"{int(x.channels)} channels become {int(y.channels)}")
    if x.spatial != y.spatial:
        before = "x".join(str(s) for s in x.spatial)
        after = "x".join(str(s) for s in y.spatial)
        parts.append(f"{before} becomes {after}")
    return ", ".join(parts)


def _mismatch(
    fault: Fault, shortcut: Instance | None, x: Shape, y: Shape, span: Span
) -> Diagnostic:
    if fault.kind is not CannotMerge or shortcut is None:
        hint = fault.hint or _merge_hint(x, y)
        return fault.kind(
            span, str(fault), found=fault.found, expected=fault.expected, hint=hint
        )
    rule = shortcut.unit.name
    made = "the input" if shortcut.y == x else f"the input {x}"
    return CannotMerge(
        span,
        f"cannot add {y} to {shortcut.y}",
        found=f"the body gives {y}",
        expected=f"{shortcut.y}, what the shortcut '{rule}' makes of {made}",
        hint=_merge_hint(shortcut.y, y),
    )


def _merge_hint(x: Shape, y: Shape) -> str:
    if x.rank != y.rank:
        return "body and input must have the same number of dimensions"
    if x.spatial != y.spatial:
        return (
            "padding that keeps the size, or a stride that divides it, makes them agree"
        )
    if int(x.channels) != int(y.channels):
        return (
            f"end the body with {int(x.channels)} channels, or choose a shortcut rule"
        )
    return ""


_STATEMENTS: dict[type, Callable[..., None]] = {
    ast.Input: UnitBuilder._input,
    ast.Let: UnitBuilder._let,
    ast.If: UnitBuilder._if,
    ast.For: UnitBuilder._for,
    ast.UseShortcut: UnitBuilder._use_shortcut,
    ast.Default: UnitBuilder._default,
    ast.Body: UnitBuilder._body,
    ast.Chain: UnitBuilder._chain,
}
