"""The outcome of each record of a batch: the first that matches, in the contract's order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.catalog.declaration.labels import OUTCOMES
from creator_pulse.stream.events.fields import EVENT_TIME, INGEST_TIME, IS_TEST, YEARS
from creator_pulse.stream.native.ids import CONFLICTING, NEW
from creator_pulse.stream.windows.watermark import NONE, Mask, Times, before_each

if TYPE_CHECKING:
    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.windows.dedup import DedupHorizon
    from creator_pulse.stream.windows.paths import Paths

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


def judge(
    decoded: Decoded,
    timestamps: Times,
    highest: int,
    *,
    dedup: DedupHorizon,
    settings: Settings,
    paths: Paths | None = None,
) -> Judged:
    """Give each record its outcome.

    Args:
        decoded: the records; those with a time in the future, and illegal steps,
            are added to its reasons.
        timestamps: Kafka's, ms: the ingest time where a record carries none.
        highest: the largest ``min(event_time, ingest time)`` before the batch, or ``NONE``.
        dedup: the partition's horizon; the ids accepted here are added.
        settings: out-of-orderness, lateness, future limit.
        paths: of the partition; the steps that are valid here are taken.
    """
    read = decoded.kind >= 0
    event_time = np.where(read, decoded.ints(EVENT_TIME), 0)
    ingest = np.where(read & decoded.there(INGEST_TIME), decoded.ints(INGEST_TIME), timestamps)
    valid: Mask = read.copy()
    valid[list(decoded.reasons)] = False
    # Kafka's timestamp is the one clock that the broker vouches for. One near the edge of 64 bits wraps, and
    # then supports nothing.
    limit = timestamps + settings.future_limit_ms
    future = valid & (
        (np.maximum(event_time, ingest) > limit) | (event_time - ingest > settings.future_limit_ms)
    )
    decoded.reasons.update(dict.fromkeys(np.flatnonzero(future).tolist(), "future_time"))
    valid &= ~future

    times = np.minimum(event_time, ingest)
    took, stepped = (None, None) if paths is None else paths.step(decoded, valid, times, highest)
    watermarks, highest = before_each(times, valid, highest, settings.out_of_orderness_ms)
    before = watermarks[:-1]
    outcome = np.full(len(decoded), COUNTED, dtype=np.int8)
    outcome[~valid] = INVALID
    outcome[valid & (decoded.ints(IS_TEST) == 1)] = TEST

    candidates = np.flatnonzero(outcome == COUNTED)
    found = dedup.check(decoded.ids, candidates, before, watermarks[1:], decoded.contents(candidates))
    outcome[candidates[found != NEW]] = DUPLICATE
    conflicting = np.zeros(len(decoded), dtype=np.bool_)
    conflicting[candidates[found == CONFLICTING]] = True
    if stepped is not None:
        # What it is about remembers the step for longer than the horizon remembers the id.
        outcome[stepped & (outcome == COUNTED)] = DUPLICATE
    outcome[(outcome == COUNTED) & (event_time < before - settings.allowed_lateness_ms)] = LATE

    # Until a partition has an event time, only Kafka's is left: whatever it says, within the years that are.
    stamped = np.clip(timestamps, *YEARS)
    pane_time = np.where(before == NONE, np.where(valid, times, stamped), before)
    return Judged(outcome, watermarks, pane_time, event_time, highest, ingest, conflicting, took)
