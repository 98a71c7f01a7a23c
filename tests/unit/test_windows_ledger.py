"""Both stages of lanes against the ledger: the same log gives the same figures, however it is cut."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.lane_harness import PARTITIONS, SMALL, SOURCES, Harness, traffic

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Produced

BEAT = 31.0
"""Seconds between rounds: above the restate interval, so that each round states what changed."""


@functools.cache
def minutes() -> tuple[Produced, ...]:
    """Six minutes of traffic: streaks, duplicates, late and invalid records."""
    return tuple(traffic(7, 8, 3_500))


@functools.cache
def hours() -> tuple[Produced, ...]:
    """Over two hours of thin traffic: hourly windows close, records leave the restate horizon."""
    return tuple(traffic(11, 0.5, 11_000))


@functools.cache
def few() -> tuple[Produced, ...]:
    """Two minutes, few enough to be read one by one."""
    return tuple(traffic(5, 5, 600))


async def played(records: tuple[Produced, ...], most: int, every: int = 1) -> Harness:
    """A log read to its end in batches of ``most`` offsets."""
    harness = Harness(records)
    await harness.open()
    await harness.run(most, every=every, tick=BEAT)
    return harness


WHOLE: dict[str, Harness] = {}


async def dense() -> Harness:
    """The dense traffic read in large batches, once for all tests that only look at it."""
    if "dense" not in WHOLE:
        WHOLE["dense"] = await played(minutes(), 8_000)
    return WHOLE["dense"]


async def thin() -> Harness:
    """The thin traffic read slowly, likewise."""
    if "thin" not in WHOLE:
        WHOLE["thin"] = await played(hours(), 100)
    return WHOLE["thin"]


def differing(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """By key what was found and what was wanted, where they differ."""
    keys = found.keys() | wanted.keys()
    return {key: pair for key in keys if (pair := (found.get(key), wanted.get(key)))[0] != pair[1]}


@pytest.mark.slow
async def test_dense_traffic_gives_the_ledgers_figures() -> None:
    """Every counter and every closed window of these minutes equals the ledger's."""
    assert (await dense()).differences() == []


@pytest.mark.slow
async def test_hours_of_traffic_give_the_ledgers_figures() -> None:
    """Hourly windows too, and late records that restate only those."""
    assert (await thin()).differences() == []


@pytest.mark.parametrize(
    ("most", "every"),
    [pytest.param(1, 20, marks=pytest.mark.slow), pytest.param(7, 3, marks=pytest.mark.slow), (1_000, 1)],
)
@pytest.mark.slow
async def test_batches_do_not_change_what_is_stated(most: int, every: int) -> None:
    """Totals and last stated results are those of one batch of everything (replay law)."""
    whole, cut = await played(few(), 8_000), await played(few(), most, every)
    assert cut.totals() == whole.totals()
    assert differing(cut.stated(), whole.stated()) == {}


@pytest.mark.slow
async def test_a_catch_up_states_what_a_live_reader_states() -> None:
    """Hours read within one restate interval give the last results of a slow read (replay law)."""
    live, fast = await thin(), Harness(hours())
    await fast.open()
    await fast.run(100, tick=0.5)
    assert fast.totals() == live.totals()
    assert differing(fast.stated(), live.stated()) == {}


async def test_every_record_has_one_outcome() -> None:
    """Per topic and partition: records read = the sum over outcomes."""
    harness = await played(few(), 1_000)
    assert harness.total("pulse_records_total") == len(few())


@pytest.mark.slow
async def test_invalid_and_late_records_are_passed_on() -> None:
    """As many dead letters and late records as the ledger counted, with the original bytes."""
    harness = await dense()
    outcomes = harness.ledger.truth.outcomes.values()
    for topic, outcome in (("pulse.dead-letter", "invalid"), ("pulse.late", "late")):
        passed = harness.records(topic)
        assert len(passed) == sum(counts.get(outcome, 0) for counts in outcomes)
        assert {value for _, value in passed} <= {minute.value for minute in minutes()}


async def test_each_final_is_stated_once() -> None:
    """No key of ``pulse.window`` is final twice (window law)."""
    finals = [key for key, window in (await dense()).windows() if window["state"] == "final"]
    assert len(finals) == len(set(finals))
    assert finals


async def test_the_watermark_is_the_ledgers() -> None:
    """The exposed watermark of each partition is the ledger's, in seconds."""
    harness = await played(few(), 100)
    shown = {
        (sample.labels["topic"], int(sample.labels["partition"])): sample.value
        for sample in harness.samples()
        if sample.name == "pulse_watermark_timestamp_seconds"
    }
    assert shown == {place: mark / 1000 for place, mark in harness.ledger.truth.watermarks.items()}
    assert len(shown) == len(SOURCES) == 10 * PARTITIONS


async def test_nothing_read_shows_every_configured_counter_at_zero() -> None:
    """Lanes that never saw a record show the same series as the ledger of none: all at 0."""
    harness = Harness(settings=SMALL)
    await harness.open()
    assert harness.differences() == []
