"""What a layer kind is: a frozen dataclass whose fields are its signature.

`shape` is the type rule, the docstring the manual, `weights` and `macs` the cost. All
else (argument binding, documentation, `show`, checkpoints) follows from these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, NamedTuple, TypeVar, dataclass_transform

from resdsl.ops.types import ArgType
from resdsl.values.language import Init
from resdsl.values.shape import Shape


class Weight(NamedTuple):
    """One tensor of a layer: its name, shape (torch's layout) and how it starts."""

    name: str
    shape: tuple[int, ...]
    init: Init
    trainable: bool = True


class Signature(NamedTuple):
    """One argument of a layer kind, as binding and documentation see it."""

    name: str
    type: ArgType
    positional: bool
    required: bool
    default: object
    doc: str


@dataclass(frozen=True)
class Kind:
    """The base of all layer kinds."""

    name: ClassVar[str]
    signature: ClassVar[tuple[Signature, ...]]
    activation: ClassVar[bool] = False
    """An element-wise function: it never sits between a convolution and its norm."""
    overwritable: ClassVar[bool] = True
    """Whether training keeps no reference to the output, so that the next layer may
    overwrite it."""

    def shape(self, x: Shape) -> Shape:
        """The output shape for input `x`.

        Raises:
            Fault: the layer cannot take `x`.
        """
        return x

    def settled(self) -> dict[str, object]:
        """Every argument by name, with the defaults that depend on others worked out."""
        return {s.name: getattr(self, s.name) for s in self.signature}

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """The tensors of the layer for input `x`, in the order of the state dict."""
        return ()

    def macs(self, x: Shape, y: Shape) -> int:
        """Multiply-accumulates of convolutions and matrix products, per example."""
        return 0

    def window(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Per dimension, the extent of the window an output sees, and its step."""
        return (1,) * rank, (1,) * rank


K = TypeVar("K", bound=type[Kind])
KINDS: dict[str, type[Kind]] = {}


def arg(
    type: ArgType, default: Any = MISSING, *, positional: bool = False, doc: str
) -> Any:
    """Declare an argument of a layer kind."""
    return field(
        default=default,
        metadata={"type": type, "positional": positional, "doc": doc},
    )


@dataclass_transform(frozen_default=True, field_specifiers=(arg,))
def kind(name: str) -> Callable[[K], K]:
    """Register the decorated class as the layer kind called `name`."""

    def register(cls: K) -> K:
        made = dataclass(frozen=True)(cls)
        made.name = name
        made.signature = tuple(
            Signature(
                f.name,
                f.metadata["type"],
                f.metadata["positional"],
                f.default is MISSING,
                f.default,
                f.metadata["doc"],
            )
            for f in fields(made)
        )
        KINDS[name] = made
        return made

    return register
