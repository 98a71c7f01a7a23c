"""Sizes as buckets: how large records were, within 2 %, as integers that add up.

The buckets of a DDSketch with gamma = 1.04, with bounds that are integers: the first bucket holds 0 and
less, then each begins after the one before and ends at 1.04 times its beginning, rounded down. So each
integer below 25 has a bucket of its own, no two integers of a bucket are further apart than 4 %, and
the same records give the same buckets on every machine and in any order.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BUCKET = "bucket"
"""The label that a measure with ``Measure.bucket`` has: the place of a record's size."""
_LARGEST = 2**62


def _bounds() -> list[tuple[int, int]]:
    bounds = [(0, 0)]
    while bounds[-1][1] < _LARGEST:
        first = bounds[-1][1] + 1
        bounds.append((first, first * 104 // 100))
    return bounds


_BOUNDS = _bounds()
_LAST = np.array([last for _, last in _BOUNDS[:-1]], dtype=np.int64)


def bucket_of(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """The bucket of each size.

    Args:
        sizes: shape (n,), any integers; negative ones count as 0.
    """
    # The first bucket whose last size is not below the size; beyond all bounds it is the last bucket.
    buckets: npt.NDArray[np.int32] = np.searchsorted(_LAST, sizes).astype(np.int32)
    return buckets


def middle(place: int) -> tuple[int, int]:
    """What stands for a bucket, as a fraction: at most 2 % from each integer in it.

    Args:
        place: index of the bucket, as ``bucket_of`` returns it.

    Returns:
        numerator and denominator.
    """
    first, last = _BOUNDS[place]
    # Harmonic mean of the bounds: as far from both in relation to them, (last - first) / (last + first).
    return 2 * first * last, max(1, first + last)
