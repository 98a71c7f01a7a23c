"""Sums of blocks from before the first close teach what is usual, as if their slots had been closed."""

from __future__ import annotations

import numpy as np
import pytest

from creator_pulse.stream.catalog.declaration.signals import Signal
from creator_pulse.stream.evidence.evidence import Evidence

BLOCK_MS, HOUR_MS, DAY_MS = 300_000, 3_600_000, 86_400_000
GIFTS = Signal("gifts", topic="gift", tool="gift", count="gifts", help="gifts")
END_MS = 21 * DAY_MS


def _volume(starts: np.ndarray) -> np.ndarray:
    """A hundred in five minutes by night, three hundred by day: an hour by hour pattern without chance."""
    return np.where(starts % DAY_MS < DAY_MS // 2, 100, 300)


def _closed_since(since_ms: int, *, taught: bool) -> Evidence:
    evidence = Evidence((GIFTS,), "tiktok")
    before = np.arange(0, since_ms, BLOCK_MS)
    if taught:
        evidence.teach("gifts", "US", before, _volume(before))
    evidence.close("gift", since_ms)
    for start in range(since_ms, END_MS, BLOCK_MS):
        evidence.add("gifts", "US", start, int(_volume(np.array([start]))[0]))
        evidence.close("gift", start + BLOCK_MS)
    return evidence


def _history(evidence: Evidence) -> str:
    return next(verdict.history for verdict in evidence.verdicts())


def test_weeks_that_were_taught_are_known() -> None:
    """After three weeks of sums two hours of slots know weeks, and without them an hour."""
    since = END_MS - 2 * HOUR_MS
    assert _history(_closed_since(since, taught=True)) == "weeks"
    assert _history(_closed_since(since, taught=False)) == "hour"


def test_what_was_taught_is_expected() -> None:
    """The evening is expected at three hundred in five minutes, as on each day before."""
    evidence = Evidence((GIFTS,), "tiktok")
    evening = 20 * DAY_MS + 18 * HOUR_MS
    before = np.arange(0, evening, BLOCK_MS)
    evidence.teach("gifts", "US", before, _volume(before))
    evidence.close("gift", evening)
    evidence.add("gifts", "US", evening, 300)
    evidence.close("gift", evening + BLOCK_MS)
    state = evidence._topics["gift"].open
    assert state.usual[0, 0] == pytest.approx(300, rel=0.01)


def test_what_was_taught_outlives_a_restart() -> None:
    """Its blocks are in the changelog with all others."""
    taught = _closed_since(END_MS - 2 * HOUR_MS, taught=True)
    again = Evidence((GIFTS,), "tiktok")
    for key, value in taught.drain():
        again.restore(key, value)
    again.resume()
    assert (
        again._topics["gift"].history.blocks[0, 0].tolist()
        == taught._topics["gift"].history.blocks[0, 0].tolist()
    )
    assert _history(again) == "weeks"
