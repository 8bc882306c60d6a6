"""Numbers that remember the formula they came from.

`Traced(256, Op("*", Var("width"), 4))` is 256 to every rule of the language and
`width * 4` to the page that is emitted. A shape rule written with plain arithmetic thus
works out both at once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TypeGuard, overload

from resdsl.core.record import NamedTuple


class Var(NamedTuple):
    """A parameter of the enclosing block or net, or a name bound by `let`."""

    name: str


class Op(NamedTuple):
    """A binary operation; `symbol` is spelled as in Python."""

    symbol: str
    left: Expr
    right: Expr


Expr = int | float | Var | Op
Number = int | float

_APPLY: dict[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": operator.mod,
    "max": max,
    "min": min,
}
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "max": 9, "min": 9}
_NEUTRAL_RIGHT = {("+", 0), ("-", 0), ("*", 1), ("//", 1)}
_NEUTRAL_LEFT = {("+", 0), ("*", 1)}


def operate(symbol: str, left: Expr, right: Expr) -> Expr:
    """`left symbol right`, folded where both are known or one is neutral."""
    if not isinstance(left, tuple) and not isinstance(right, tuple):
        return _APPLY[symbol](left, right)
    if (symbol, right) in _NEUTRAL_RIGHT:
        return left
    if (symbol, left) in _NEUTRAL_LEFT:
        return right
    if symbol == "*" and 0 in (left, right):
        return 0
    if symbol == "//" and isinstance(left, Op) and left == Op("*", left.left, right):
        return left.left
    return Op(symbol, left, right)


def render(expr: Expr, outer: int = 0) -> str:
    """`expr` as Python text, with the fewest parentheses."""
    if isinstance(expr, Var):
        return expr.name
    if not isinstance(expr, Op):
        return literal(expr)
    mine = _PRECEDENCE[expr.symbol]
    if mine == 9:
        return f"{expr.symbol}({render(expr.left)}, {render(expr.right)})"
    text = f"{render(expr.left, mine)} {expr.symbol} {render(expr.right, mine + 1)}"
    return f"({text})" if mine < outer else text


def literal(value: float) -> str:
    """A number as Python text: `1e-5`, not `1e-05`."""
    text = repr(int(value) if isinstance(value, int) else float(value))
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}"
    return text


def substitute(expr: Expr, bindings: Mapping[str, Expr]) -> Expr:
    """`expr` with each bound variable replaced, and folded again."""
    if not isinstance(expr, tuple):
        return expr
    if isinstance(expr, Var):
        return bindings.get(expr.name, expr)
    left = substitute(expr.left, bindings)
    return operate(expr.symbol, left, substitute(expr.right, bindings))


def heavy(expr: Expr, most: int = 64) -> bool:
    """Whether a formula is longer than anyone would read, or than its use may cost.

    `let b = a + a` shares its parts, so written out such formulas grow exponentially.
    """
    if not isinstance(expr, Op):
        return False
    parts: list[Expr] = [expr]
    for _ in range(most):
        if not parts:
            return False
        part = parts.pop()
        if isinstance(part, Op):
            parts += (part.left, part.right)
    return bool(parts)


def variables(expr: Expr) -> frozenset[str]:
    """The names that `expr` depends on."""
    if isinstance(expr, Var):
        return frozenset((expr.name,))
    if isinstance(expr, Op):
        return variables(expr.left) | variables(expr.right)
    return frozenset()


def expr_of(value: Number) -> Expr:
    """How a number was made: its formula, or itself when it is just a number."""
    if type(value) is int:
        return value
    return value.expr if isinstance(value, (Traced, TracedFloat)) else value


@overload
def traced(value: int, expr: Expr) -> int: ...


@overload
def traced(value: Number, expr: Expr) -> Number: ...


def traced(value: Number, expr: Expr) -> Number:
    """`value`, remembering `expr` unless that is only a number."""
    if not isinstance(expr, tuple):
        return float(value) if isinstance(value, float) else int(value)
    return TracedFloat(value, expr) if isinstance(value, float) else Traced(value, expr)


def is_formula(expr: Expr) -> TypeGuard[Var | Op]:
    """Whether `expr` is more than a number."""
    return isinstance(expr, tuple)


def compute(symbol: str, left: Number, right: Number) -> Number:
    """`left symbol right` on numbers, remembering the formula."""
    value = _APPLY[symbol](_plain(left), _plain(right))
    left_expr, right_expr = expr_of(left), expr_of(right)
    if not isinstance(left_expr, tuple) and not isinstance(right_expr, tuple):
        return value
    return traced(value, operate(symbol, left_expr, right_expr))


def _plain(value: Number) -> Number:
    return float(value) if isinstance(value, float) else int(value)


class Traced(int):
    """A whole number with its formula in `expr`."""

    expr: Expr

    def __new__(cls, value: int, expr: Expr) -> Traced:
        """`value`, remembering `expr`."""
        self = super().__new__(cls, value)
        self.expr = expr
        return self

    def __add__(self, other: int) -> int:
        return _whole("+", self, other)

    def __radd__(self, other: int) -> int:
        return _whole("+", other, self)

    def __sub__(self, other: int) -> int:
        return _whole("-", self, other)

    def __rsub__(self, other: int) -> int:
        return _whole("-", other, self)

    def __mul__(self, other: int) -> int:
        return _whole("*", self, other)

    def __rmul__(self, other: int) -> int:
        return _whole("*", other, self)

    def __floordiv__(self, other: int) -> int:
        return _whole("//", self, other)

    def __rfloordiv__(self, other: int) -> int:
        return _whole("//", other, self)


class TracedFloat(float):
    """A real number with its formula in `expr`."""

    expr: Expr

    def __new__(cls, value: float, expr: Expr) -> TracedFloat:
        """`value`, remembering `expr`."""
        self = super().__new__(cls, value)
        self.expr = expr
        return self


def _whole(symbol: str, left: int, right: int) -> int:
    value = compute(symbol, left, right)
    return value if isinstance(value, int) else int(value)
