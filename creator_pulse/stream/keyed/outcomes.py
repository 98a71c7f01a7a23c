"""The outcomes that the records of a batch have been given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.catalog.declaration.labels import OUTCOMES

if TYPE_CHECKING:
    from creator_pulse.stream.lanes.arrays import Mask, Times

COUNTED, PROGRESS, DUPLICATE, LATE, INVALID, TEST = range(len(OUTCOMES))
_ACCEPTED = np.array([name in {"counted", "progress", "late"} for name in OUTCOMES])


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch with its outcomes.

    Attributes:
        outcome: shape (n,), indexes into ``OUTCOMES``; ``progress`` is set by the streak fold.
        watermarks: shape (n + 1,): before each record, and after the last.
        pane_time: shape (n,): the watermark before the record; where there is none yet, the
            record's own time, of an invalid one Kafka's.
        event_time: shape (n,); 0 where invalid.
        highest: the largest time seen so far.
        ingest: shape (n,): when the gateway took the record, else Kafka's timestamp.
        conflicting: shape (n,): a duplicate of an event id that was accepted with another content.
        took: shape (n,): ms since the step before, -1 where it is not known; None where the topic has none.

    Example:
        >>> times, no = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.bool_)
        >>> outcome, marks = np.array([COUNTED, INVALID], dtype=np.int8), np.zeros(3, dtype=np.int64)
        >>> judged = Judged(outcome, marks, times, times, 0, times, no)
        >>> judged.accepted.tolist(), judged.rows(INVALID).tolist()
        ([True, False], [1])
    """

    outcome: npt.NDArray[np.int8]
    watermarks: Times
    pane_time: Times
    event_time: Times
    highest: int
    ingest: Times
    conflicting: Mask
    took: Times | None = None

    @property
    def accepted(self) -> Mask:
        """Where a record is counted, progress or late."""
        return _ACCEPTED[self.outcome]

    def rows(self, outcome: int) -> npt.NDArray[np.intp]:
        """Indexes of the records with an outcome."""
        return np.flatnonzero(self.outcome == outcome)
