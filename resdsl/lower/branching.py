"""What `branches` says of its paths: how they are joined, and what each takes."""

from __future__ import annotations

from resdsl.core.catalog import (
    DuplicateArgument,
    MissingArgument,
    OutOfRange,
    UnknownArgument,
    WrongType,
)
from resdsl.core.diagnostic import Stop
from resdsl.core.record import NamedTuple
from resdsl.core.source import Span
from resdsl.lower.scope import LayerRef
from resdsl.lower.unit import UnitBuilder
from resdsl.lower.uses import layer
from resdsl.ops.merge import BRANCHES, JOINS
from resdsl.ops.types import describe
from resdsl.syntax import ast
from resdsl.values.guards import is_list, is_whole
from resdsl.values.shape import Shape

_SPLIT = "split"


class Branching(NamedTuple):
    """The merge that joins the paths, and how the channels are split, if they are."""

    rule: str
    split: ast.Expr | None


def branching(tree: ast.Body) -> Branching:
    """What stands behind the name; `branches` alone does `concat`, and splits nothing.

    Raises:
        Stop: it says what is not known.
    """
    if tree.guard is not None:
        message = "'only if' is for merges that take their input"
        raise Stop(UnknownArgument(tree.guard.span, message, hint="use an 'if' around"))
    name = tree.name.text
    found = Branching("concat" if name == BRANCHES else name, None)
    for arg in tree.args:
        value = arg.value
        keyword = arg.keyword.text if arg.keyword else ""
        if name == BRANCHES and keyword == _SPLIT:
            if found.split is not None:
                message = f"{name} gets '{_SPLIT}' twice"
                raise Stop(DuplicateArgument(arg.span, message))
            found = found._replace(split=value)
        elif (
            name == BRANCHES
            and not keyword
            and isinstance(value, ast.Name)
            and value.text in JOINS
        ):
            found = found._replace(rule=value.text)
        else:
            message = f"{name} has no argument '{keyword or arg.span.text}'"
            words = f"it takes one of: {', '.join(sorted(JOINS))}; and {_SPLIT}=..."
            hint = words if name == BRANCHES else ""
            raise Stop(UnknownArgument(arg.span, message, hint=hint))
    return found


class Shares:
    """The channels of a tensor, dealt out to the paths in turn."""

    def __init__(self, b: UnitBuilder, split: ast.Expr | None, x: Shape | None) -> None:
        """Work out `split`: how many equal shares there are, or how large each is.

        Raises:
            Stop: it is neither, or the shares are not all channels of `x`.
        """
        self._b = b
        self._span = split.span if split is not None else None
        self._sizes: list[int] = []
        self._start = 0
        if split is not None:
            value = b.evaluator.value(split)
            b.pin(value if is_whole(value) else 0)
            if x is not None:
                self._sizes = _sizes(b, value, x, split.span)

    def take(self, number: int, suite: ast.Suite) -> bool:
        """Go on from the share of the path with this number, or from all channels.

        Returns:
            Whether that is all that `suite` says: `identity`, of a share.

        Raises:
            Stop: there are fewer shares.
        """
        if not self._sizes:
            return False
        b, span = self._b, suite[0].span
        if number >= len(self._sizes):
            raise self._wrong(f"this is path {number + 1}", span)
        start, size = self._start, self._sizes[number]
        last = number == len(self._sizes) - 1
        stop = b.lighter(Shape(start + size)).channels
        bound = ("start", start), ("stop", None if last else stop)
        self._start = stop
        name = b.names.name("slice", None, span)
        call = ast.Call(ast.Ident("slice", span), (), span)
        layer(b, LayerRef("slice", bound), call, name)
        if b.now is not None:  # whose formula says what is left, not that it is a share
            b.now = b.now._replace(channels=size)
            b.items[-1] = b.items[-1]._replace(y=b.now)
        return self._is_identity(suite)

    def _is_identity(self, suite: ast.Suite) -> bool:
        chain = suite[0]
        if suite[1:] or not isinstance(chain, ast.Chain) or chain.items[1:]:
            return False
        item = chain.items[0]
        call, name = item.call, item.call.name.text
        known = name in self._b.scope or self._b.declared.file.find(name)
        plain = item.label is None and item.times is None and not call.args
        return plain and name == "identity" and not known

    def check(self, paths: int) -> None:
        """Check that each share has a path.

        Raises:
            Stop: there are more shares.
        """
        if self._span is not None and paths < len(self._sizes):
            are = f"are {paths} paths" if paths > 1 else "is one path"
            raise self._wrong(f"there {are}", self._span)

    def _wrong(self, found: str, span: Span) -> Stop:
        message = f"the channels are split into {len(self._sizes)}, and {found}"
        hint = "each share is the input of one path"
        return Stop(MissingArgument(span, message, hint=hint))


def _sizes(b: UnitBuilder, value: object, x: Shape, span: Span) -> list[int]:
    """How many channels each share has; none where each path takes all of them."""
    if is_whole(value):
        if value < 1 or int(x.channels) % int(value):
            message = f"{int(x.channels)} channels do not make {int(value)} shares"
            hint = f"a list says how large each is: '{_SPLIT}=[...]'"
            raise Stop(OutOfRange(span, message, found=str(x), hint=hint))
        b.bound_operators(int(value), span)  # each has a path
        share = x.channels // int(value)
        return [share] * int(value) if value > 1 else []
    if not is_list(value):
        message = f"expected a number of shares or their sizes, found {describe(value)}"
        raise Stop(WrongType(span, message))
    sizes = [size for size in value if is_whole(size) and size > 0]
    if len(sizes) < len(value) or not sizes:
        message = f"expected the sizes of the shares, found {describe(value)}"
        raise Stop(WrongType(span, message))
    total = sum(sizes)
    if int(total) != int(x.channels):
        message = f"the shares have {int(total)} channels together"
        expected = f"{int(x.channels)}, those of {x}"
        raise Stop(OutOfRange(span, message, expected=expected))
    b.same_channels(x._replace(channels=total), x)
    return sizes
