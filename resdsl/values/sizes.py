"""Spatial sizes that may be symbolic: `H`, `(H + 1) // 2`, `2 * H`.

Two sizes are equal exactly when their normal forms are: the form keeps one division,
since floor(floor(x / a) / b) = floor(x / ab), and no common factor.
"""

from __future__ import annotations

from math import gcd

from resdsl.core.record import NamedTuple


class Quotient(NamedTuple):
    """`inner // divisor`, with `0 <= inner.add < divisor`."""

    inner: Sym
    divisor: int


class Sym(NamedTuple):
    """The size `mul * base + add`; `base` is a name or a quotient."""

    mul: int
    base: str | Quotient
    add: int

    @staticmethod
    def named(name: str) -> Sym:
        """The unknown size called `name`."""
        return Sym(1, name, 0)

    def plus(self, number: int) -> Sym:
        """This size and `number` more."""
        return Sym(self.mul, self.base, self.add + number)

    def times(self, number: int) -> Sym:
        """This size `number` times; `number` is at least 1."""
        return Sym(self.mul * number, self.base, self.add * number)

    def floordiv(self, divisor: int) -> Sym:
        """The floor of this size over `divisor`, in normal form."""
        common = gcd(self.mul, divisor)
        # floor((g*m*b + r) / (g*d)) = floor((m*b + floor(r / g)) / d)
        mul, add, divisor = self.mul // common, self.add // common, divisor // common
        if divisor == 1:
            return Sym(mul, self.base, add)
        whole, rest = divmod(add, divisor)
        if mul == 1 and isinstance(self.base, Quotient):
            inner = self.base.inner.plus(rest * self.base.divisor)
            return inner.floordiv(self.base.divisor * divisor).plus(whole)
        return Sym(1, Quotient(Sym(mul, self.base, rest), divisor), whole)

    def __str__(self) -> str:
        text = self.base if isinstance(self.base, str) else _quotient(self.base)
        if self.mul != 1:
            whole = isinstance(self.base, str)
            text = f"{self.mul} * {text}" if whole else f"{self.mul} * ({text})"
        if self.add:
            text += f" {'+' if self.add > 0 else '-'} {abs(self.add)}"
        return text


Size = int | Sym


def _quotient(quotient: Quotient) -> str:
    inner = str(quotient.inner)
    simple = quotient.inner.mul == 1 and quotient.inner.add == 0
    return f"{inner if simple else f'({inner})'} // {quotient.divisor}"


def plus(size: Size, number: int) -> Size:
    """`size + number`."""
    return size.plus(number) if isinstance(size, Sym) else size + number


def times(size: Size, number: int) -> Size:
    """`size * number`."""
    return size.times(number) if isinstance(size, Sym) else size * number


def floordiv(size: Size, number: int) -> Size:
    """`size // number`."""
    return size.floordiv(number) if isinstance(size, Sym) else size // number
