"""What a target of Python pages tells about itself; its words are its templates'."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from resdsl.core.record import NamedTuple
from resdsl.emit.environment import Words
from resdsl.emit.layer import Facts
from resdsl.emit.text import Code
from resdsl.ir.net import Node
from resdsl.values.language import Init


class ClassTarget(NamedTuple):
    """The facts of a target whose networks are objects."""

    words: Words
    module: Code
    """The type of all that can be a member."""
    sequence: Code
    """The type of members in a row."""
    tensor: Code
    """The type of what a network gives."""
    tensors: Code
    """The type of several outputs, by their names."""
    neutral: Mapping[str, Mapping[str, str]]
    """Per layer kind, the argument values that need not be written."""
    facts: Facts
    started: Mapping[str, Mapping[str, Init]]
    """Per layer kind, how the framework itself starts each weight."""
    inner: Mapping[str, str]
    """Per layer kind, the kind of the modules that its own module holds."""
    imports: tuple[str, ...]
    """Packages that a page imports where its lines name them."""
    support: Mapping[str, tuple[str, ...]]
    """What a page brings along where it uses it, and what of these each is made of."""
    reserved: frozenset[str]
    """Names at the top of the page."""


class FunctionTarget(NamedTuple):
    """The facts of a target whose networks are made by functions of a tensor."""

    words: Words
    neutral: Mapping[str, Mapping[str, str]]
    """Per layer kind, the argument values that need not be written."""
    facts: Facts
    imports: tuple[str, ...]
    """What a page imports from the framework where its lines name it."""
    support: Mapping[str, tuple[str, ...]]
    """Functions that a page brings along where it uses them, and what each names."""
    reserved: frozenset[str]
    """Names at the top of the page."""
    last: bool
    """Whether the channels come behind the sizes."""
    locals: frozenset[str]
    """Names with a meaning of their own within its functions."""
    check: Callable[[Node], None]
    """Raises a finding where the framework lacks what a layer asks for."""
