"""What a merge joins, as a macro of a target sees it."""

from __future__ import annotations

from collections.abc import Sequence

from resdsl.emit.text import Code, join
from resdsl.ops.merge import MERGES


class Parts:
    """The tensors of a merge: in their order, and each by its name if the rule has one.

    `input` is that of the merge, where it takes that; the others have the rule's names.
    """

    def __init__(self, rule: str, given: Sequence[Code]) -> None:
        names = ("input",) if MERGES[rule].takes_input else ()
        self.each = tuple(given)
        self.listed = join(given)
        self._named = dict(zip((*names, *MERGES[rule].paths), given, strict=False))

    def __getattr__(self, name: str) -> Code:
        if name.startswith("_") or name not in self._named:
            raise AttributeError(name)
        return self._named[name]
