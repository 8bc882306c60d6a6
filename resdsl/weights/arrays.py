"""Weights as a mapping, of which each array is made or read when it is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[Any]]
"""Arrays by the names, and in the layouts, of the checkpoint."""
_AHEAD = 2


class Lazy(Weights):
    """Weights that lie elsewhere: their shapes are known, their numbers come late.

    Going through `items()` holds one array at a time.
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        get: Callable[[str], NDArray[Any]],
    ) -> None:
        self.shapes = shapes
        self._get = get

    def __getitem__(self, key: str) -> NDArray[Any]:
        if key not in self.shapes:
            raise KeyError(key)
        return self._get(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


def ahead(weights: Weights, keys: Iterable[str]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Each array, while the next two are drawn or read: three are in memory at most."""
    coming: deque[tuple[str, Future[NDArray[Any]]]] = deque()
    with ThreadPoolExecutor(_AHEAD) as pool:
        for key in keys:
            coming.append((key, pool.submit(weights.__getitem__, key)))
            if len(coming) > _AHEAD:
                name, array = coming.popleft()
                yield name, array.result()
        for name, array in coming:
            yield name, array.result()


def shapes_of(weights: Weights) -> Mapping[str, tuple[int, ...]]:
    """The shape of every array, none of which is made or read for that."""
    if isinstance(weights, Lazy):
        return weights.shapes
    return {key: np.shape(value) for key, value in weights.items()}
