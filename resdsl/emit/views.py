"""What a page template sees: finished texts, in the order of the page."""

from __future__ import annotations

from resdsl.core.record import NamedTuple
from resdsl.emit.text import Code


class ClassView(NamedTuple):
    """A class: its constructor's and its forward's lines are ready to print."""

    name: Code
    doc: tuple[Code, ...]
    signature: tuple[Code, ...]
    setup: tuple[Code, ...]
    forward: tuple[Code, ...]
    """None where the base class knows how to apply the members."""
    base: Code
    returns: Code


class FunctionView(NamedTuple):
    """A function that builds a sequence of layers."""

    signature: tuple[Code, ...]
    doc: tuple[Code, ...]
    body: tuple[Code, ...]


class ClassPage(NamedTuple):
    """A page of classes."""

    source: Code
    imports: tuple[Code, ...]
    support: tuple[Code, ...]
    functions: tuple[FunctionView, ...]
    classes: tuple[ClassView, ...]
    defines: bool
    """Whether anything stands before the net."""
    blocks: Code
    init_doc: Code
    inits: tuple[Code, ...]
    net: ClassView


class BlockView(NamedTuple):
    """A function that applies a block, or one that gives such a function."""

    signature: tuple[Code, ...]
    doc: tuple[Code, ...]
    closure: bool
    body: tuple[Code, ...]
    result: Code
    """The variable that holds what comes out."""


class FunctionPage(NamedTuple):
    """A page of functions, the last of which makes the net."""

    source: Code
    imports: Code
    """What the framework's package is asked for; may be empty."""
    support: tuple[Code, ...]
    functions: tuple[BlockView, ...]
    whole: bool
    """Whether the input is whole numbers."""
    net: BlockView
    recursion: Code = Code("")
    """How deep the framework goes to follow the net, where that is unusually deep."""
