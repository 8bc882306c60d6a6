"""Expressions to values, in bounded time."""

from __future__ import annotations

import operator
from collections import ChainMap
from collections.abc import Callable, MutableMapping
from math import isfinite, log10
from typing import Any, ClassVar

from resdsl.core.catalog import (
    BadArithmetic,
    MissingArgument,
    NestedTooDeep,
    NumberTooLarge,
    OutOfRange,
    TooManyArguments,
    TooManyOperators,
    UnknownArgument,
    UnknownName,
    WrongType,
)
from resdsl.core.diagnostic import Stop
from resdsl.core.limits import Limits
from resdsl.core.nearest import did_you_mean
from resdsl.core.source import Span
from resdsl.lower.budget import Budget
from resdsl.lower.functions import FUNCTIONS, SYMBOLS, Function, number
from resdsl.lower.places import items_of, place_in
from resdsl.lower.scope import BlockRef, Declared, FileScope, LayerRef
from resdsl.lower.unpack import listed, unpack
from resdsl.ops.base import KINDS
from resdsl.ops.fault import Fault
from resdsl.ops.types import describe
from resdsl.syntax import ast
from resdsl.values.expr import compute, expr_of, heavy
from resdsl.values.guards import is_list, is_number, is_whole
from resdsl.values.language import Extent
from resdsl.values.plain import plain

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


_MOST_SIZES = 4
_MOST_DIGITS = 300
"""Beyond, a number has no fraction in floating point, and soon no text in Python."""


