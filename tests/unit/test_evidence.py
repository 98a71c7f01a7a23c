"""Evidence: the same increments give the same verdicts, and what is usual is not moved by nonsense."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.stream.catalog.declaration.signals import Signal
from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.catalog.signals import PIPELINE_SIGNALS, SIGNALS
from creator_pulse.stream.evidence.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.stream.evidence.verdict import Verdict

MINUTE, HOUR, DAY, WEEK = 60_000, 3_600_000, 86_400_000, 604_800_000
START = 2_800 * WEEK
GIFTS = Signal("gifts", topic="gift", tool="gift", count="gifts", directions=("fall", "rise"), help="gifts")
FAILED = Signal(
    "failed",
    topic="purchase",
    tool="commerce",
    count="failures",
    of=("failures", "successes"),
    directions=("rise",),
    most=0.05,
    help="failures",
)


def feed(
    evidence: Evidence,
    begin: int,
    end: int,
    rate: Callable[[int], float],
    measures: Sequence[str] = ("gifts",),
    topic: str = "gift",
) -> None:
    """Count ``rate(time)`` a minute, rounded, from the minute of ``begin`` up to ``end``; closed each day."""
    for day in range(begin, end, DAY):
        starts = np.arange(day, min(day + DAY, end), MINUTE)
        for measure in measures:
            totals = np.array([round(rate(start)) for start in starts.tolist()])
            evidence.add_columns(measure, "US", starts, totals)
        evidence.close(topic, int(starts[-1]) + MINUTE)


def verdict(
    evidence: Evidence, signal: str = "gifts", region: str = "", speed: str = "fast", direction: str = "fall"
) -> Verdict:
    """The one verdict of a series."""
    (found,) = (
        each
        for each in evidence.verdicts()
        if (each.signal, each.region, each.speed, each.direction) == (signal, region, speed, direction)
    )
    return found


def cycle(time_ms: int) -> float:
    """A day of 60 to 140 a minute."""
    return 100 + 40 * float(np.cos(2 * np.pi * time_ms / DAY))


@cache
def changelog(days: int) -> dict[bytes, bytes]:
    """What evidence in minutes has written down after some days of the cycle."""
    evidence = Evidence((GIFTS,), "tiktok", step_ms=MINUTE)
    feed(evidence, START, START + days * DAY, cycle)
    return dict(evidence.drain())


def taught(days: int) -> Evidence:
    """Evidence in minutes that has seen some days of the cycle."""
    evidence = Evidence((GIFTS,), "tiktok", step_ms=MINUTE)
    for key, value in changelog(days).items():
        evidence.restore(key, value)
    evidence.resume()
    return evidence


def test_every_measure_of_a_signal_is_declared_with_its_topic() -> None:
    """And is a sum by app and region, or by topic for the pipeline."""
    for signal in SIGNALS:
        for name in signal.measures:
            assert (MEASURES[name].topic, MEASURES[name].labels) == (signal.topic, ("app", "region")), name
    for signal in PIPELINE_SIGNALS:
        for name in signal.measures:
            assert (MEASURES[name].topic, MEASURES[name].labels) == ("*", ("topic",)), name


def test_the_expectation_of_weeks_is_the_time_of_the_week() -> None:
    """After two weeks of a day's cycle, what is expected a minute is the cycle."""
    evidence = taught(16)
    assert verdict(evidence).history == "weeks"
    assert verdict(evidence).expected == pytest.approx(140, rel=0.02)


def test_a_total_loss_is_evidence_at_once_and_says_since_when() -> None:
    """Of 140 a minute nothing comes: the first minute alone passes the bar of 8."""
    evidence = taught(16)
    end = START + 16 * DAY
    evidence.close("gift", end + MINUTE)
    fall = verdict(evidence)
    assert fall.score > 8
    assert (fall.seen, fall.left, fall.since_ms) == (0, 0, end)


def test_a_poisoned_hour_moves_no_expectation() -> None:
    """An hour a thousandfold moves the expectation by less than 3 %, at once and a week later."""
    evidence, end = taught(16), START + 16 * DAY
    feed(evidence, end, end + HOUR, lambda time: 1_000 * cycle(time))
    feed(evidence, end + HOUR, end + 2 * HOUR, cycle)
    assert verdict(evidence).expected == pytest.approx(cycle(end + 2 * HOUR), rel=0.03)
    feed(evidence, end + 2 * HOUR, end + WEEK + HOUR // 2, cycle)
    assert verdict(evidence).expected == pytest.approx(cycle(end + HOUR // 2), rel=0.03)


def test_batching_changes_nothing() -> None:
    """Minute by minute with a close each, or by day: the same verdicts to the bit."""
    random = np.random.default_rng(3)
    starts = np.arange(START, START + 2 * DAY, MINUTE)
    totals = random.poisson([cycle(start) for start in starts.tolist()])
    single, bulk = (Evidence((GIFTS,), "tiktok", step_ms=MINUTE) for _ in range(2))
    for start, total in zip(starts.tolist(), totals.tolist(), strict=True):
        single.add("gifts", "US", start, total)
        single.close("gift", start + MINUTE)
    bulk.add_columns("gifts", "US", starts, totals)
    for end in range(START + DAY, START + 2 * DAY + 1, DAY):
        bulk.close("gift", end)
    assert list(single.verdicts()) == list(bulk.verdicts())


def test_a_crash_changes_nothing() -> None:
    """Drained and restored in the middle of a block, with late and early increments: the same to the bit."""
    random = np.random.default_rng(5)

    def play(evidence: Evidence, begin: int, end: int, random: np.random.Generator) -> None:
        for start in range(begin, end, MINUTE):
            evidence.add("gifts", "US", start, int(random.poisson(cycle(start))))
            evidence.add("gifts", "JP", start - int(random.integers(0, 3)) * HOUR, 40)
            evidence.add("gifts", "JP", start + 2 * DAY, 1)
            evidence.close("gift", start + MINUTE)

    whole = Evidence((GIFTS,), "tiktok", step_ms=MINUTE)
    middle, end = START + DAY + 137 * MINUTE, START + 2 * DAY + 61 * MINUTE
    log: dict[bytes, bytes] = {}
    for begin in range(START, middle, 97 * MINUTE):
        play(whole, begin, min(begin + 97 * MINUTE, middle), random)
        log.update(whole.drain())
    again = Evidence((GIFTS,), "tiktok", step_ms=MINUTE)
    for key, value in log.items():
        again.restore(key, value)
    again.resume()
    assert list(again.verdicts()) == list(whole.verdicts())
    for evidence in (whole, again):
        play(evidence, middle, end, np.random.default_rng(7))
    assert list(again.verdicts()) == list(whole.verdicts())


def test_a_share_is_held_against_its_bound_from_the_first_hour() -> None:
    """Forty of a hundred checkouts fail in the first hour: with a bound of 5 % that is evidence."""
    evidence = Evidence((FAILED,), "tiktok", step_ms=MINUTE)
    for start in range(START, START + 10 * MINUTE, MINUTE):
        evidence.add("failures", "US", start, 40)
        evidence.add("successes", "US", start, 60)
        evidence.close("purchase", start + MINUTE)
    rise = verdict(evidence, "failed", direction="rise")
    assert rise.score > 8
    assert rise.history == "none"
