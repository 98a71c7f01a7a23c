"""The outcome of each record of a batch: the first that matches, in the contract's order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from stream.catalog.labels import OUTCOMES
from stream.windows.dedup import DedupHorizon, hash_id
from stream.windows.watermark import NONE, Mask, Times, before_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stream.events.fields import Event
    from stream.settings import Settings

COUNTED, PROGRESS, DUPLICATE, LATE, INVALID, TEST = range(len(OUTCOMES))


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch with its outcomes.

    Attributes:
        outcome: shape (n,), indexes into ``OUTCOMES``; ``progress`` is set by the streak fold.
        watermarks: shape (n + 1,): before each record, and after the last.
        pane_time: shape (n,): the watermark before the record; where there is none yet, the
            record's own time.
        event_time: shape (n,); 0 where invalid.
        highest: the largest time seen so far.
    """

    outcome: npt.NDArray[np.int8]
    watermarks: Times
    pane_time: Times
    event_time: Times
    highest: int

    def rows(self, outcome: int) -> npt.NDArray[np.intp]:
        """Indexes of the records with an outcome."""
        return np.flatnonzero(self.outcome == outcome)


def judge(
    events: Sequence[Event | None],
    timestamps: Sequence[int],
    reasons: dict[int, str],
    highest: int,
    *,
    dedup: DedupHorizon,
    settings: Settings,
) -> Judged:
    """Give each record its outcome.

    Args:
        events: decoded; None where invalid.
        timestamps: Kafka's, ms: the ingest time where a record carries none.
        reasons: reason by index of the invalid ones; those with a time in the future are added.
        highest: the largest ``min(event_time, ingest time)`` before the batch, or ``NONE``.
        dedup: the partition's horizon; the ids accepted here are added.
        settings: out-of-orderness, lateness, future limit.
    """
    count = len(events)
    event_time = np.fromiter((0 if e is None else e.event_time for e in events), np.int64, count)
    ingest = np.fromiter(
        (
            t if e is None or e.ingest_time is None else e.ingest_time
            for e, t in zip(events, timestamps, strict=True)
        ),
        np.int64,
        count,
    )
    valid: Mask = np.ones(count, dtype=np.bool_)
    valid[list(reasons)] = False
    future = valid & (event_time - ingest > settings.future_limit_ms)
    reasons.update(dict.fromkeys(np.flatnonzero(future).tolist(), "future_time"))
    valid &= ~future

    times = np.minimum(event_time, ingest)
    watermarks, highest = before_each(times, valid, highest, settings.out_of_orderness_ms)
    before = watermarks[:-1]
    outcome = np.full(count, COUNTED, dtype=np.int8)
    outcome[~valid] = INVALID
    test = valid & np.fromiter((e is not None and e.is_test is True for e in events), np.bool_, count)
    outcome[test] = TEST

    candidates = np.flatnonzero(outcome == COUNTED)
    hashes = [hash_id(events[row].event_id) for row in candidates.tolist()]  # type: ignore[union-attr]
    after = watermarks[1:][candidates].tolist()
    again = np.array(dedup.check(hashes, before[candidates].tolist(), after), dtype=np.bool_)
    outcome[candidates[again]] = DUPLICATE
    outcome[(outcome == COUNTED) & (event_time < before - settings.allowed_lateness_ms)] = LATE

    pane_time = np.where(
        before == NONE, np.where(valid, times, np.asarray(timestamps, dtype=np.int64)), before
    )
    return Judged(outcome, watermarks, pane_time, event_time, highest)
