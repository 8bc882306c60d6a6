"""Differences and shares of whole numbers, with like terms collected.

`3 * w - 2 * w` is `w`. A mere sum stays as it is: it tells what was put together.
"""

from __future__ import annotations

from resdsl.values.expr import Expr, Op, operate, render

_COLLECTED = ("-", "//")
_MOST_TERMS = 32

_Product = tuple[Expr, ...]
"""Factors in the order of their texts."""
_Terms = dict[_Product, int]
"""A sum: how often each product stands in it."""


class _Unfit(Exception):
    """A formula that has other than whole numbers, or too many terms."""


def tidied(expr: Expr) -> Expr:
    """`expr` with like terms collected, if that is shorter; all of it is whole."""
    if not isinstance(expr, Op) or expr.symbol not in _COLLECTED:
        return expr
    try:
        made = _joined(_terms(expr))
    except _Unfit:
        return expr
    return made if _length(made) < _length(expr) else expr


def _terms(expr: Expr) -> _Terms:
    """A formula as a sum of products.

    Raises:
        _Unfit: it is no such sum.
    """
    if isinstance(expr, float):
        raise _Unfit
    if isinstance(expr, int):
        return {(): expr} if expr else {}
    if not isinstance(expr, Op):
        return {(expr,): 1}
    left, right = _terms(expr.left), _terms(expr.right)
    if expr.symbol in ("+", "-"):
        return _sum(left, right, 1 if expr.symbol == "+" else -1)
    if expr.symbol == "*":
        return _product(left, right)
    divisor = right.get((), 0)
    whole = expr.symbol == "//" and divisor > 0 and set(right) == {()}
    if whole and not any(count % divisor for count in left.values()):
        return {product: count // divisor for product, count in left.items()}
    return {(Op(expr.symbol, _joined(left), _joined(right)),): 1}


def _sum(left: _Terms, right: _Terms, sign: int) -> _Terms:
    made = dict(left)
    for product, count in right.items():
        made[product] = made.get(product, 0) + sign * count
    return {product: count for product, count in made.items() if count}


def _product(left: _Terms, right: _Terms) -> _Terms:
    if len(left) * len(right) > _MOST_TERMS:
        raise _Unfit
    made: _Terms = {}
    for one, count in left.items():
        row = {
            tuple(sorted((*one, *other), key=render)): count * more
            for other, more in right.items()
        }
        made = _sum(made, row, 1)
    return made


def _joined(terms: _Terms) -> Expr:
    """The sum as a formula, what is taken away last."""
    made: Expr = 0
    for product, count in sorted(terms.items(), key=lambda term: term[1] < 0):
        part: Expr = abs(count)
        for factor in product:
            part = operate("*", part, factor)
        made = operate("-" if count < 0 else "+", made, part)
    return made


def _length(expr: Expr) -> int:
    if isinstance(expr, Op):
        return 1 + _length(expr.left) + _length(expr.right)
    return 1
