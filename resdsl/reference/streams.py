"""Random numbers: a stream for each tensor, so that none depends on its neighbours."""

from __future__ import annotations

import numpy as np


def stream(seed: int, key: str) -> np.random.Generator:
    """The stream of the tensor called `key`.

    Raises:
        ValueError: `seed` is negative.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(key.encode()))
    return np.random.Generator(np.random.PCG64(sequence))
