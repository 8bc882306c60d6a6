"""The forward: one line of the source becomes one line of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from resdsl.emit.environment import Words
from resdsl.emit.layout import WIDTH, wrap
from resdsl.emit.loops import looped
from resdsl.emit.text import Code, free_name, variable
from resdsl.ir.net import Group, Instance, Item, Join, Merge, Node, Repeat
from resdsl.ops.merge import MERGES

_INDENT = 8
_Row = tuple[str, str]
"""A statement without indentation, and its comment."""


class Flow:
    """Collects the statements of one forward.

    Within one line of the source the calls nest; `fresh` tells whether nobody else
    holds the current value, so that the next layer may overwrite it.
    """

    def __init__(self, words: Words, shapes: bool, taken: Iterable[str]) -> None:
        self.words = words
        self.lines: list[_Row] = []
        self.fresh = False
        self._shapes = shapes
        self._variables = {"x", *taken}
        self._source = self._target = "x"
        self._pending: Code | None = None
        self._statement: int | None = None
        self._last: Item | None = None

    def spare(self, wanted: str) -> str:
        """A local name that is not in use."""
        return free_name(wanted, self._variables)

    def branch(self, merge: Merge, at: int) -> str:
        """A local name for the output of a path."""
        return path_variable(merge, at, self._variables)

    def release(self, names: Iterable[str]) -> None:
        """These are in use no longer."""
        self._variables.difference_update(names)

    def current(self) -> str:
        """The name that holds the current value."""
        self.flush()
        return self._source

    def begin(self, source: str, target: str) -> None:
        """Go on from `source`, which others may still hold, assigning to `target`."""
        self.flush()
        self._source, self._target = source, target
        self.fresh = False

    def resume(self, target: str) -> None:
        """Go on with `target` after a merge."""
        self.flush()
        self._source = self._target = target

    def keep(self, name: str) -> None:
        """The current value has a name of its own, and is not overwritten."""
        if self._pending is not None:
            outer, self._target = self._target, name
            self.flush()
            self._target = outer
        elif not self._rename(name):
            self.lines.append((f"{name} = {self._source}", ""))
        self._source = name
        self.fresh = False

    def _rename(self, name: str) -> bool:
        """Name the current value in the line that made it, if that is the last one."""
        start = f"{self._target} = "
        if self._source != self._target or not self.lines:
            return False
        line, comment = self.lines[-1]
        if not line.startswith(start):
            return False
        self.lines[-1] = (f"{name} = {line.removeprefix(start)}", comment)
        return True

    def take(self, name: str) -> None:
        """Go on from the value of that name, which others hold as well."""
        self.flush()
        self._source = name
        self.fresh = False

    def apply(
        self, call: Callable[[Code], Code], item: Node | Instance | Group
    ) -> None:
        """Apply a layer to the current value, in the line of its statement."""
        made = self._extended(call, item.statement)
        self._pending, self._statement, self._last = made, item.statement, item
        self.fresh = is_fresh(item)

    def join(self, call: Callable[[Code], Code], item: Join) -> None:
        """Join the current value with others, which ends its line."""
        made = self._extended(call, item.statement)
        self._pending = None
        self.assign(made, item)

    def _extended(self, call: Callable[[Code], Code], statement: int) -> Code:
        """What a call makes of the current line, or of its value where that is full."""
        if self._pending is not None and statement != self._statement:
            self.flush()
        made = call(Code(self._source) if self._pending is None else self._pending)
        if self._pending is not None and self._too_long(made):
            self.flush()
            made = call(Code(self._source))
        return made

    def flush(self) -> None:
        """End the current line."""
        if self._pending is None:
            return
        assert self._last is not None
        self._add(f"{self._target} = {self._pending}", self._last)
        self._source, self._pending = self._target, None

    def assign(self, text: Code, item: Merge | Join) -> None:
        """A line of its own that assigns."""
        self._add(f"{self._target} = {text}", item)
        self._source = self._target
        self.fresh = True

    def statement(self, text: Code, item: Merge) -> None:
        """A line of its own."""
        self._add(text, item)
        self.fresh = True

    def insert(self, at: int, line: Code) -> None:
        """A line before what has been written since."""
        self.lines.insert(at, (line, ""))

    def finish(self, result: Code | None = None) -> list[Code]:
        """The indented lines; the last one returns `result`, or the current value."""
        self.flush()
        parts = list(looped(self.lines))
        times, rows = parts[-1] if parts else (0, [("", "")])
        *before, (line, comment) = rows
        name, _, text = line.partition(" = ")
        ends = result is None and times == 1 and text
        if ends and name == self._source == self._target:
            parts[-1] = (1, [*before, (f"return {text}", comment)])
        else:
            parts.append((1, [(f"return {result or self._source}", "")]))
        return [Code(line) for line in _rolled(parts)]

    def _add(self, line: str, item: Item) -> None:
        shape = ", ".join(map(str, item.y.sizes))
        self.lines.append((line, f"  # (N, {shape})" if self._shapes else ""))

    def _too_long(self, text: str) -> bool:
        return _INDENT + len(f"{self._target} = {text}") > WIDTH


def is_fresh(item: Item | Repeat) -> bool:
    """Whether nobody keeps what an item gives: the next layer may overwrite it."""
    if isinstance(item, Node):
        return item.kind.overwritable
    if isinstance(item, Repeat):
        return is_fresh(item.item)
    if isinstance(item, Instance):
        return is_fresh(item.unit.body[-1])
    if isinstance(item, Group):
        return is_fresh(item.items[-1])
    return isinstance(item, Merge | Join) and bool(item.rule)


def path_variable(merge: Merge, at: int, taken: set[str]) -> str:
    """What code calls the output of a path: its label, what its rule says, a number."""
    named = MERGES[merge.rule].paths
    wanted = merge.paths[at].name or (named[at] if named else "")
    if wanted:
        return free_name(variable(wanted), taken)
    count = 1
    while f"branch{count}" in taken:
        count += 1
    return free_name(f"branch{count}", taken)


def _rolled(parts: list[tuple[int, Sequence[_Row]]]) -> Iterator[str]:
    """The indented lines of statements, as a loop where they come several times."""
    for times, part in parts:
        indent = _INDENT
        if times > 1:
            yield f"{' ' * indent}for _ in range({times}):"
            indent += 4
        for line, comment in part:
            yield from _laid_out(line, comment, indent)


def _laid_out(line: str, comment: str, indent: int) -> list[str]:
    laid = wrap(line, indent)
    if comment and len(laid) == 1 and len(laid[0]) + len(comment) <= WIDTH:
        return [laid[0] + comment]
    return laid
