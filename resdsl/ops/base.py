"""What a layer kind is: a frozen value whose fields are its signature.

`shape` is the type rule, the docstring the manual, `weights` and `macs` the cost. All
else (argument binding, documentation, `show`, checkpoints) follows from these. To type
checkers a kind is a frozen dataclass; made without `dataclasses`, whose generated
methods would take a fifth of a cold compilation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

from resdsl.core.record import NamedTuple
from resdsl.ops.types import ArgType
from resdsl.values.language import Init
from resdsl.values.shape import Shape


class Weight(NamedTuple):
    """One tensor of a layer: its name, shape (torch's layout) and how it starts."""

    name: str
    shape: tuple[int, ...]
    init: Init
    trainable: bool = True
    bare: bool = False
    """Whether the layer is this tensor and nothing else, so that it has its name."""

    def key(self, path: str) -> str:
        """Its name in the checkpoint, of a layer that is at `path`."""
        return path if self.bare else f"{path}.{self.name}"


class Signature(NamedTuple):
    """One argument of a layer kind, as binding and documentation see it."""

    name: str
    type: ArgType
    positional: bool
    required: bool
    default: object
    doc: str


class Kind:
    """The base of all layer kinds."""

    name: ClassVar[str]
    signature: ClassVar[tuple[Signature, ...]]
    activation: ClassVar[bool] = False
    """An element-wise function: it never sits between a convolution and its norm."""
    overwritable: ClassVar[bool] = True
    """Whether training keeps no hold of the output: the next layer may overwrite it."""

    def __init__(self, **values: object) -> None:
        known = {s.name: s.default for s in self.signature}
        assert values.keys() <= known.keys()
        self.__dict__.update(known | values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def replace(self, **values: object) -> Self:
        """The same layer with other values for some arguments."""
        return type(self)(**(self.__dict__ | values))

    @property
    def overwrites(self) -> bool:
        """Whether the function may be computed in place of its input."""
        return self.activation

    def shape(self, x: Shape) -> Shape:
        """The output shape for input `x`.

        Raises:
            Fault: the layer cannot take `x`.
        """
        return x

    def settled(self) -> dict[str, object]:
        """Every argument by name; defaults that depend on others are worked out."""
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
_REQUIRED: Any = object()


def arg(
    accepts: ArgType, default: Any = _REQUIRED, *, positional: bool = False, doc: str
) -> Any:
    """Declare an argument of a layer kind."""
    required = default is _REQUIRED
    return Signature(
        "", accepts, positional, required, None if required else default, doc
    )


@dataclass_transform(frozen_default=True, field_specifiers=(arg,))
def kind(name: str) -> Callable[[K], K]:
    """Register the decorated class as the layer kind called `name`."""

    def register(cls: K) -> K:
        cls.name = name
        cls.signature = tuple(
            item._replace(name=field)
            for field, item in vars(cls).items()
            if isinstance(item, Signature)
        )
        KINDS[name] = cls
        return cls

    return register
