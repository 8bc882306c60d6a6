"""The shape of one example: channels, then spatial sizes. The batch is not written."""

from __future__ import annotations

from resdsl.core.record import NamedTuple
from resdsl.values.sizes import Size


class Shape(NamedTuple):
    """`channels` and the spatial sizes: none for a vector, two for an image."""

    channels: int
    spatial: tuple[Size, ...] = ()

    @property
    def rank(self) -> int:
        """The number of spatial dimensions."""
        return len(self.spatial)

    def __str__(self) -> str:
        sizes = [str(int(self.channels)), *(str(s) for s in self.spatial)]
        return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
