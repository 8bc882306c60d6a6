"""Layers on sequences: positions whose channels are last, as transformers have them."""

from __future__ import annotations

from resdsl.core.catalog import GroupsDoNotDivide, OutOfRange, UnknownSize, WrongRank
from resdsl.ops.base import Kind, Weight, arg, kind
from resdsl.ops.conv import FAN_IN_UNIFORM
from resdsl.ops.fault import Fault
from resdsl.ops.norm import ZEROS
from resdsl.ops.order import EITHER, LAST
from resdsl.ops.types import COUNT, FLAG, INDEX, INIT, RATE, VECTOR_INIT
from resdsl.ops.window import require_spatial
from resdsl.values.language import Init
from resdsl.values.shape import Shape
from resdsl.values.sizes import Size, Sym, plus, times

GLOROT_UNIFORM = Init("glorot_uniform")


def _length(layer: str, x: Shape) -> Size:
    """How many positions a sequence has.

    Raises:
        Fault: `x` has more dimensions than a sequence.
    """
    if x.rank != 1:
        raise Fault(
            WrongRank,
            f"{layer} needs a sequence, but its input is {x.rank}-D",
            found=str(x),
            expected="(length, channels)",
            hint="'tokens' makes a sequence of the positions",
        )
    return x.spatial[0]


def _known_length(layer: str, x: Shape) -> int:
    """The same, as a number.

    Raises:
        Fault: it is symbolic.
    """
    length = _length(layer, x)
    if isinstance(length, int):
        return length
    raise Fault(
        UnknownSize,
        f"{layer} needs to know the length of its sequence, but {length} is symbolic",
        found=str(x),
        hint="state the size of the input",
    )


@kind("tokens")
class Tokens(Kind):
    """The positions as a sequence, channels last: (c, h, w) to (h * w, c)."""

    overwritable = False  # a view
    orders = EITHER

    def shape(self, x: Shape) -> Shape:
        """(product of the sizes, channels).

        Raises:
            Fault: the input is a vector, or several of its sizes are symbolic.
        """
        require_spatial("tokens", x)
        symbols = [size for size in x.spatial if isinstance(size, Sym)]
        if len(symbols) > 1:
            raise Fault(
                UnknownSize,
                f"tokens cannot multiply {symbols[0]} by {symbols[1]}: both are open",
                found=str(x),
                hint="state all sizes of the input but one",
            )
        length: Size = symbols[0] if symbols else 1
        for size in x.spatial:
            if isinstance(size, int):
                length = times(length, size)
        return Shape(x.channels, (length,), last=True)


