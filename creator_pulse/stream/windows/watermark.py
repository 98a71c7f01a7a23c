"""The log's watermark: a function of the records at lower offsets, never of a clock."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NONE = -(2**60)
"""No valid record has been seen; far enough from the edge of 64 bits to subtract a lateness."""


def before_each(times: Times, valid: Mask, highest: int, out_of_orderness_ms: int) -> tuple[Times, int]:
    """The watermark before each record of a batch.

    Contract section 3: the largest ``min(event_time, ingest time)`` of the valid records at lower
    offsets, minus the out-of-orderness.

    Args:
        times: ``min(event_time, ingest time)``, shape (n,), ms; anything where not valid.
        valid: which records are valid, shape (n,).
        highest: the largest such time before the batch, or ``NONE``.
        out_of_orderness_ms: >= 0.

    Returns:
        shape (n + 1,): before each record, and after the last one (``NONE`` where there is none);
        and the new highest time.
    """
    seen = np.empty(len(times) + 1, dtype=np.int64)
    seen[0] = highest
    seen[1:] = np.where(valid, times, NONE)
    np.maximum.accumulate(seen, out=seen)
    return np.where(seen == NONE, NONE, seen - out_of_orderness_ms), int(seen[-1])
