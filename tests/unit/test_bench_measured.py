"""The arithmetic of observed runs: latencies, gaps, lag, and the result of a competitor."""

from __future__ import annotations

from typing import Any

import pytest

from creator_pulse.proof.bench.competitor import COMPETITORS
from creator_pulse.proof.bench.figures import Run
from creator_pulse.proof.bench.gift_plan import RECORD_BYTES, GiftPlan
from creator_pulse.proof.bench.live_gifts import Tick
from creator_pulse.proof.bench.measured.checkpoint import longest_gap
from creator_pulse.proof.bench.measured.gifts import spread_of
from creator_pulse.proof.bench.measured.live import lag, latencies
from creator_pulse.proof.bench.measured.rebalance import gap
from creator_pulse.proof.bench.theirs import read_result
from creator_pulse.proof.bench.watch import ProgressSample

BY_NAME = {competitor.name: competitor for competitor in COMPETITORS}
PLAN = GiftPlan(400, creators=8, span_ms=120_000)


def look(at: float, committed: int) -> ProgressSample:
    """A sample of one partition."""
    return ProgressSample(at=at, wall=at, cpu=0.0, committed={0: committed}, written=0)


def test_latency_lasts_until_a_scrape_shows_the_event() -> None:
    """10 events at 0 s, seen at 1 s; 90 at 1 s, of which the scrape at 2 s shows only a part."""
    ticks = [Tick(0, 10), Tick(1_000, 90)]
    seen = [(500, 0), (1_000, 10), (2_000, 99), (4_000, 100)]
    assert latencies(ticks, seen) == {"p50": 3.0, "p95": 3.0, "p99": 3.0}
    assert latencies(ticks[:1], seen) == {"p50": 1.0, "p95": 1.0, "p99": 1.0}


def test_the_input_gap_is_between_two_commits() -> None:
    """Not before the first one, and not after the last."""
    looks = [look(0, 0), look(5, 10), look(6, 20), look(7, 20), look(9, 30), look(60, 30)]
    assert longest_gap(looks, 30) == 3


def test_a_gap_of_a_partition_counts_from_the_event_on() -> None:
    """The long one ended before the worker joined; the one under way counts whole."""
    looks = [
        (at, {0: offset}) for at, offset in ((0.0, 1), (9.0, 2), (10.0, 3), (12.0, 3), (14.0, 4), (15.0, 5))
    ]
    assert gap(looks, 0, start=11.0, end=20.0) == 4
    assert gap(looks, 0, start=0.0, end=11.0) == 9


def result(**changes: Any) -> dict[str, Any]:
    """A whole result of a competitor that counts, in 4 s and 2 CPU-seconds."""
    whole = {
        "first": {"at": 11.0, "cpu": 1.0},
        "last": {"at": 15.0, "cpu": 3.0},
        "peak_mb": 50.0,
        "read": {str(number): count for number, count in PLAN.ends().items()},
        "sums": [[creator, start, total] for (creator, start), total in PLAN.sums().items()],
        "bytes": None,
    }
    return whole | changes


def test_a_right_result_gives_its_figures() -> None:
    """From the first record to the last; its start stands apart."""
    run = read_result(result(), BY_NAME["bytewax"], PLAN, began=10.0)
    assert (run.events, run.seconds, run.cpu_seconds, run.start_seconds) == (404, 4.0, 2.0, 1.0)
    assert run.wrong == ""


def test_a_fast_wrong_result_is_told() -> None:
    """One coin less in one window."""
    sums = result()["sums"]
    sums[0][2] -= 1
    run = read_result(result(sums=sums), BY_NAME["bytewax"], PLAN, began=10.0)
    assert run.wrong.startswith("1 of ")


def test_a_result_of_half_the_topic_is_wrong_but_for_the_slow() -> None:
    """Who is slow is checked on what it has read."""
    read = {number: count // 2 for number, count in PLAN.ends().items()}
    sums = [[creator, start, total] for (creator, start), total in PLAN.sums(read).items()]
    half = result(read={str(number): count for number, count in read.items()}, sums=sums)
    assert read_result(half, BY_NAME["quix"], PLAN, began=10.0).wrong == ""
    assert read_result(half, BY_NAME["bytewax"], PLAN, began=10.0).wrong.startswith("it read ")


@pytest.mark.parametrize(("missing", "told"), [(0, ""), (1, "it read ")])
def test_a_bare_loop_must_have_read_every_byte(missing: int, told: str) -> None:
    """It has no sums to be checked by."""
    size = 400 * RECORD_BYTES + sum(len(value) for _, _, value, _ in PLAN.closers()) - missing
    run = read_result(result(sums=[], bytes=size), BY_NAME["getmany"], PLAN, began=10.0)
    assert run.wrong.startswith(told)
    assert bool(run.wrong) == bool(missing)


def test_every_requirement_has_a_lower_and_an_upper_bound() -> None:
    """An environment that is made next year must hold the same competitor."""
    needs = [need for competitor in COMPETITORS for need in competitor.needs]
    assert needs
    assert [need for need in needs if ">=" not in need or "<" not in need] == []


def test_lag_is_what_is_due_and_not_shown() -> None:
    """100 were due at 1 s, 60 of them shown; a scrape after the last tick is no part of it."""
    ticks = [Tick(0, 50), Tick(1_000, 50), Tick(2_000, 50)]
    assert list(lag(ticks, [(500, 50), (1_500, 60), (2_000, 100), (2_500, 150)])) == [
        (500, 0),
        (1_500, 40),
        (2_000, 50),
    ]


def test_the_spread_of_hops_compares_within_rounds() -> None:
    """The second round took twice as long for both; the larger window costs 1.1 of the small one in each."""
    runs = [[Run(1, 1, cost, 0, 0) for cost in costs] for costs in ((1.0, 2.0), (1.1, 2.2))]
    assert spread_of(runs) == 1.1
    assert spread_of([[], runs[1]]) is None
