"""Evidence: the same increments give the same verdicts, and what is usual is not moved by nonsense."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.stream.catalog.declaration.signals import PAGE_SCORE, TICKET_SCORE, Signal
from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.catalog.signals import PIPELINE_SIGNALS, SIGNALS
from creator_pulse.stream.evidence.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.stream.evidence.verdict import SignalVerdict

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
) -> SignalVerdict:
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


@pytest.mark.slow
def test_the_expectation_of_weeks_is_the_time_of_the_week() -> None:
    """After two weeks of a day's cycle, what is expected a minute is the cycle."""
    evidence = taught(16)
    assert verdict(evidence).history == "weeks"
    assert verdict(evidence).expected == pytest.approx(140, rel=0.02)


@pytest.mark.slow
def test_a_total_loss_is_evidence_at_once_and_says_since_when() -> None:
    """Of 140 a minute nothing comes: the first minute alone passes the bar of 8."""
    evidence = taught(16)
    end = START + 16 * DAY
    evidence.close("gift", end + MINUTE)
    fall = verdict(evidence)
    assert fall.score > 8
    assert (fall.seen, fall.left, fall.since_ms) == (0, 0, end)


@pytest.mark.slow
def test_a_poisoned_hour_moves_no_expectation() -> None:
    """An hour a thousandfold moves the expectation by less than 3 %, at once and a week later."""
    evidence, end = taught(16), START + 16 * DAY
    feed(evidence, end, end + HOUR, lambda time: 1_000 * cycle(time))
    feed(evidence, end + HOUR, end + 2 * HOUR, cycle)
    assert verdict(evidence).expected == pytest.approx(cycle(end + 2 * HOUR), rel=0.03)
    feed(evidence, end + 2 * HOUR, end + WEEK + HOUR // 2, cycle)
    assert verdict(evidence).expected == pytest.approx(cycle(end + HOUR // 2), rel=0.03)


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_failures_that_are_usual_keep_no_page_open() -> None:
    """Half of a hundred checkouts fail for 20 minutes, then 7: five minutes later the loss counts no more."""
    evidence = Evidence((FAILED,), "tiktok", step_ms=MINUTE)
    for minute in range(25):
        failed = 50 if minute < 20 else 7
        evidence.add("failures", "US", START + minute * MINUTE, failed)
        evidence.add("successes", "US", START + minute * MINUTE, 100 - failed)
        evidence.close("purchase", START + (minute + 1) * MINUTE)
    assert verdict(evidence, "failed", direction="rise").score == 0


@pytest.mark.slow
def test_an_announced_sale_of_one_tool_raises_what_is_expected_of_it_alone() -> None:
    """Threefold orders on a day announced as threefold: no rise of orders, nothing about gifts."""
    orders = Signal(
        "orders",
        topic="purchase",
        tool="commerce",
        count="orders",
        directions=("fall", "rise"),
        help="orders",
    )
    evidence = Evidence((GIFTS, orders), "tiktok", step_ms=MINUTE)
    sale = START + 8 * DAY
    evidence.calendar(lambda tool, time: 3.0 if tool == "commerce" and sale <= time < sale + DAY else 1.0)
    feed(evidence, START, sale, cycle, ("gifts",), "gift")
    feed(evidence, START, sale, cycle, ("orders",), "purchase")
    feed(evidence, sale, sale + HOUR, cycle, ("gifts",), "gift")
    feed(evidence, sale, sale + HOUR, lambda time: 3 * cycle(time), ("orders",), "purchase")
    assert max(each.score for each in evidence.verdicts() if each.speed == "fast") == 0


@pytest.mark.slow
def test_an_outage_in_a_sale_is_found_all_the_same() -> None:
    """Nothing comes on a day that is announced as threefold: that is a fall from the usual."""
    evidence = taught(16)
    end = START + 16 * DAY
    evidence.calendar(lambda _tool, time: 3.0 if time >= end else 1.0)
    evidence.close("gift", end + 2 * MINUTE)
    assert verdict(evidence).score > 8


@pytest.mark.slow
def test_a_sale_that_sells_less_than_announced_is_no_fall() -> None:
    """A third more than usual comes for six hours of a day that is announced as threefold."""
    evidence = taught(16)
    sale = START + 16 * DAY
    evidence.calendar(lambda _tool, time: 3.0 if sale <= time < sale + DAY else 1.0)
    worst = 0.0
    for hour in range(sale, sale + 6 * HOUR, HOUR):
        feed(evidence, hour, hour + HOUR, lambda time: 4 / 3 * cycle(time))
        worst = max(worst, verdict(evidence).score)
    assert worst < 5


@pytest.mark.slow
def test_a_sale_that_fades_before_its_announced_end_is_no_fall() -> None:
    """On a day that is announced as threefold sales go back to the usual in the last 45 minutes."""
    evidence = taught(16)
    sale, end = START + 16 * DAY, START + 17 * DAY
    evidence.calendar(lambda _tool, time: 3.0 if sale <= time < end else 1.0)
    fades = end - 45 * MINUTE

    def rate(time: int) -> float:
        return (1 + 2 * min(1.0, (end - time) / (end - fades))) * cycle(time)

    feed(evidence, sale, fades, rate)
    worst = 0.0
    for minute in range(fades, end, MINUTE):
        feed(evidence, minute, minute + MINUTE, rate)
        worst = max(worst, verdict(evidence).score)
    assert worst < 5


@pytest.mark.slow
def test_fewer_viewers_make_fewer_gifts_and_one_alert() -> None:
    """Viewers and gifts fall by half together: after twenty minutes the fall is that of viewers alone."""
    gifts = Signal("gifts", topic="gift", tool="gift", count="gifts", by_viewers=True, help="gifts")
    viewing = Signal("viewing", topic="watch", tool="all", count="viewing", help="viewing time")
    evidence = Evidence((gifts, viewing), "tiktok", step_ms=MINUTE)
    end = START + 8 * DAY
    for day in range(START, end, DAY):
        feed(evidence, day, day + DAY, cycle, ("viewing",), "watch")
        feed(evidence, day, day + DAY, cycle, ("gifts",), "gift")
    for minute in range(end, end + 20 * MINUTE, MINUTE):
        feed(evidence, minute, minute + MINUTE, lambda time: cycle(time) / 2, ("viewing",), "watch")
        feed(evidence, minute, minute + MINUTE, lambda time: cycle(time) / 2, ("gifts",), "gift")
    assert verdict(evidence, "viewing").score > 8
    assert verdict(evidence, "gifts").score < 5


def test_late_increments_teach_and_are_seen_in_the_windows_that_hold_them() -> None:
    """Ten counts that come ten minutes late are in what was seen of the last hour's slots."""
    evidence = Evidence((GIFTS,), "tiktok", step_ms=MINUTE)
    feed(evidence, START, START + 40 * MINUTE, lambda _time: 5)
    before = evidence._topics["gift"].history.blocks[0, 0].sum()
    evidence.add("gifts", "US", START + 30 * MINUTE, 10)
    history = evidence._topics["gift"].history
    assert history.blocks[0, 0].sum() == before + 10
    assert history.slots[0, 0].sum() == 40 * 5 + 10


def test_windows_hold_what_came_late() -> None:
    """Of 5 a minute for 40 minutes the last 20 hold 100, and 110 once ten came ten minutes late."""
    evidence = Evidence((GIFTS,), "tiktok", step_ms=MINUTE)
    feed(evidence, START, START + 40 * MINUTE, lambda _time: 5)
    history = evidence._topics["gift"].history
    last, twenty = np.array([START // MINUTE + 39]), np.array([20])
    assert history.windows(last, twenty)[0, 0, 0, 0] == 100
    evidence.add("gifts", "US", START + 30 * MINUTE, 10)
    assert history.windows(last, twenty)[0, 0, 0, 0] == 110
    feed(evidence, START + 40 * MINUTE, START + 45 * MINUTE, lambda _time: 5)
    assert history.windows(last + 5, twenty)[0, 0, 0, 0] == 110


def test_a_small_region_has_no_verdict() -> None:
    """A region with 2 % of its app is in the whole, and not looked at by itself; one of 98 % is."""
    evidence = Evidence((GIFTS,), "tiktok", step_ms=MINUTE)
    for start in range(START, START + 3 * HOUR, MINUTE):
        evidence.add("gifts", "US", start, 98)
        evidence.add("gifts", "IS", start, 2)
        evidence.close("gift", start + MINUTE)
    assert {each.region for each in evidence.verdicts()} == {"", "US"}


def test_in_the_first_day_only_a_total_loss_is_evidence() -> None:
    """After three hours at 100 a minute, half is nothing yet; nothing at all is, and the verdict says why."""
    half, none = (Evidence((GIFTS,), "tiktok", step_ms=MINUTE) for _ in range(2))
    for evidence in (half, none):
        feed(evidence, START, START + 3 * HOUR, lambda _time: 100)
    feed(half, START + 3 * HOUR, START + 3 * HOUR + 4 * MINUTE, lambda _time: 50)
    none.close("gift", START + 3 * HOUR + 4 * MINUTE)
    assert verdict(half).score == 0
    assert verdict(none).score > 8
    assert verdict(none).history == "hour"


def test_slots_without_records_are_closed_empty() -> None:
    """A watermark that goes on for two hours without an increment counts two hours of nothing."""
    evidence = Evidence((GIFTS,), "tiktok", step_ms=MINUTE)
    feed(evidence, START, START + HOUR, lambda _time: 100)
    evidence.close("gift", START + 3 * HOUR)
    assert verdict(evidence).window_end_ms == START + 3 * HOUR
    assert verdict(evidence).seen == 0


def test_the_topics_of_the_pipeline_are_told_apart() -> None:
    """The pipeline's evidence has no app, and a topic where others have a region."""
    records = Signal("records", topic="*", tool="all", count="records_read", help="records")
    evidence = Evidence((records,), "", step_ms=MINUTE)
    for topic in ("gift", "ad"):
        evidence.add("records_read", topic, START, 7)
        evidence.close(topic, START + MINUTE)
    assert {(each.app, each.region) for each in evidence.verdicts()} == {("", "gift"), ("", "ad")}


def leapt(gap_ms: int) -> Evidence:
    """An hour of gifts, a stretch of nothing that one watermark leaves behind, and an hour of gifts."""
    evidence = Evidence((GIFTS,), "tiktok")
    for begin in (0, HOUR + gap_ms):
        for minute in range(60):
            start = begin + minute * MINUTE
            evidence.add("gifts", "US", start, 100)
            evidence.close("gift", start + MINUTE)
    return evidence


def test_days_that_nobody_counted_are_no_outage() -> None:
    """A watermark that leaves ten days without a record behind is a log begun anew: no score is above 0."""
    assert {verdict.score for verdict in leapt(10 * DAY).verdicts()} == {0.0}


def test_a_leap_is_restored() -> None:
    """What is restored after a leap says the same as what went on."""
    evidence = leapt(10 * DAY)
    again = Evidence((GIFTS,), "tiktok")
    for key, value in evidence.drain():
        again.restore(key, value)
    again.resume()
    assert list(again.verdicts()) == list(evidence.verdicts())


def test_what_is_ahead_of_a_leap_is_counted() -> None:
    """Gifts that are added before the watermark leaps to them are seen, like those before."""
    evidence = leapt(10 * DAY)
    begin = 30 * DAY
    for minute in range(30):
        evidence.add("gifts", "US", begin + minute * MINUTE, 100)
    evidence.close("gift", begin + 30 * MINUTE)
    fast = next(verdict for verdict in evidence.verdicts() if verdict.speed == "fast" and not verdict.region)
    assert fast.window_end_ms == begin + 30 * MINUTE
    assert evidence._topics["gift"].history.blocks[0, 0].sum() == 150 * 100


def after_an_outage(well_ms: int) -> tuple[Evidence, int]:
    """Evidence of 16 days, 40 minutes of nothing, and so long of the usual; and when that ends."""
    evidence, begin = taught(16), START + 16 * DAY
    end = begin + 40 * MINUTE + well_ms
    feed(evidence, begin + 40 * MINUTE, end, cycle)
    evidence.close("gift", end)
    return evidence, end


@pytest.mark.slow
@pytest.mark.parametrize(("speed", "minutes"), [("fast", 5), ("slow", 35)])
def test_what_has_recovered_is_no_evidence(speed: str, minutes: int) -> None:
    """40 minutes of nothing: five minutes later no window of an hour counts, and 35 later none of a day."""
    evidence, _ = after_an_outage(minutes * MINUTE)
    assert verdict(evidence, speed=speed).score == 0


@pytest.mark.slow
def test_a_loss_that_stays_is_evidence_to_its_end() -> None:
    """Half is gone for an hour: from the tenth minute on no minute scores less than a page."""
    evidence, begin = taught(16), START + 16 * DAY
    scores = []
    for minute in range(begin, begin + HOUR, MINUTE):
        feed(evidence, minute, minute + MINUTE, lambda time: cycle(time) / 2)
        scores.append(verdict(evidence).score)
    assert min(scores[10:]) > PAGE_SCORE


@pytest.mark.slow
def test_what_was_paged_and_has_ended_is_not_told_again() -> None:
    """After an outage and a quarter of an hour of the usual, a fifth less for four minutes is no ticket."""
    evidence, end = after_an_outage(15 * MINUTE)
    feed(evidence, end, end + 4 * MINUTE, lambda time: 0.8 * cycle(time))
    assert verdict(evidence).score < TICKET_SCORE


@pytest.mark.slow
def test_a_second_outage_within_the_hour_is_evidence_of_its_own() -> None:
    """Twenty minutes after the first one nothing comes again: a page after two minutes, since then."""
    evidence, end = after_an_outage(20 * MINUTE)
    evidence.close("gift", end + 2 * MINUTE)
    fall = verdict(evidence)
    assert fall.score > PAGE_SCORE
    assert fall.since_ms == end
