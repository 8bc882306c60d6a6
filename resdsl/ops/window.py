"""Sliding windows: the arithmetic that convolution and pooling share."""

from __future__ import annotations

from resdsl.core.catalog import Collapsed, KernelTooLarge, WrongRank
from resdsl.ops.fault import Fault
from resdsl.values.language import Extent
from resdsl.values.shape import Shape
from resdsl.values.sizes import Size, Sym, floordiv, plus

Sizes = int | Extent
RANKS = {1: "1-D", 2: "2-D", 3: "3-D"}


def per_axis(value: Sizes, rank: int) -> tuple[int, ...]:
    """`value` for each of `rank` dimensions; one number stands for all."""
    return tuple(value) if isinstance(value, Extent) else (value,) * rank


def default_padding(kernel: Sizes, stride: Sizes, dilation: Sizes) -> Sizes:
    """Half the window for odd kernels that overlap, otherwise none.

    An odd window then keeps the size at stride 1 and gives ceil(size / stride)
    otherwise; even windows and windows that tile (kernel equal to stride) are unpadded.
    """
    if isinstance(kernel, int) and isinstance(stride, int) and isinstance(dilation, int):
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


def _half(kernel: int, stride: int, dilation: int) -> int:
    if kernel % 2 == 0 or kernel == stride or kernel == 1:
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
            word = "x".join(str(int(size[0])) for _ in range(x.rank))
            raise Fault(
                WrongRank,
                f"{layer} has {len(size)}-D extent {size}, its input is {x.rank}-D",
                found=f"{size} on {x}",
                expected=f"{x.rank} sizes",
                hint=f"write {word}, or {int(size[0])} for every dimension",
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
    axes = zip(
        x.spatial,
        per_axis(kernel, x.rank),
        per_axis(stride, x.rank),
        per_axis(padding, x.rank),
        per_axis(dilation, x.rank),
        strict=True,
    )
    return tuple(
        _slide_axis(layer, x, *(n if isinstance(n, Sym) else int(n) for n in axis), ceil_mode)
        for axis in axes
    )


def _slide_axis(
    layer: str,
    x: Shape,
    size: Size,
    kernel: Size,
    stride: Size,
    padding: Size,
    dilation: Size,
    ceil_mode: bool,
) -> Size:
    assert isinstance(kernel, int) and isinstance(stride, int)
    assert isinstance(padding, int) and isinstance(dilation, int)
    extent = dilation * (kernel - 1) + 1
    room = plus(size, 2 * padding - extent)
    if isinstance(room, int) and room < 0:
        raise Fault(
            KernelTooLarge if extent > 2 else Collapsed,
            f"{layer} needs {extent} along a dimension that has {size}"
            + (f" + 2 * {padding} of padding" if padding else ""),
            found=str(x),
            expected=f"a size of at least {extent - 2 * padding}",
            hint="use a smaller kernel, more padding, or fewer strides before it",
        )
    out = plus(floordiv(plus(room, stride - 1 if ceil_mode else 0), stride), 1)
    # Torch's rule: a last window that would start in the right padding is dropped.
    if (
        ceil_mode
        and isinstance(out, int)
        and isinstance(size, int)
        and (out - 1) * stride >= size + padding
    ):
        out -= 1
    return out
