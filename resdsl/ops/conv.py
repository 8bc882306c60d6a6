"""Convolution."""

from __future__ import annotations

from math import prod

from resdsl.core.catalog import GroupsDoNotDivide, OutOfRange, UnknownArgument
from resdsl.ops.base import Kind, Weight, arg, kind
from resdsl.ops.fault import Fault
from resdsl.ops.types import (
    COUNT,
    EPS,
    FLAG,
    INIT,
    KERNEL,
    POSITIVE,
    SLID_PADDING,
    STEP,
    VECTOR_INIT,
)
from resdsl.ops.window import (
    SAME,
    Padding,
    Sizes,
    default_padding,
    even_padding,
    is_uneven,
    per_axis,
    slide,
    step,
)
from resdsl.values.language import Init, Symbol
from resdsl.values.shape import Shape

HE_NORMAL = Init("he_normal", ("fan_out",))
FAN_IN_UNIFORM = Init("fan_in_uniform")
ONES = Init("constant", (1,))


@kind("conv")
class Conv(Kind):
    """Convolution in one, two or three dimensions.

    `conv 7x7, 64, /2` is the paper's "7x7 conv, 64, /2". Input (channels, sizes…),
    output (out_channels, sizes…), each size floor((size + 2 * padding -
    dilation * (kernel - 1) - 1) / stride) + 1; with `padding=same`, TensorFlow's, it is
    ceil(size / stride). Has a bias unless a `bn` follows, with activations and the
    end of a merge that adds or concatenates at most between, or, in a merge's body,
    comes before.

    With `standardize=1e-6` the weights of each filter are used less their mean and over
    sqrt(variance + 1e-6) (Qiao et al. 2019), with `gain=1` also times a learned number
    over sqrt(numbers in the filter) (Brock et al. 2021).
    """

    kernel: Sizes = arg(KERNEL, positional=True, doc="extent of the window")
    out_channels: int = arg(COUNT, positional=True, doc="channels of the output")
    stride: Sizes = arg(STEP, 1, doc="step of the window, also written /n")
    padding: Padding = arg(
        SLID_PADDING,
        None,
        doc="on both sides; half the kernel where it is odd and overlaps",
    )
    dilation: Sizes = arg(STEP, 1, doc="distance between the taps of the window")
    groups: int = arg(COUNT, 1, doc="independent groups of channels")
    bias: bool | None = arg(FLAG, None, doc="add a bias; unless a bn makes it idle")
    weight_init: Init = arg(INIT, HE_NORMAL, doc="how the weight starts")
    bias_init: Init = arg(VECTOR_INIT, FAN_IN_UNIFORM, doc="how the bias starts")
    standardize: float | None = arg(
        EPS, None, doc="give each filter mean 0 and variance 1; added to the variance"
    )
    gain: float | None = arg(
        POSITIVE, None, doc="learn a factor a filter; times this / sqrt(numbers in it)"
    )
    gain_init: Init = arg(VECTOR_INIT, ONES, doc="how the gain starts")

    @property
    def same(self) -> bool:
        """Whether the padding is `same`, and not one number on both sides."""
        asked = isinstance(self.padding, Symbol)
        return asked and is_uneven(self.kernel, self.stride, self.dilation)

    @property
    def pad(self) -> Sizes:
        """The padding in force on both sides."""
        if isinstance(self.padding, Symbol):
            return 0 if self.same else even_padding(self.kernel, self.dilation)
        if self.padding is not None:
            return self.padding
        return default_padding(self.kernel, self.stride, self.dilation)

    def settled(self) -> dict[str, object]:
        """Every argument, with the padding in force."""
        return {**super().settled(), "padding": SAME if self.same else self.pad}

    def shape(self, x: Shape) -> Shape:
        """(out_channels, slid sizes).

        Raises:
            Fault: wrong rank, a kernel larger than its input, or groups that do not
                divide both channel counts.
        """
        window = (self.kernel, self.stride)
        spatial = (
            step("conv", x, *window, self.dilation)
            if self.same
            else slide("conv", x, *window, self.pad, self.dilation)
        )
        for side, channels in (("input", x.channels), ("output", self.out_channels)):
            if int(channels) % int(self.groups):
                raise Fault(
                    GroupsDoNotDivide,
                    f"groups={int(self.groups)} does not divide the {int(channels)} "
                    f"{side} channels",
                    found=f"{x} -> {int(self.out_channels)} channels",
                    expected=f"multiples of {int(self.groups)}",
                    hint=_divisor_hint(int(channels), int(self.groups)),
                )
        self._check_standard(x)
        return Shape(self.out_channels, spatial)

    def _check_standard(self, x: Shape) -> None:
        """Raise a Fault where a filter cannot be standardised."""
        if self.standardize is None:
            if self.gain is not None:
                message = "conv has a gain, and its filters are not standardised"
                hint = "add standardize=1e-6, or a 'gain' behind the convolution"
                raise Fault(UnknownArgument, message, hint=hint)
            return
        _, *filter_ = (int(extent) for extent in self.weights(x)[0].shape)
        if prod(filter_) == 1:
            message = "conv standardises filters of one number, which has no variance"
            raise Fault(OutOfRange, message, hint="use a larger kernel or fewer groups")

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        """`weight` (out, in / groups, kernel…), `bias` (out,), `gain` (out, 1, 1…)."""
        kernel = per_axis(self.kernel, x.rank)
        shape = (self.out_channels, x.channels // self.groups, *kernel)
        found = [Weight("weight", shape, self.weight_init)]
        if self.bias:
            found.append(Weight("bias", (self.out_channels,), self.bias_init))
        if self.gain is not None:
            ones = (1,) * (x.rank + 1)
            found.append(Weight("gain", (self.out_channels, *ones), self.gain_init))
        return tuple(found)

    def macs(self, x: Shape, y: Shape) -> int:
        """Output elements times the taps that each sums."""
        known = [size for size in y.spatial if isinstance(size, int)]
        taps = prod(int(k) for k in per_axis(self.kernel, x.rank))
        depth = int(x.channels) // int(self.groups)
        return int(self.out_channels) * prod(known) * depth * taps

    def window(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The dilated kernel and the stride."""
        kernel, dilation = per_axis(self.kernel, rank), per_axis(self.dilation, rank)
        extent = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
        return extent, per_axis(self.stride, rank)


def _divisor_hint(channels: int, groups: int) -> str:
    largest = min(groups, channels)
    nearby = range(largest, max(0, largest - 1000), -1)
    near = next((n for n in nearby if channels % n == 0), 0)
    return f"groups={near} divides {channels}" if near > 1 else ""
