"""The arithmetic of the benchmarks' report, by hand."""

from __future__ import annotations

import pytest

from creator_pulse.proof.bench.command import all_right
from creator_pulse.proof.bench.figures import Run, quantile, ratios, row, spread
from creator_pulse.proof.bench.table import lines


def run(events: int, seconds: float, cpu: float, wrong: str = "") -> Run:
    """A run of 100 MB that began after a second."""
    return Run(events, seconds, cpu, 100.0, 1.0, wrong)


def test_a_spread_is_minimum_median_and_maximum() -> None:
    """In any order of the values; of an even number the median is the middle of two."""
    assert spread([3, 1, 2]) == {"min": 1, "median": 2, "max": 3}
    assert spread([4, 1, 2, 3]) == {"min": 1, "median": 2, "max": 4}
    assert spread([4, 1, 2, 3], 1) == {"min": 1, "median": 2.5, "max": 4}


def test_rates_are_events_over_seconds_and_over_cpu_seconds() -> None:
    """1,000 events in 2 s with 4 CPU-seconds are 500 a second and 250 a CPU-second."""
    told = row([run(1_000, 2, 4)])
    assert told["events_per_second"] == {"min": 500, "median": 500, "max": 500}
    assert told["events_per_cpu_second"] == {"min": 250, "median": 250, "max": 250}


def test_one_wrong_run_makes_the_row_wrong() -> None:
    """A fast wrong answer is a failure, whatever the other runs were."""
    told = row([run(10, 1, 1), run(10, 0.1, 0.1, "a sum differs"), run(10, 1, 1)])
    assert told["right"] is False
    assert told["wrong"] == ["a sum differs"]


def test_ratios_are_of_medians() -> None:
    """Ours 300/s over 100/s of the floor; 150 over 30 per CPU-second of an engine."""
    ours = [run(300, 1, 2), run(600, 1, 4), run(30, 1, 0.2)]
    ratio = ratios({"pulse": ours, "getmany": [run(100, 1, 1)], "bytewax": [run(30, 1, 1)]})
    assert ratio == {"getmany": 3.0, "bytewax": 5.0}


@pytest.mark.parametrize(
    ("name", "ratio"), [("faust", 2.0), ("confluent", 2.0), ("quix", 4.0), ("flink", 4.0)]
)
def test_bare_loops_and_plain_faust_are_compared_by_the_clock(name: str, ratio: float) -> None:
    """The others by CPU time: twice the rate at half the CPU time of an event is 2 or 4."""
    assert ratios({"pulse": [run(200, 1, 1)], name: [run(100, 1, 2)]}) == {name: ratio}


def test_one_that_never_ran_has_no_ratio() -> None:
    """There is nothing to divide by."""
    assert ratios({"pulse": [run(1, 1, 1)], "quix": []}) == {}


def test_a_quantile_is_the_smallest_value_that_covers_the_share() -> None:
    """Of 100 events, 98 after 1 s, one after 2 s, one after 9 s: p95 is 1, p99 is 2, all are 9."""
    values, weights = [9.0, 1.0, 2.0], [1, 98, 1]
    assert [quantile(values, weights, share) for share in (0.95, 0.99, 1.0)] == [1.0, 2.0, 9.0]


def test_a_report_is_right_only_where_every_part_is() -> None:
    """One wrong row deep inside makes the whole wrong; no word of it is no fault."""
    assert all_right({"events": 1, "peers": {"pulse": {"right": True}}})
    assert not all_right({"right": True, "peers": {"pulse": {"right": True}, "quix": {"right": False}}})


def test_the_table_shows_a_spread_on_one_line() -> None:
    """Minimum, median and maximum beside each other, what is nested indented."""
    text = list(lines({"peers": {"pulse": {"rate": spread([1_000, 2_000, 3_000]), "right": False}}}))
    assert text[:2] == ["peers", "  pulse"]
    assert text[2].split() == ["rate", "1,000", "/", "2,000", "/", "3,000"]
    assert text[3].split() == ["right", "NO"]
