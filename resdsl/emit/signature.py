"""The parameters of the classes and functions of a page."""

from __future__ import annotations

import re

from resdsl.core.record import NamedTuple
from resdsl.emit.fold import Definition
from resdsl.emit.layout import wrap
from resdsl.emit.text import Code, identifier, value
from resdsl.ir.bindings import net_bindings
from resdsl.ir.net import Param, Unit
from resdsl.values.expr import expr_of, variables


class Parameter(NamedTuple):
    """One parameter; without default it is required."""

    name: Code
    type: Code
    default: Code | None
    alias: Code = Code("")
    """What the page calls it where its own name means something else there."""

    @property
    def local(self) -> Code:
        """Its name in the page."""
        return self.alias or self.name

    def __str__(self) -> str:
        default = "" if self.default is None else f" = {self.default}"
        return f"{self.name}: {self.type}{default}"


class Bridge(NamedTuple):
    """A parameter that takes a shortcut; optional where some instance has none."""

    name: Code
    type: Code
    optional: bool

    def __str__(self) -> str:
        return f"{self.name}: {self.type}{' | None = None' if self.optional else ''}"


def parameters(definition: Definition, used: set[str]) -> tuple[Parameter, ...]:
    """What the page's class or function takes, of what its lines use."""
    unit = definition.unit
    used = through_lets(unit, used)
    made = [
        Parameter(
            identifier(param.name),
            _type(param.value),
            _default(param, definition.given.get(param.name, set())),
        )
        for param in unit.params
        if param.name in used
    ]
    if "in_channels" in used:
        made.insert(0, Parameter(Code("in_channels"), Code("int"), None))
    required = [p for p in made if p.default is None]
    return (*required, *(p for p in made if p.default is not None))


def net_parameters(unit: Unit, used: set[str]) -> tuple[Parameter, ...]:
    """A net's free parameters, each with its value as default."""
    settled = net_bindings(unit)
    used = through_lets(unit, used)
    return tuple(
        Parameter(identifier(p.name), _type(p.value), value(p.value, {}))
        for p in unit.params
        if p.name in used and p.name not in settled
    )


def method(
    takes: tuple[Parameter, ...], bridges: tuple[Bridge, ...] = ()
) -> tuple[Code, ...]:
    """The head of a constructor: what is required goes first."""
    words = [
        "self",
        *(str(p) for p in takes if p.default is None),
        *(str(b) for b in bridges if not b.optional),
        *(str(p) for p in takes if p.default is not None),
        *(str(b) for b in bridges if b.optional),
    ]
    lines = wrap(f"def __init__({', '.join(words)})", 4, " -> None:")
    return tuple(Code(line) for line in lines)


def function(name: Code, takes: tuple[Parameter, ...], gives: Code) -> tuple[Code, ...]:
    """The head of a function."""
    words = ", ".join(str(p) for p in takes)
    return tuple(
        Code(line) for line in wrap(f"def {name}({words})", 0, f" -> {gives}:")
    )


def through_lets(unit: Unit, used: set[str]) -> set[str]:
    """`used`, and what the `let`s among it depend on."""
    reached = set(used)
    for name, expr in reversed(unit.lets):
        if name in reached:
            reached |= variables(expr)
    return reached


def _default(param: Param, given: set[str]) -> Code | None:
    """The default of a parameter: the source's, or what every use of the page gives.

    A stride is each use's own affair even where all agree.
    """
    default = param.default
    if param.required:
        return None
    if isinstance(default, int | float) and variables(expr_of(default)):
        return None
    if len(given) == 1 and param.name != "stride":
        (only,) = given
        if re.fullmatch(r"[0-9.e-]+", only):
            return Code(only)
    return value(default, {})


def _type(item: object) -> Code:
    return Code("float" if isinstance(item, float) else "int")
