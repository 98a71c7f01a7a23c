"""The counter law on hand-made samples: a fall, a jump, a gap, and a series that appears late."""

from __future__ import annotations

from fractions import Fraction

from creator_pulse.proof.chaos.counter_law import blind_seconds, falls, growth, wrong_growth
from creator_pulse.proof.chaos.history import StoredSeries

FAMILY = "pulse_gifts_total"
KEY = frozenset({("app", "tiktok"), ("region", "US")})


def series(*points: tuple[float, float], partition: str = "0", name: str = FAMILY) -> StoredSeries:
    """A total of one partition."""
    labels = {"app": "tiktok", "region": "US", "partition": partition, "job": "pulse", "topic": "gift"}
    return StoredSeries(name, labels, points)


def beside(*times: float, topic: str = "gift", partition: str = "0") -> StoredSeries:
    """What is scraped beside a partition's counters."""
    labels = {"topic": topic, "partition": partition}
    return StoredSeries("pulse_committed_offset", labels, tuple((at, 1.0) for at in times))


def test_a_total_that_falls_is_found() -> None:
    """From 7 to 5 at second 4: one difference that names both values and the time."""
    (fall,) = falls([series((0, 5), (2, 7), (4, 5), (6, 9))])
    assert (fall.series, fall.expected, fall.actual) == ("pulse_gifts_total fell at 4.000", "7", "5")


def test_a_total_that_stands_still_does_not_fall() -> None:
    """Equal neighbours are no fall."""
    assert falls([series((0, 5), (2, 5), (4, 5))]) == []


def test_a_gap_is_no_fall() -> None:
    """Nothing between second 2 and second 60, and then more: allowed."""
    assert falls([series((0, 5), (2, 7), (60, 9))]) == []


def test_each_partition_is_held_by_itself() -> None:
    """A low partition after a high one is no fall."""
    assert falls([series((0, 9)), series((2, 1), partition="1")]) == []


def test_growth_begins_at_the_newest_sample_before_the_start() -> None:
    """Samples 3, 4 until the start and 10 at the end: 6."""
    assert growth(series((0, 3), (5, 4), (12, 10)), since=6) == 6


def test_a_series_that_appears_later_grew_from_nothing() -> None:
    """Absent before the start counts as 0."""
    assert growth(series((8, 2), (12, 10)), since=6) == 10


def test_growth_that_equals_the_ledgers_is_right() -> None:
    """Two partitions grow by 6 and 3, the ledger by 9."""
    owners = [series((0, 4), (12, 10)), series((8, 3), partition="1")]
    assert wrong_growth(owners, 6, {FAMILY: {KEY: Fraction(4)}}, {FAMILY: {KEY: Fraction(13)}}) == []


def test_a_jump_is_found() -> None:
    """A total that rose by 12 where the ledger has 9 was counted twice somewhere."""
    owners = [series((0, 4), (12, 16))]
    (wrong,) = wrong_growth(owners, 6, {FAMILY: {KEY: Fraction(4)}}, {FAMILY: {KEY: Fraction(13)}})
    assert (wrong.expected, wrong.actual) == ("9", "12")


def test_a_figure_that_prometheus_never_saw_is_found() -> None:
    """The ledger grew by 1, and there is no series."""
    (wrong,) = wrong_growth([], 6, {}, {FAMILY: {KEY: Fraction(1)}})
    assert (wrong.labels, wrong.expected, wrong.actual) == (dict(KEY), "1", "0")


def test_families_that_the_ledger_does_not_keep_are_passed_over() -> None:
    """A total of the worker's own is in no ledger."""
    assert wrong_growth([series((0, 1), name="pulse_unknown_fields_total")], 0, {}, {}) == []


def test_blind_is_the_longest_gap_of_any_partition() -> None:
    """Partition 0 has a gap of 4 s, partition 1 one of 7 s: 7."""
    owners = [beside(0, 2, 6, 8, 10), beside(1, 8, 10, partition="1")]
    assert blind_seconds(owners, {"gift": 2}, 0, 10) == 7


def test_blind_counts_from_the_start_and_to_the_end() -> None:
    """One sample at second 3 of 10: 7 s blind after it."""
    assert blind_seconds([beside(3)], {"gift": 1}, 0, 10) == 7


def test_a_partition_without_a_sample_was_blind_throughout() -> None:
    """The second partition of a topic is missing: all 10 s."""
    assert blind_seconds([beside(*range(10))], {"gift": 2}, 0, 10) == 10


def test_two_workers_that_show_a_partition_in_turn_leave_no_gap() -> None:
    """Samples of one place from two series are read together."""
    owners = [beside(0, 2, 4), beside(6, 8, 10)]
    assert blind_seconds(owners, {"gift": 1}, 0, 10) == 2
