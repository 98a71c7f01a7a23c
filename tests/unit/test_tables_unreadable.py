"""Stored batches that cannot be read, in a lane's log: counted once, however the lane came by them."""

from __future__ import annotations

import pytest

from creator_pulse.stream.generator.model import Produced
from tests.support.lane_harness import START, Bench
from tests.support.records import record
from tests.support.stored_batches import broken

GIFT = ("gift", 0)
HIDDEN = 3
"""Records of each batch that cannot be read."""


def gift(number: int) -> Produced:
    """One of a coin."""
    return Produced("gift", b"c", record("gift", "gift_sent", event_id=f"e{number}"), START, 0)


async def made(batches: int = 2) -> Bench:
    """An open lane and, in its log, gifts with such batches between and behind them."""
    bench = Bench()
    for number in range(batches):
        bench.write(gift(number))
        bench.log.store(bench.topic(GIFT), 0, broken())
    await bench.open(GIFT)
    return bench


def totals(bench: Bench) -> dict[str, float]:
    """Records by outcome, where there are any, and resets of the log."""
    totals = {
        dict(sample.labels).get("outcome", sample.family): sample.value
        for sample in bench.runners[GIFT].samples()
        if sample.family in {"pulse_records_total", "pulse_source_resets_total", "pulse_lost_records_total"}
    }
    return {name: value for name, value in totals.items() if value}


ALL = {"counted": 2, "invalid": 2 * HIDDEN}


@pytest.mark.parametrize("most", [1, 2, 100])
async def test_each_is_counted_once_at_any_batch_size(most: int) -> None:
    """Also where a fetch begins within one."""
    bench = await made()
    await bench.drain([GIFT], most)
    assert totals(bench) == ALL
    assert bench.runners[GIFT].position == 2 * (1 + HIDDEN)


async def test_what_comes_again_is_passed_over() -> None:
    """Read twice, as after a seek, it is counted once."""
    bench = await made()
    for _ in range(2):
        batch = bench.log.batch(bench.topic(GIFT), 0, 1, 100)
        assert batch is not None
        assert batch.unreadable is not None
        bench.runners[GIFT].apply(batch)
    await bench.drain([GIFT], 100)
    assert totals(bench) == ALL


async def test_a_lane_that_ends_in_one_knows_its_log_again() -> None:
    """Opened anew it takes the log for no other one, and counts on."""
    bench = await made()
    await bench.drain([GIFT], 100)
    await bench.open(GIFT)
    assert totals(bench) == ALL
    bench.write(gift(7))
    await bench.drain([GIFT], 100)
    assert totals(bench) == ALL | {"counted": 3}


async def test_a_lane_that_has_read_nothing_else_knows_its_log_again() -> None:
    """There is no record to tell the log by."""
    bench = Bench()
    bench.log.store(bench.topic(GIFT), 0, broken())
    await bench.open(GIFT)
    await bench.drain([GIFT], 100)
    await bench.open(GIFT)
    assert totals(bench) == {"invalid": HIDDEN}


async def test_a_state_built_again_counts_them_again() -> None:
    """The changelog lost its entries, the source has them all."""
    bench = await made()
    await bench.drain([GIFT], 100)
    bench.log.truncate(bench.changelog(GIFT), 0, 3)
    await bench.open(GIFT)
    assert totals(bench) == ALL


async def test_a_log_that_begins_within_one_has_less_of_it() -> None:
    """Somebody deleted two of its three offsets unread: they are lost, one record is left to count."""
    bench = await made(1)
    bench.runners[GIFT].apply(bench.log.batch(bench.topic(GIFT), 0, 0, 1) or pytest.fail("no gift"))
    await bench.runners[GIFT].commit()
    bench.log.truncate(bench.topic(GIFT), 0, 3)
    await bench.open(GIFT)
    await bench.drain([GIFT], 100)
    assert totals(bench) == {"counted": 1, "invalid": 1, "pulse_lost_records_total": 2}
