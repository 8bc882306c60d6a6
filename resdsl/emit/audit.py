"""The last look at a page before anyone gets it: it holds nothing but what pages hold.

Text cannot become code by its type (see `text`). Should that ever fail, the page is
parsed, and whatever a page of this target has no use for is refused.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from types import EllipsisType
from typing import Any, cast

from resdsl.core.record import NamedTuple

_NODES = frozenset(
    name
    for line in (
        "Add And AnnAssign Assign Attribute AugAssign BinOp BitOr BoolOp Call ClassDef",
        "Compare Constant Dict Div Eq Expr FloorDiv For FunctionDef GeneratorExp Gt",
        "If IfExp Import ImportFrom Is IsNot List Load Lt LtE GtE Mod Module Mult Name",
        "Not NotEq Or Pow Return Slice Starred Store Sub Subscript Tuple UAdd USub",
        "UnaryOp alias arg arguments comprehension keyword",
    )
    for name in line.split()
)
_WORD = re.compile(r"[A-Za-z0-9_]{1,128}")
_DOTTED = re.compile(r"[A-Za-z0-9_.-]{1,256}")


class AuditError(Exception):
    """A page that must not be written. A fault of this package, never of its input."""


class Allowed(NamedTuple):
    """What the pages of one target may mention."""

    imports: frozenset[str]
    """Modules, in full."""
    builtins: frozenset[str]
    """Names that a page neither makes nor imports."""
    attributes: dict[str, frozenset[str] | None]
    """Per imported name or its part, what may be taken from it; none: all public."""
    methods: frozenset[str]
    """What may be taken from any other value, besides the members that a page makes."""
    nodes: frozenset[str] = frozenset()
    """Parts of Python that the pages of this target alone have a use for."""
    calls_calls: bool = False
    """Whether a page calls what a call gave."""
    texts: frozenset[str] = frozenset()
    """Texts that are no single words."""
    formats_keys_alone: bool = False
    """Whether a formatted text is the key of a comprehension, and nothing else."""


def audit(page: str, allowed: Allowed) -> str:
    """`page`, when it holds nothing else than `allowed`.

    Raises:
        AuditError: it does.
    """
    try:
        tree = ast.parse(page)
    except (SyntaxError, ValueError) as error:
        raise AuditError(f"the page is not Python: {error}") from None
    nodes: dict[type, list[Any]] = defaultdict(list)
    rest: list[ast.AST] = [tree]
    while rest:
        node = rest.pop()
        nodes[type(node)].append(node)
        for field in node._fields:
            part = getattr(node, field, None)
            if isinstance(part, list):
                items = cast("list[object]", part)
                rest += (item for item in items if isinstance(item, ast.AST))
            elif isinstance(part, ast.AST):
                rest.append(part)
    for kind, some in nodes.items():
        if kind.__name__ not in _NODES | allowed.nodes:
            raise _refusal(some[0], f"a {kind.__name__}")
    _check_names(nodes, allowed)
    _check_attributes(nodes[ast.Attribute], allowed)
    _check_statements(nodes, allowed)
    _check_texts(nodes, allowed)
    return page


_Nodes = dict[type, list[Any]]
"""The nodes of a page by their kind, so that a check reads only those it is about."""


def _check_names(nodes: _Nodes, allowed: Allowed) -> None:
    imported = set(_imported(nodes, allowed))
    made = {node.name for node in (*nodes[ast.ClassDef], *nodes[ast.FunctionDef])}
    made |= {node.arg for node in nodes[ast.arg]}
    made |= {node.id for node in nodes[ast.Name] if type(node.ctx) is ast.Store}
    given = imported | allowed.builtins
    for name in made & given:
        raise AuditError(f"the page gives '{name}' another meaning")
    known = made | given
    for node in nodes[ast.Name]:
        if node.id not in known:
            raise _refusal(node, f"the name '{node.id}'")
    for name in made - {"__init__"}:
        if name.startswith("__") or not _WORD.fullmatch(name):
            raise AuditError(f"the page makes '{name[:80]}'")


def _imported(nodes: _Nodes, allowed: Allowed) -> Iterator[str]:
    known = {*allowed.imports, *allowed.attributes}
    for node in nodes[ast.ImportFrom]:
        if node.level or node.module not in allowed.imports:
            raise _refusal(node, f"an import from '{node.module}'")
    for node in (*nodes[ast.ImportFrom], *nodes[ast.Import]):
        for alias in node.names:
            if alias.asname is not None or alias.name not in known:
                raise _refusal(node, f"an import of '{alias.name}'")
            yield alias.name


def _check_attributes(nodes: list[ast.Attribute], allowed: Allowed) -> None:
    members = {
        node.attr
        for node in nodes
        if type(node.ctx) is ast.Store
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }
    members |= allowed.methods
    for node in nodes:
        path = _path(node.value)
        if path.partition(".")[0] in allowed.attributes:
            choice = allowed.attributes.get(path, frozenset())
            known = not node.attr.startswith("_") and (
                choice is None or node.attr in choice
            )
        else:
            known = node.attr in members
        if not known:
            raise _refusal(node, f"the attribute '{node.attr}'")


def _path(node: ast.expr) -> str:
    """`nn.init`; nothing for what is not made of names alone."""
    words: list[str] = []
    while isinstance(node, ast.Attribute):
        words.append(node.attr)
        node = node.value
    words.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(reversed(words))


def _check_statements(nodes: _Nodes, allowed: Allowed) -> None:
    for node in (*nodes[ast.ClassDef], *nodes[ast.FunctionDef]):
        if node.decorator_list:
            raise _refusal(node, "a decorator")
    for node in nodes[ast.Call]:
        made: ast.expr = node.func
        while isinstance(made, ast.Subscript) and _places(made.slice):
            made = made.value  # a part of a sequence, or what a module holds
        while allowed.calls_calls and isinstance(made, ast.Call | ast.Subscript):
            made = made.func if isinstance(made, ast.Call) else made.value
        if type(made) not in (ast.Name, ast.Attribute):
            raise _refusal(node, "a call of what is no name")
    for node in nodes[ast.Expr]:
        if type(node.value) not in (ast.Call, ast.Constant):
            raise _refusal(node, "a value without a use")


def _places(index: ast.expr) -> bool:
    """Whether an index is some places of a sequence, or one, or one that has a name."""
    one = isinstance(index, ast.Constant) and isinstance(index.value, int | str)
    return one or isinstance(index, ast.Slice)


def _check_texts(nodes: _Nodes, allowed: Allowed) -> None:
    """Texts are documentation, which nothing reads, or words that signs join."""
    documentation = {id(node.value) for node in nodes[ast.Expr]}
    for node in nodes[ast.Constant]:
        if id(node) in documentation:
            continue
        known = isinstance(node.value, str) and node.value in allowed.texts
        if isinstance(node.value, str) and not (known or _DOTTED.fullmatch(node.value)):
            raise _refusal(node, f"the text {node.value[:80]!r}")
        if not isinstance(node.value, str | int | float | EllipsisType | None):
            raise _refusal(node, f"a {type(node.value).__name__}")
    keys = {id(node.key) for node in nodes[ast.DictComp]}
    for node in nodes[ast.JoinedStr]:
        if allowed.formats_keys_alone and id(node) not in keys:
            raise _refusal(node, "a formatted text")


def _refusal(node: ast.AST, what: str) -> AuditError:
    return AuditError(f"line {getattr(node, 'lineno', 0)} of the page holds {what}")
