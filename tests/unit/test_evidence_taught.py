"""Sums of blocks from before the first close teach what is usual, as if their slots had been closed."""

from __future__ import annotations

import numpy as np
import pytest

from creator_pulse.stream.catalog.declaration.signals import Signal
from creator_pulse.stream.errors import CatalogError
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


VALUE = Signal(
    "value",
    topic="gift",
    tool="gift",
    count="value",
    directions=("fall", "rise"),
    portion=1_000_000,
    help="value of gifts, of which few are dear",
)


def _dear_gifts(starts: np.ndarray, seed: int) -> np.ndarray:
    """Sums of ten seconds: two gifts a minute of 10,000, one in fifty of them of 1,000,000."""
    random = np.random.default_rng(seed)
    gifts = random.poisson(1 / 3, len(starts))
    dear: np.ndarray = random.binomial(gifts, 0.02)
    sums: np.ndarray = (gifts - dear) * 10_000 + dear * 1_000_000
    return sums


def _after_a_taught_week(closed_ms: int) -> Evidence:
    """A week of blocks that are taught, then slots that are closed one by one."""
    evidence, week = Evidence((VALUE,), "douyin"), 7 * DAY_MS
    blocks = np.arange(0, week, BLOCK_MS)
    sums = _dear_gifts(np.arange(0, week, 10_000), 1).reshape(-1, 30).sum(axis=1)
    evidence.teach("value", "CN", blocks, sums)
    evidence.close("gift", week)
    slots = np.arange(week, week + closed_ms, 10_000)
    values = _dear_gifts(slots, 2)
    for first in range(0, len(slots), 30):
        evidence.add_columns("value", "CN", slots[first : first + 30], values[first : first + 30])
        evidence.close("gift", int(slots[first]) + BLOCK_MS)
    return evidence


def test_a_taught_series_is_no_evidence_before_its_scatter_is_learnt() -> None:
    """Two gifts a minute: on the first day after a week of sums no minute without one has a score."""
    topic = _after_a_taught_week(DAY_MS)._topics["gift"]
    blocks = 7 * DAY_MS // BLOCK_MS + np.arange(DAY_MS // BLOCK_MS)
    assert topic.rings.peak[0, 0, blocks % topic.rings.peak.shape[-1]].max() == 0


def test_blocks_of_a_taught_series_teach_how_it_scatters() -> None:
    """After three days phi is at least the mean gift, 29,800: a silent minute says no more than its gifts."""
    topic = _after_a_taught_week(3 * DAY_MS)._topics["gift"]
    assert topic.learnt.phi[0, 0] >= 29_800


def test_dear_gifts_are_no_rise() -> None:
    """With one gift in fifty worth a hundred others, no window of two calm days comes near a page."""
    topic = _after_a_taught_week(3 * DAY_MS)._topics["gift"]
    blocks = 8 * DAY_MS // BLOCK_MS + np.arange(2 * DAY_MS // BLOCK_MS)
    assert topic.rings.peak[0, 0, blocks % topic.rings.peak.shape[-1]].max() < 10


def test_a_portion_is_one_or_more() -> None:
    """A record that adds nothing would make every rise a miracle."""
    with pytest.raises(CatalogError, match="adds 1 or more"):
        Signal("value", topic="gift", tool="gift", count="value", portion=0, help="value")
