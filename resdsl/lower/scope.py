"""What a name can stand for, and where it is looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from resdsl.core.record import NamedTuple
from resdsl.core.source import Source
from resdsl.syntax import ast
from resdsl.values.guards import is_list
from resdsl.values.language import Extent, Init, Symbol


class Parameter(NamedTuple):
    """One parameter of a block, shortcut rule or net."""

    name: str
    positional: bool
    required: bool


class Declared:
    """A block, shortcut rule or net with the file whose names its body sees.

    `role` is `block`, `shortcut` or `net`; `numbered` tells whether its layers are
    numbered, not named by kind. `label` is what a shortcut rule wants its layers to be
    called, if anything. Another net's name has no `params` of its own.
    """

    __slots__ = (
        "broken",
        "file",
        "label",
        "name",
        "numbered",
        "params",
        "role",
        "tree",
    )

    def __init__(
        self,
        tree: ast.Block | ast.Shortcut | ast.Net | ast.Alias,
        file: FileScope,
        broken: bool,
    ) -> None:
        self.tree = tree
        self.file = file
        self.broken = broken
        self.name = tree.name.text
        self.role = "net"
        self.label = ""
        self.numbered = False
        if isinstance(tree, ast.Block):
            self.role = "block"
            self.numbered = tree.numbered
        elif isinstance(tree, ast.Shortcut):
            self.role = "shortcut"
            self.numbered = True
            self.label = tree.label.text if tree.label else ""
        params = () if isinstance(tree, ast.Alias) else tree.params
        self.params = tuple(
            Parameter(p.name.text, True, p.default is None) for p in params
        )


class FileScope:
    """The names that one file declares, and those that it uses from others."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.own: dict[str, Declared] = {}
        self.used: dict[str, Declared] = {}
        self.shortcuts: dict[str, Declared] = {}
        self.defaults: list[ast.Default] = []

    def find(self, name: str) -> Declared | None:
        """A block or net by name; the file's own come first."""
        return self.own.get(name) or self.used.get(name)

    def __iter__(self) -> Iterator[str]:
        yield from self.own
        yield from self.used


class BlockRef(NamedTuple):
    """A block as a value, with the arguments already bound to it."""

    declared: Declared
    bound: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return f"the {self.declared.role} '{self.declared.name}'"


class LayerRef(NamedTuple):
    """A layer kind as a value, with the arguments already bound to it."""

    name: str
    bound: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return f"the layer '{self.name}'"


Callee = BlockRef | LayerRef


Defaults = tuple[tuple[str, str, object], ...]
"""(layer, argument, value), later ones first."""


class Settings(NamedTuple):
    """What flows from a net into all that it contains."""

    shortcut: BlockRef | None = None
    """The rule in force; none where a mismatch is an error."""
    strict: bool = False
    defaults: Defaults = ()

    def with_rule(self, rule: BlockRef | None) -> Settings:
        """These settings with another shortcut rule; without one, all must match."""
        return self._replace(shortcut=rule, strict=rule is None)

    def of_layer(self, layer: str) -> dict[str, object]:
        """The arguments that `default` sets for a layer."""
        last_first = reversed(self.defaults)
        return {name: value for kind, name, value in last_first if kind == layer}


def identity_key(value: object) -> object:
    """A hashable key that tells apart all that may change what is built."""
    if type(value) is int or value is None:
        return value
    if isinstance(value, BlockRef):
        bound = tuple((k, identity_key(v)) for k, v in value.bound)
        return ("block", id(value.declared), bound)
    if isinstance(value, LayerRef):
        return (
            "layer",
            value.name,
            tuple((k, identity_key(v)) for k, v in value.bound),
        )
    if isinstance(value, bool):
        return ("flag", value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return ("real", repr(float(value)))  # in which 0.0 and -0.0 differ
    if isinstance(value, Extent | Init | Symbol):
        return (type(value).__name__, str(value))
    if is_list(value):
        return ("list", tuple(identity_key(v) for v in value))
    return value


def settings_key(settings: Settings) -> object:
    """A hashable key that tells apart all settings that may change what is built."""
    if settings.shortcut is None and not settings.defaults:
        return settings.strict
    rule = identity_key(settings.shortcut) if settings.shortcut else None
    defaults = tuple((k, n, identity_key(v)) for k, n, v in settings.defaults)
    return rule, settings.strict, defaults


Names = Mapping[str, object]