class Evaluator:
    """Values of expressions in one body: its names, then its file's, then the words.

    `pin` is told of every number that decided something, so that what depends on it
    does not stay a free parameter of the generated code. `bind` makes a call of a block
    or layer inside an expression a value with arguments bound. `find_rule` knows the
    shortcut rules.
    """

    def __init__(
        self,
        names: MutableMapping[str, object],
        file: FileScope,
        limits: Limits,
        budget: Budget,
        pin: Callable[[object], None],
        bind: Callable[[BlockRef | LayerRef, ast.Call], object],
        find_rule: Callable[[str, FileScope], Declared | None],
    ) -> None:
        self.names: MutableMapping[str, object] = names
        self.file = file
        self.limits = limits
        self.digits = min(limits.digits, _MOST_DIGITS)
        self.bound = 10**self.digits
        self.budget = budget
        self.pin = pin
        self.bind = bind
        self.find_rule = find_rule

    def value(self, tree: ast.Expr, depth: int = 0) -> object:
        """The value of an expression.

        Raises:
            Stop: it has none; the diagnostic says why.
        """
        if depth > self.limits.nesting:
            hint = f"raise the bound with {Limits.flag('nesting')}"
            message = f"the expression nests deeper than {self.limits.nesting} levels"
            raise Stop(NestedTooDeep(tree.span, message, hint=hint))
        self.budget.spend(1, tree.span)
        try:
            return self._CASES[type(tree)](self, tree, depth + 1)
        except Fault as fault:
            raise Stop(fault.at(tree.span)) from None

    def truth(self, tree: ast.Expr) -> bool:
        """The value of a condition.

        Raises:
            Stop: it is not true or false.
        """
        value = self.value(tree)
        if not isinstance(value, bool):
            message = f"expected a condition, found {describe(value)}"
            hint = "compare it, as in 'stride > 1'"
            raise Stop(WrongType(tree.span, message, hint=hint))
        return value

    def lookup(self, name: str, span: Span) -> object:
        """What a name stands for.

        Raises:
            Stop: nothing in sight has that name.
        """
        if name in self.names:
            value = self.names[name]
            if isinstance(value, Stop):
                raise Stop(value.diagnostic)
            return value
        declared = self.file.find(name)
        if declared is not None:
            return BlockRef(declared)
        if name in KINDS:
            return LayerRef(name)
        if name in SYMBOLS:
            return SYMBOLS[name]
        rule = self.find_rule(name, self.file)
        if rule is not None:
            return BlockRef(rule)
        candidates = [*self.names, *self.file, *KINDS, *SYMBOLS, *FUNCTIONS]
        hint = did_you_mean(name, candidates)
        if name in ("channels", "rank"):
            hint = f"'{name}' is known below the line that states the input"
        if name in FUNCTIONS:
            hint = f"it is a function: {FUNCTIONS[name].signature}"
        raise Stop(UnknownName(span, f"nothing is called '{name}'", hint=hint))

    def callee(self, name: str, span: Span) -> object:
        """What a name in the place of a layer stands for.

        A number cannot stand there: `dropout dropout` is the layer with the number.

        Raises:
            Stop: nothing in sight has that name.
        """
        value = self.names.get(name)
        hidden = name in self.names and not isinstance(
            value, BlockRef | LayerRef | Stop
        )
        if hidden and (declared := self.file.find(name)) is not None:
            return BlockRef(declared)
        if hidden and name in KINDS:
            return LayerRef(name)
        return self.lookup(name, span)

    # --- one method a form of expression ---

    def _number(self, tree: ast.Number, depth: int) -> object:
        whole = tree.text.isdigit()
        if whole and len(tree.text) > self.digits:
            raise self._too_large(tree.span)
        return int(tree.text) if whole else self._bounded(float(tree.text), tree.span)

    def _truth_literal(self, tree: ast.Truth, depth: int) -> object:
        return tree.value

    def _dims(self, tree: ast.Dims, depth: int) -> object:
        sizes = tree.text.split("x")
        if any(len(size) > self.digits for size in sizes):
            raise self._too_large(tree.span)
        self._check_extent(len(sizes), tree.span)
        return Extent(int(size) for size in sizes)

    def _name(self, tree: ast.Name, depth: int) -> object:
        if tree.counts:
            message = "a tensor is no value: it can only be joined with others"
            raise Stop(WrongType(tree.span, message))
        return self.lookup(tree.text, tree.span)

    def _listing(self, tree: ast.Listing, depth: int) -> object:
        made = tuple(self.value(item, depth) for item in tree.items)
        self.budget.weigh(made, tree.span)
        return made

    def _comprehension(self, tree: ast.Comprehension, depth: int) -> object:
        span = tree.values.span
        outer, made = self.names, list[object]()
        try:
            for value in listed(self.value(tree.values, depth), span):
                self.names = ChainMap(unpack(tree.names, value, span), outer)
                made.append(self.value(tree.item, depth))
        finally:
            self.names = outer
        self.budget.weigh(tuple(made), tree.span)
        return tuple(made)

    def _index(self, tree: ast.Index, depth: int) -> object:
        items = items_of(self.value(tree.base, depth), tree.base.span)
        return items[self._place(items, tree.at, depth)]

    def _slice(self, tree: ast.Slice, depth: int) -> object:
        items = items_of(self.value(tree.base, depth), tree.base.span)
        ends = [
            None if part is None else self._place(items, part, depth, behind=True)
            for part in (tree.first, tree.end)
        ]
        made = items[slice(*ends)]
        self.budget.weigh(made, tree.span)
        return made

    def _place(
        self,
        items: tuple[object, ...],
        tree: ast.Expr,
        depth: int,
        behind: bool = False,
    ) -> int:
        at = self.value(tree, depth)
        self.pin(at)
        return place_in(items, at, tree.span, behind)

    def _unary(self, tree: ast.Unary, depth: int) -> object:
        value = self.value(tree.operand, depth)
        if tree.operator == "not":
            return not self._flag(value, tree.operand.span)
        return self._lighter(compute("-", 0, number(value)))

    def _series(self, tree: ast.Series, depth: int) -> object:
        if tree.rest[0][0] in ("and", "or"):
            return self._logic(tree, depth)
        value = self.value(tree.first, depth)
        for sign, operand in tree.rest:
            other = self.value(operand, depth)
            value = self._apply(sign, value, other, tree.first.span.to(operand.span))
        return value

    def _logic(self, tree: ast.Series, depth: int) -> bool:
        word = tree.rest[0][0]
        for operand in (tree.first, *(operand for _, operand in tree.rest)):
            flag = self._flag(self.value(operand, depth), operand.span)
            if flag == (word == "or"):
                return flag
        return word == "and"

    def _compare(self, tree: ast.Compare, depth: int) -> object:
        left = self.value(tree.left, depth)
        right = self.value(tree.right, depth)
        self.pin(left)
        self.pin(right)
        if tree.operator not in ("==", "!="):
            left, right = number(left), number(right)
        return bool(_COMPARE[tree.operator](left, right))

    def _conditional(self, tree: ast.Conditional, depth: int) -> object:
        flag = self._flag(self.value(tree.test, depth), tree.test.span)
        return self.value(tree.then if flag else tree.otherwise, depth)

    def _extents(self, tree: ast.Extents, depth: int) -> object:
        sizes: list[int] = []
        for part in tree.sizes:
            size = self.value(part, depth)
            if isinstance(size, Extent):
                sizes += size
            elif is_whole(size):
                sizes.append(size)
            else:
                message = f"expected a whole number, found {describe(size)}"
                raise Stop(WrongType(part.span, message))
        self._check_extent(len(sizes), tree.span)
        return Extent(sizes)

    def _check_extent(self, sizes: int, span: Span) -> None:
        if sizes > _MOST_SIZES:
            message = f"expected at most {_MOST_SIZES} sizes, found {sizes}"
            hint = "channels and three dimensions are the most there are"
            raise Stop(OutOfRange(span, message, hint=hint))

    def _call(self, tree: ast.Call, depth: int) -> object:
        name = tree.name.text
        if name in FUNCTIONS and name not in self.names:
            return self._function(FUNCTIONS[name], tree, depth)
        callee = self.lookup(name, tree.name.span)
        if not isinstance(callee, BlockRef | LayerRef):
            raise Stop(
                WrongType(
                    tree.span, f"'{name}' is {describe(callee)}: it takes no arguments"
                )
            )
        return self.bind(callee, tree)

    def _function(self, function: Function, tree: ast.Call, depth: int) -> object:
        for arg in tree.args:
            if arg.keyword is not None:
                message = f"{function.signature} takes no named arguments"
                raise Stop(UnknownArgument(arg.span, message))
        if not function.least <= len(tree.args) <= function.most:
            fault = TooManyArguments
            if len(tree.args) < function.least:
                fault = MissingArgument
            raise Stop(fault(tree.span, f"expected {function.signature}"))
        values = [self.value(arg.value, depth) for arg in tree.args]
        if function.decides:
            for value in values:
                self.pin(value)
        result = function.apply(*values)
        if isinstance(result, range):
            size = max(0, -((result.start - result.stop) // result.step))
            if size > self.limits.operators:
                message = f"a range of {size} is more than {self.limits.operators}"
                hint = f"raise the bound with {Limits.flag('operators')}"
                raise Stop(TooManyOperators(tree.span, message, hint=hint))
            self.budget.spend(size // 10, tree.span)
            return tuple(result)
        if is_list(result):
            self.budget.weigh(result, tree.span)
        return self._lighter(result) if is_number(result) else result

    # --- arithmetic ---

    def _apply(self, sign: str, left: object, right: object, span: Span) -> object:
        if sign == "+" and is_list(left) and is_list(right):
            made = (*left, *right)
            self.budget.weigh(made, span)
            return made
        a, b = number(left), number(right)
        if sign == "**":
            return self._power(a, b, span)
        if sign in ("/", "//", "%") and b == 0:
            raise Stop(BadArithmetic(span, "this divides by zero"))
        try:
            return self._lighter(self._bounded(compute(sign, a, b), span))
        except OverflowError:
            raise self._too_large(span) from None

    def _power(self, base: float, exponent: float, span: Span) -> object:
        self.pin(base)
        self.pin(exponent)
        if not isinstance(exponent, int) or exponent < 0:
            message = (
                f"expected a whole exponent of at least 0, found {describe(exponent)}"
            )
            raise Stop(OutOfRange(span, message))
        if abs(base) > 1 and exponent * log10(abs(base)) > self.digits:
            raise self._too_large(span)
        power = float(base) ** int(exponent)
        return int(base) ** int(exponent) if isinstance(base, int) else power

    def _lighter(self, value: float) -> float:
        """`value` without a formula that is too long to be of use."""
        if not heavy(expr_of(value)):
            return value
        self.pin(value)
        return plain(value)

    def _bounded(self, value: float, span: Span) -> float:
        if not isfinite(value) or abs(value) >= self.bound:
            raise self._too_large(span)
        return value

    def _too_large(self, span: Span) -> Stop:
        message = f"a number of more than {self.digits} digits"
        hint = f"raise the bound with {Limits.flag('digits')}"
        return Stop(NumberTooLarge(span, message, hint=hint))

    def _flag(self, value: object, span: Span) -> bool:
        if not isinstance(value, bool):
            message = f"expected true or false, found {describe(value)}"
            raise Stop(WrongType(span, message, hint="compare it, as in 'stride > 1'"))
        return value

    _CASES: ClassVar[dict[type, Callable[..., object]]] = {
        ast.Number: _number,
        ast.Truth: _truth_literal,
        ast.Dims: _dims,
        ast.Name: _name,
        ast.Listing: _listing,
        ast.Comprehension: _comprehension,
        ast.Index: _index,
        ast.Slice: _slice,
        ast.Unary: _unary,
        ast.Series: _series,
        ast.Compare: _compare,
        ast.Conditional: _conditional,
        ast.Extents: _extents,
        ast.Call: _call,
    }
