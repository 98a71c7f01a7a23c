"""Hidden keys: an identity is named by a hash, and several keys of a row by one hash of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.native import hash_key

Keys = npt.NDArray[np.uint64]
NOBODY = np.array(hash_key.NOBODY, dtype=np.uint64)
"""What stands for the ids of records that carry none, and of events without a creator."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


def together(keys: Keys) -> Keys:
    """One hash for each row of keys, shape (n,).

    Args:
        keys: shape (n, k), k at least 1: a column for each label.
    """
    # Of one column the key is its own hash. Multiply and shift as in splitmix64; order of columns matters.
    mixed: Keys = keys[:, 0]
    for place in range(1, keys.shape[1]):
        mixed = mixed * _MIX
        mixed = ((mixed ^ (mixed >> _HALF)) ^ keys[:, place]) * _MIX
    return mixed
