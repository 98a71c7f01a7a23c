"""Judging a batch: the first outcome that matches, in the contract's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.events.fields import EVENT_TIME, INGEST_TIME, IS_TEST, YEARS
from creator_pulse.stream.keyed.outcomes import COUNTED, DUPLICATE, INVALID, LATE, TEST, Judged
from creator_pulse.stream.lanes.watermark import NONE, before_each
from creator_pulse.stream.native.ids import CONFLICTING, NEW

if TYPE_CHECKING:
    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.keyed.dedup import DedupHorizon
    from creator_pulse.stream.keyed.paths import Paths
    from creator_pulse.stream.lanes.arrays import Mask, Times
    from creator_pulse.stream.settings import Settings


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
    # Where a record could not be read its columns hold leftovers of the parser.
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
    # watermarks[i] holds before record i, watermarks[i + 1] after it.
    watermarks, highest = before_each(times, valid, highest, settings.out_of_orderness_ms)
    before = watermarks[:-1]
    outcome = np.full(len(decoded), COUNTED, dtype=np.int8)
    outcome[~valid] = INVALID
    outcome[valid & (decoded.ints(IS_TEST) == 1)] = TEST

    candidates = np.flatnonzero(outcome == COUNTED)
    # Duplicates are looked for among what would count: a test or invalid record takes no id.
    verdicts = dedup.check(decoded.ids, candidates, before, watermarks[1:], decoded.contents(candidates))
    outcome[candidates[verdicts != NEW]] = DUPLICATE
    conflicting = np.zeros(len(decoded), dtype=np.bool_)
    conflicting[candidates[verdicts == CONFLICTING]] = True
    if stepped is not None:
        # What it is about remembers the step for longer than the horizon remembers the id.
        outcome[stepped & (outcome == COUNTED)] = DUPLICATE
    # Last, as a late record's id is accepted: sent once more it is a duplicate, not late twice.
    outcome[(outcome == COUNTED) & (event_time < before - settings.allowed_lateness_ms)] = LATE

    # Until a partition has an event time, only Kafka's is left: whatever it says, within the years that are.
    stamped = np.clip(timestamps, *YEARS)
    pane_time = np.where(before == NONE, np.where(valid, times, stamped), before)
    return Judged(outcome, watermarks, pane_time, event_time, highest, ingest, conflicting, took)
