"""The last look at a page of operators: it holds nothing but what such pages hold.

Like `audit`, but for a text that is not Python: it is read as words, and each word must
be one that this kind of page has a use for at that place.
"""

from __future__ import annotations

import re

from resdsl.core.record import NamedTuple
from resdsl.emit.audit import AuditError

_WORD = re.compile(
    r'(?P<space>[ \n]+)|(?P<comment>#[^\n]*\n)|(?P<text>"[^"\\\n]*")'
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)|(?P<sign>=>|[][<>(){}=,:@.?])"
)
_PATH = re.compile(r"[A-Za-z0-9_.-]*")
_ELEMENTS = ("float", "int64")
_END = ("}",) * 4
"""What may be read beyond the last word."""


class Allowed(NamedTuple):
    """What the pages of one target may mention."""

    operators: frozenset[str]
    domain: str
    """Where the page's own functions are."""
    tensor: str
    """The argument that holds a tensor."""
    texts: frozenset[str]
    """Texts that operators take."""
    prose: frozenset[str]
    """The names of what may hold free text."""


def audit(page: str, allowed: Allowed) -> str:
    """`page`, when it holds nothing else than `allowed`.

    Raises:
        AuditError: it does.
    """
    words = [*_words(page), *_END]
    made = {
        name
        for sign, name, after in zip(words, words[1:], words[2:], strict=False)
        if sign == ">" and after in "<("
    }
    for at, word in enumerate(words):
        if word == "=":
            _check_operator(words[at - 1], words[at + 1 : at + 5], made, allowed)
        if word[0] == '"' and not _PATH.fullmatch(word[1:-1]):
            before = words[at - 2].strip('"') if words[at - 1] == ":" else ""
            if before not in allowed.prose:
                raise AuditError(f"the page holds the text {word[:80]}")
    return page


def _words(page: str) -> list[str]:
    words: list[str] = []
    at = 0
    while at < len(page):
        found = _WORD.match(page, at)
        if found is None:
            line = page.count("\n", 0, at) + 1
            raise AuditError(f"line {line} of the page holds {page[at : at + 20]!r}")
        if found.lastgroup not in ("space", "comment"):
            words.append(found[0])
        at = found.end()
    return words


def _check_operator(
    before: str, after: list[str], made: set[str], allowed: Allowed
) -> None:
    """What stands behind `=`: a number, a text, a reference, an operator or a call."""
    first, *rest = after
    if before == allowed.tensor:
        known = first in _ELEMENTS and rest[0] in ("[", "{")
    elif not first[0].isalpha():
        known = first[0] in "[@-0123456789" or first.strip('"') in allowed.texts
    elif rest[0] == ".":
        known = first == allowed.domain and rest[1] in made
    else:
        known = first in allowed.operators and rest[0] in ("<", "(")
    if not known:
        raise AuditError(f"the page gives '{before[:80]}' the value '{first[:80]}'")