@kind("attention")
class Attention(Kind):
    """Multi-head self-attention on a sequence (Vaswani et al. 2017).

    Each head has channels / heads of the queries, keys and values; its scores are
    scaled by 1 / sqrt of that. The tensors are those of torch's `MultiheadAttention`.
    """

    heads: int = arg(COUNT, positional=True, doc="number of heads")
    dropout: float = arg(RATE, 0, doc="probability of a score of zero in training")
    bias: bool = arg(FLAG, True, doc="add biases to both products")
    weight_init: Init = arg(
        INIT, GLOROT_UNIFORM, doc="how queries, keys and values start"
    )
    out_init: Init = arg(INIT, FAN_IN_UNIFORM, doc="how the output's weight starts")
    bias_init: Init = arg(VECTOR_INIT, ZEROS, doc="how the biases start")

    orders = LAST

    def shape(self, x: Shape) -> Shape:
        """The input's.

        Raises:
            Fault: the input is no sequence, or the heads do not divide the channels.
        """
        _length("attention", x)
        if int(x.channels) % int(self.heads):
            raise Fault(
                GroupsDoNotDivide,
                f"{int(self.heads)} heads do not divide the {int(x.channels)} channels",
                found=str(x),
                expected=f"a multiple of {int(self.heads)} channels",
            )
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """The stacked matrix of queries, keys and values, that of the output."""
        width = x.channels
        into = Weight("in_proj_weight", (3 * width, width), self.weight_init)
        out = Weight("out_proj.weight", (width, width), self.out_init)
        if not self.bias:
            return into, out
        shift = Weight("in_proj_bias", (3 * width,), self.bias_init)
        return into, shift, out, Weight("out_proj.bias", (width,), self.bias_init)

    def macs(self, x: Shape, y: Shape) -> int:
        """4 L d^2 of the four matrices and 2 L^2 d of scores and their use."""
        (length,) = x.spatial
        known = length if isinstance(length, int) else 1
        width = int(x.channels)
        return 4 * known * width * width + 2 * known * known * width

    def window(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """An output sees everything."""
        return (0,) * rank, (1,) * rank


class Learned(Kind):
    """A learned tensor that joins the sequence; its key is the layer's own name."""

    orders = LAST

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """One tensor (1, positions, channels), which is called as the layer is."""
        shape = (1, self.length(x), x.channels)
        return (Weight("weight", shape, self.settled_init(), bare=True),)

    def settled_init(self) -> Init:
        """How the tensor starts."""
        start = self.settled()["weight_init"]
        assert isinstance(start, Init)
        return start

    def length(self, x: Shape) -> int:
        """How many positions it has."""
        raise NotImplementedError


@kind("prepend")
class Prepend(Learned):
    """A learned vector before the first position of a sequence: ViT's class token.

    `class_token: prepend` is `class_token` in the checkpoint, (1, 1, channels) large.
    It stands in the body of a block or net; a group or repeat, which numbers its
    members, has no place for a tensor.
    """

    weight_init: Init = arg(VECTOR_INIT, ZEROS, doc="how the vector starts")

    def shape(self, x: Shape) -> Shape:
        """(length + 1, channels).

        Raises:
            Fault: the input is no sequence.
        """
        return x._replace(spatial=(plus(_length("prepend", x), 1),))

    def length(self, x: Shape) -> int:
        """One."""
        return 1


@kind("positions")
class Positions(Learned):
    """Adds a learned vector to each position of a sequence (Vaswani et al. 2017).

    `pos_embedding: positions` is `pos_embedding` in the checkpoint, of shape
    (1, length, channels). It stands where `prepend` may stand.
    """

    weight_init: Init = arg(
        VECTOR_INIT, Init("normal", (0.02,)), doc="how the vectors start"
    )

    sized = True

    def shape(self, x: Shape) -> Shape:
        """The input's.

        Raises:
            Fault: the input is no sequence, or its length is symbolic.
        """
        _known_length("positions", x)
        return x

    def length(self, x: Shape) -> int:
        """All."""
        return _known_length("positions", x)


@kind("transpose")
class Transpose(Kind):
    """Swaps positions and channels of a sequence: (l, c) to (c, l).

    A `linear` behind it mixes positions, as in MLP-Mixer (Tolstikhin et al. 2021).
    """

    overwritable = False  # a view
    orders = LAST

    def shape(self, x: Shape) -> Shape:
        """(channels, length).

        Raises:
            Fault: the input is no sequence, or its length is symbolic.
        """
        return Shape(_known_length("transpose", x), (x.channels,), last=True)

    def window(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What was a channel has a position of its own: it sees everything."""
        return (0,) * rank, (1,) * rank


@kind("select")
class Select(Kind):
    """One position of a sequence, as a vector; `select 0` takes ViT's class token."""

    overwritable = False  # a view
    orders = LAST
    position: int = arg(INDEX, positional=True, doc="which, counted from 0")

    def shape(self, x: Shape) -> Shape:
        """(channels,).

        Raises:
            Fault: the input is no sequence, or has no such position.
        """
        length = _length("select", x)
        if isinstance(length, int) and int(self.position) >= length:
            raise Fault(
                OutOfRange,
                f"select {int(self.position)} is beyond the last position",
                found=str(x),
                expected=f"a number from 0 to {length - 1}",
            )
        return Shape(x.channels)
