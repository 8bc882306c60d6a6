"""Layers that change the order of memory, or make positions a sequence."""

from __future__ import annotations

from resdsl.ops.base import Kind, kind
from resdsl.ops.order import LAST
from resdsl.ops.window import require_spatial
from resdsl.values.shape import Shape


@kind("channels_last")
class ChannelsLast(Kind):
    """Puts the channels behind the sizes: (c, h, w) to (h, w, c). No number changes.

    Then `linear` acts at each position, as transformers and ConvNeXt have it.
    """

    overwritable = False  # a view

    def shape(self, x: Shape) -> Shape:
        """(sizes…, channels).

        Raises:
            Fault: the input is a vector.
        """
        require_spatial(self.name, x)
        return x._replace(last=True)


@kind("channels_first")
class ChannelsFirst(Kind):
    """Puts the channels before the sizes: (h, w, c) to (c, h, w). No number changes."""

    overwritable = False  # a view
    orders = LAST

    def shape(self, x: Shape) -> Shape:
        """(channels, sizes…)."""
        return x._replace(last=False)
