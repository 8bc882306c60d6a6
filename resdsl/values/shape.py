"""The shape of one example: channels and spatial sizes. The batch is not written."""

from __future__ import annotations

from resdsl.core.record import NamedTuple
from resdsl.values.sizes import Size


class Shape(NamedTuple):
    """`channels` and the spatial sizes: none for a vector, two for an image."""

    channels: int
    spatial: tuple[Size, ...] = ()
    last: bool = False
    """Whether the channels are behind the sizes in memory; never so for a vector."""

    @property
    def rank(self) -> int:
        """The number of spatial dimensions."""
        return len(self.spatial)

    @property
    def sizes(self) -> tuple[Size, ...]:
        """All of them in the order of memory; plain numbers have no formula here."""
        channels = int(self.channels)
        return (*self.spatial, channels) if self.last else (channels, *self.spatial)

    def __str__(self) -> str:
        sizes = [str(size) for size in self.sizes]
        return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
