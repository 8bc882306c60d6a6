"""What the nets of a run have reached, of all that the language has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from resdsl import manual
from resdsl.ir.net import Group, Instance, Item, Join, Keep, Merge, Net, Node, Repeat
from resdsl.ops import KINDS
from resdsl.ops.merge import JOINS, MERGES

CONSTRUCTS = {
    "if": r"^ +if ",
    "elif": r"^ +elif ",
    "else": r"^ +else:",
    "for": r"^ +for \w+ in ",
    "let": r"^ +let ",
    "a list as a parameter": r"\w+ = \[",
    "an index": r"\w\[-?\d\]",
    "places of a list": r"\w\[\d?:\d?\]",
    "default of the file": r"^default ",
    "default of a body": r"^    default ",
    "use": r"^use \w",
    "use shortcut": r"^ +use shortcut ",
    "a rule of its own": r"^shortcut \w",
    "always": r" always:$",
    "shortcut=": r"shortcut=",
    "a rule with arguments": r"shortcut[ =]own\d+\(",
    "only if": r" only if ",
    "a block with parameters": r"^block \w+\(",
    "a block without": r"^block \w+:",
    "a parameter with a default": r"^block .* = ",
    "a layer as an argument": r"act=\w+\(|\w+\([^)]*\)\)? *$",
    "a family": r"^net n = family ",
    "a net with parameters": r"^net n\(",
    "a repeat": r"(^|[:|]) *\d \* \w",
    "a repeat with a stride": r"\d\)? \* .*[ (]/\d",
    "a computed repeat": r"\(.+\) \* \w",
    "a label": r"^ +\w+\d: \w",
    "a group": r"^ +(part|stem|fc|head|add|y|gelu|shortcut)\d+:$",
    "branches of several lines": r"^ +path:$",
    "a path with a label": r"^ +branches.*:\n +\w+\d: \w",
    "a counted tensor": r"\w+\{\w.*\}$",
    "again": r"again \w",
    "again several times": r"2 \* again \w",
    "split=": r"split=\d",
    "shares by size": r"split=\[",
    "drop=": r" drop=",
    "a merge on one line": r"^ +(residual|scale|dense)[^:]*: \w",
    "a chain over lines": r"^ +\| \w",
    "/n": r"[ (]/\d",
    "an extent": r"\d[x]\d",
    "an extent of names": r"[a-z] x |x [a-z]\b",
    "a symbolic size": r"^    input .*[DHW]\d",
    "arithmetic": r"[\w)] (\+|-|\*|//|%) \d",
    "a power": r" \*\* ",
    "a function": r"\b(max|min|len|range|int)\(",
    "a choice": r" if .* else ",
    "logic": r" (and|or) |\bnot ",
    "channels": r"\bchannels (\*|//) ",
    "rank": r"\brank (==|!=) ",
}


def wanted() -> set[str]:
    """Every kind, every argument with another value than its default, and the rest."""
    arguments = {f"{k}.{s.name}" for k in KINDS for s in KINDS[k].signature}
    rules = {e.name for e in manual.standard() if e.what == "shortcut rule"}
    ranks = {f"rank {rank}" for rank in range(4)}
    parts = {"repeat", "group", "block", "block in block", "merge in merge"}
    parts |= {f"{what} {word}" for what in ("branches", "join") for word in JOINS}
    parts |= {"a tensor again", "a tensor in a merge"}
    other = {*ranks, *parts, *(f"rule {rule}" for rule in rules)}
    return {*KINDS, *arguments, *MERGES.keys() - JOINS, *CONSTRUCTS, *other}


def reached(text: str, net: Net) -> Iterator[str]:
    """What one net has."""
    yield f"rank {net.unit.x.rank}"
    for name, pattern in CONSTRUCTS.items():
        if re.search(pattern, text, re.MULTILINE):
            yield name
    yield from _items(net.unit.body, ())


def _items(items: Iterable[Item | Repeat], around: tuple[str, ...]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Repeat):
            yield "repeat"
            yield from _items([item.item], around)
        elif isinstance(item, Node):
            yield from _layer(item)
        elif isinstance(item, Group):
            yield from () if item.repeated else ("group",)
            yield from _items(item.items, around)
        elif isinstance(item, Instance):
            yield "block in block" if "block" in around else "block"
            yield from _items(item.unit.body, (*around, "block"))
        elif isinstance(item, Keep):
            yield "a tensor in a merge" if "merge" in around else "a tensor"
        elif isinstance(item, Join):
            yield f"join {item.rule}" if item.rule else "a tensor again"
        else:
            yield from _merge(item, around)


def _merge(merge: Merge, around: tuple[str, ...]) -> Iterator[str]:
    yield f"branches {merge.rule}" if merge.rule in JOINS else merge.rule
    if "merge" in around:
        yield "merge in merge"
    for path in merge.paths:
        yield from _items(path.body, (*around, "merge"))
    if merge.shortcut is not None:
        yield f"rule {merge.shortcut.unit.name}"
        yield from _items(merge.shortcut.unit.body, around)


def _layer(node: Node) -> Iterator[str]:
    yield node.kind.name
    for item in node.kind.signature:
        if getattr(node.kind, item.name) != item.default:
            yield f"{node.kind.name}.{item.name}"
