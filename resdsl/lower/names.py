"""How the layers of one body get their names, which are the checkpoint's keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from resdsl.core.catalog import DuplicateName, OutOfRange, ReservedName
from resdsl.core.diagnostic import Diagnostic, Frame
from resdsl.core.source import Span
from resdsl.lower.reserved import HOLDER_ATTRIBUTES, why_reserved
from resdsl.syntax import ast


def holders(path: str) -> list[str]:
    """What a path leads through: `stages` and `stages.0` for `stages.0.conv`."""
    if "." not in path:
        return []
    parts = path.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


class Names:
    """The names of one scope: by kind and ordinal, or by number, unless labelled."""

    def __init__(
        self, report: Callable[[Diagnostic], None], numbered: bool, first: int = 0
    ) -> None:
        self._report = report
        self.numbered = numbered
        """Whether the scope is a sequence, whose members have numbers for names."""
        self._taken: dict[str, Span] = {}
        self._holders: set[str] = set()
        """Those of `_taken` that paths lead through, and that are no layers."""
        self._ordinals: dict[str, int] = {}
        self._members = first
        self._lists: dict[str, int] = {}

    def name(self, base: str, label: ast.Ident | None, span: Span) -> str:
        """The name of the next layer: its label, number, or kind and ordinal."""
        number = self._members
        self._members += 1
        if label is not None:
            return self.claim(label)
        if self.numbered:
            return str(number)
        while True:
            ordinal = self._ordinals.get(base, 0) + 1
            self._ordinals[base] = ordinal
            apart = "_" if base[-1].isdigit() else ""
            name = f"{base}{apart}{ordinal}"
            if name not in self._taken:
                self._taken[name] = span
                return name

    def claim(self, label: ast.Ident) -> str:
        """Take a label for a layer; one that is taken or reserved is reported."""
        text = label.text
        why, hint = _why_not(text, self.numbered)
        known = self._known(text)
        if why:
            message = f"'{text}' cannot be a label: {why}"
            self._report(ReservedName(label.span, message, hint=hint))
        elif known is not None:
            first = (Frame(f"'{known}' is first used here", self._taken[known]),)
            message = f"two layers are called '{known}'"
            self._report(DuplicateName(label.span, message, related=first))
        self._taken[text] = label.span
        for holder in holders(text):
            self._taken.setdefault(holder, label.span)
            self._holders.add(holder)
        return text

    def _known(self, text: str) -> str | None:
        """The name of a layer that this one would have as well, or would be within."""
        if text in self._taken:
            return text
        return next(filter(self._is_layer, holders(text)), None)

    def _is_layer(self, name: str) -> bool:
        return name in self._taken and name not in self._holders

    def member(self, label: ast.Ident, number: int) -> None:
        """Take the next number of a list; another is reported."""
        count = self._lists.get(label.text)
        if count is None:
            self.claim(label)
            count = 0
        if number != count:
            found, wanted = f"{label.text}.{number}", f"{label.text}.{count}"
            message = f"the next member of this list is '{wanted}', found '{found}'"
            self._report(OutOfRange(label.span, message))
        self._lists[label.text] = number + 1

    def bridge(
        self, label: str, span: Span, avoid: frozenset[str], needed: bool
    ) -> str:
        """The name of a residual's shortcut: its label, with its number from 2 on.

        Residuals that need none are counted too, so that a name tells which residual it
        belongs to, whatever the shapes.
        """
        ordinal = self._ordinals.get(f"{label} bridge", 0)
        name = label
        while True:
            ordinal += 1
            name = label if ordinal == 1 else f"{label}{ordinal}"
            if name not in self._taken and name not in avoid:
                break
        self._ordinals[f"{label} bridge"] = ordinal
        if needed:
            self._taken[name] = span
        return name


@lru_cache
def _why_not(text: str, numbered: bool) -> tuple[str, str]:
    """Why this cannot be a label in such a scope, and what could be done."""
    if "-" in text and not numbered:
        return "only a member of a sequence can have a '-' in its name", ""
    first, *parts = text.split(".")
    if first == "_":
        return "it is what Python calls a value that nothing uses", "try another"
    found = (why_reserved(part) for part in (first, *parts))
    why = next((why for why in found if why), "")
    if not why and not HOLDER_ATTRIBUTES.isdisjoint(parts):
        why = "what holds it has an attribute of that name"
    return why, f"try '{text}_'"
