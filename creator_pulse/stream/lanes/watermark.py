"""The log's watermark: a function of the records at lower offsets, never of a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from creator_pulse.stream.lanes.arrays import Mask, Times

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
        out_of_orderness_ms: how far the watermark stays behind, >= 0.

    Returns:
        shape (n + 1,): before each record, and after the last one (``NONE`` where there is none);
        and the new highest time.

    Example:
        >>> times, valid = np.array([5_000, 3_000, 9_000]), np.array([True, True, True])
        >>> watermarks, highest = before_each(times, valid, 4_000, 2_000)
        >>> watermarks.tolist(), highest
        ([2000, 3000, 3000, 7000], 9000)
    """
    # One place more than records: marks[i] is the largest time below record i, marks[n] that after the last
    # one.
    marks = np.empty(len(times) + 1, dtype=np.int64)
    marks[0] = highest
    marks[1:] = np.where(valid, times, NONE)
    np.maximum.accumulate(marks, out=marks)
    # NONE stays NONE: minus a lateness it would look like a time.
    return np.where(marks == NONE, NONE, marks - out_of_orderness_ms), int(marks[-1])
