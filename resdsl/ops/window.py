"""Sliding windows: the arithmetic that convolution and pooling share."""

from __future__ import annotations

from resdsl.core.catalog import Collapsed, KernelTooLarge, WrongRank
from resdsl.core.record import NamedTuple
from resdsl.ops.fault import Fault
from resdsl.values.language import Extent, Symbol
from resdsl.values.shape import Shape
from resdsl.values.sizes import Size, floordiv, plus

Sizes = int | Extent
Padding = int | Extent | Symbol | None
SAME = Symbol("same")
RANKS = {1: "1-D", 2: "2-D", 3: "3-D"}


def per_axis(value: Sizes, rank: int) -> tuple[int, ...]:
    """`value` for each of `rank` dimensions; one number stands for all."""
    return tuple(value) if isinstance(value, Extent) else (value,) * rank


def default_padding(kernel: Sizes, stride: Sizes, dilation: Sizes) -> Sizes:
    """Half the window for odd kernels that overlap, otherwise none.

    An odd window then keeps the size at stride 1 and gives ceil(size / stride)
    otherwise; even windows and windows that tile (kernel equal to stride) are unpadded.
    """
    if (
        isinstance(kernel, int)
        and isinstance(stride, int)
        and isinstance(dilation, int)
    ):
        return _half(kernel, stride, dilation)
    rank = max(len(v) for v in (kernel, stride, dilation) if isinstance(v, Extent))
    axes = zip(
        per_axis(kernel, rank),
        per_axis(stride, rank),
        per_axis(dilation, rank),
        strict=False,
    )
    halves = [_half(*axis) for axis in axes]
    return halves[0] if len(set(halves)) == 1 else Extent(halves)


def is_uneven(kernel: Sizes, stride: Sizes, dilation: Sizes) -> bool:
    """Whether `padding=same` depends on the input's size, or differs on both sides."""
    sizes = (kernel, stride, dilation)
    rank = max((len(v) for v in sizes if isinstance(v, Extent)), default=1)
    axes = zip(*(per_axis(size, rank) for size in sizes), strict=False)
    return any(k > 1 and (s > 1 or d * (k - 1) % 2) for k, s, d in axes)


def even_padding(kernel: Sizes, dilation: Sizes) -> Sizes:
    """What `padding=same` is on both sides of every size where it is not uneven."""
    if isinstance(kernel, int) and isinstance(dilation, int):
        return dilation * (kernel - 1) // 2
    rank = max(len(v) for v in (kernel, dilation) if isinstance(v, Extent))
    axes = zip(per_axis(kernel, rank), per_axis(dilation, rank), strict=False)
    return Extent(d * (k - 1) // 2 for k, d in axes)


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """What `padding=same` is before and behind a dimension of `size`."""
    places = -(-size // stride)
    total = max((places - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total // 2, total - total // 2


def _half(kernel: int, stride: int, dilation: int) -> int:
    if kernel % 2 == 0 or (kernel == stride and kernel != 1):
        return 0
    return kernel // 2 * dilation


def require_spatial(layer: str, x: Shape, *sizes: Sizes) -> None:
    """Check that `x` has spatial dimensions, as many as each extent has.

    Raises:
        Fault: `x` is a vector, or an extent has another rank.
    """
    if not x.rank:
        hint = f"use linear instead of {layer}" if layer == "conv" else ""
        message = f"{layer} needs spatial dimensions, but its input is a vector"
        raise Fault(WrongRank, message, found=str(x), hint=hint)
    for size in sizes:
        if isinstance(size, Extent) and len(size) != x.rank:
            first = str(int(size[0]))
            word = "x".join([first] * x.rank)
            any_rank = f"or {first} for every dimension" if x.rank > 1 else ""
            raise Fault(
                WrongRank,
                f"{layer} has {len(size)}-D extent {size}, its input is {x.rank}-D",
                found=f"{size} on {x}",
                expected=f"{x.rank} size{'s' * (x.rank > 1)}",
                hint=f"write {word}, {any_rank}".rstrip(", "),
            )


def slide(
    layer: str,
    x: Shape,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
) -> tuple[Size, ...]:
    """The spatial sizes after a window has slid over `x`.

    Raises:
        Fault: the ranks differ, the window is larger than the padded input, or
            nothing is left.
    """
    require_spatial(layer, x, kernel, stride, padding, dilation)
    numbers = (per_axis(n, x.rank) for n in (kernel, stride, padding, dilation))
    axes = [_Axis(*map(int, axis)) for axis in zip(*numbers, strict=True)]
    for size, axis in zip(x.spatial, axes, strict=True):
        if isinstance(size, int) and size + 2 * axis.padding < axis.extent:
            raise _too_large(layer, x, size, axis)
    sizes = zip(x.spatial, axes, strict=True)
    return tuple(_slide_axis(size, axis, ceil_mode) for size, axis in sizes)


def step(
    layer: str, x: Shape, kernel: Sizes, stride: Sizes, dilation: Sizes = 1
) -> tuple[Size, ...]:
    """The spatial sizes after a window has slid over `x` with `padding=same`.

    Raises:
        Fault: the ranks differ.
    """
    require_spatial(layer, x, kernel, stride, dilation)
    axes = zip(x.spatial, per_axis(stride, x.rank), strict=True)
    return tuple(floordiv(plus(size, int(n) - 1), int(n)) for size, n in axes)


class _Axis(NamedTuple):
    """A window along one dimension."""

    kernel: int
    stride: int
    padding: int
    dilation: int

    @property
    def extent(self) -> int:
        """From its first tap to its last."""
        return self.dilation * (self.kernel - 1) + 1


def _too_large(layer: str, x: Shape, size: int, axis: _Axis) -> Fault:
    padding = f" + 2 * {axis.padding} of padding" if axis.padding else ""
    return Fault(
        KernelTooLarge if axis.extent > 2 else Collapsed,
        f"{layer} needs {axis.extent} along a dimension that has {size}{padding}",
        found=str(x),
        expected=f"a size of at least {axis.extent - 2 * axis.padding}",
        hint="use a smaller kernel, more padding, or fewer strides before it",
    )


def _slide_axis(size: Size, axis: _Axis, ceil_mode: bool) -> Size:
    room = plus(size, 2 * axis.padding - axis.extent)
    rounding = axis.stride - 1 if ceil_mode else 0
    out = plus(floordiv(plus(room, rounding), axis.stride), 1)
    if ceil_mode and isinstance(out, int) and isinstance(size, int):
        # Torch's rule: a last window that would start in the right padding is dropped.
        out -= (out - 1) * axis.stride >= size + axis.padding
    return out
