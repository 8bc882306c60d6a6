"""The order of memory: channels before the positions, or behind them.

A layer says which orders it takes. Between the two only `channels_last` and
`channels_first` go over, so that every transposition of a network is a line of it.
"""

from __future__ import annotations

from resdsl.core.catalog import WrongOrder
from resdsl.ops.fault import Fault
from resdsl.values.shape import Shape

FIRST, LAST, EITHER = (False,), (True,), (False, True)


def check_order(layer: str, orders: tuple[bool, ...], x: Shape) -> None:
    """Check that a layer takes the order that `x` has.

    Raises:
        Fault: it does not.
    """
    if x.last in orders:
        return
    if x.last:
        message = f"{layer} takes channels first, but its input has them last"
        expected = str(x._replace(last=False))
        raise Fault(
            WrongOrder,
            message,
            found=str(x),
            expected=expected,
            hint="put 'channels_first' before it",
        )
    message = f"{layer} takes channels last, but its input has them first"
    hint = "put 'channels_last' before it"
    if not x.rank:
        message = f"{layer} needs positions, but its input is a vector"
        hint = ""
    raise Fault(WrongOrder, message, found=str(x), hint=hint)
