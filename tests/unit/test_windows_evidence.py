"""What source lanes sum for signals, and that merge lanes keep the evidence through anything."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.pane_record import route
from creator_pulse.stream.panes.rows import totals, unpacked
from creator_pulse.stream.panes.tables import slot_tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.lane_harness import MERGES, SMALL, SOURCES, Harness, traffic
from tests.support.records import T0, batch, record

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Produced

SLOT = 10_000
MINUTE, HOUR = 60_000, 3_600_000
NOW = T0 + 10 * HOUR
"""A full minute, as ``T0`` is one."""
Slots = Counter[tuple[str, tuple[str, ...], int]]
"""Measure, labels and start of the slot after ``NOW``, ms -> sum."""


def slots(topic: str, *values: bytes, most: int = 1_000, at: int = NOW) -> dict[int, Slots]:
    """What each merge lane hears of signals, of some records of one partition.

    Args:
        topic: without prefix.
        values: records, in their order.
        most: records in a batch, each of which is a checkpoint.
        at: their timestamp, ms.
    """
    lane = Topology(Settings(), HASH_KEY).source_lane(topic)
    lane.start_at(0, lost=0)
    tables = {table.name: table for table in slot_tables_of(CATALOGUE).values()}
    slots_of: dict[int, Slots] = {number: Counter() for number in range(Settings().merge_partitions)}
    for first in range(0, len(values), most):
        lane.apply(batch(*values[first : first + most], first=first, timestamp=at))
        checkpoint = lane.checkpoint(at)
        assert checkpoint is not None
        for sent in checkpoint.outgoing:
            if sent.topic != PANE_TOPIC or sent.value is None or sent.partition is None:
                continue
            for part in pane_record.decode(sent.value).parts:
                if part.table in tables:
                    table = tables[part.table]
                    rows = unpacked(part.rows, part.keys, part.sums, table.columns)
                    labels = [lot.labels for lot in part.lots for _ in range(lot.rows)]
                    starts = [number * SLOT - NOW for number in rows.keys[:, 0].tolist()]
                    for measure, column in totals(table, rows.sums).items():
                        for of_lot, start, total in zip(labels, starts, column, strict=True):
                            slots_of[sent.partition][measure, of_lot, start] += total
    return {lane: +of_lane for lane, of_lane in slots_of.items()}


def of_app(app: str) -> int:
    """The merge lane that has the signals of an app."""
    return route((app,), Settings().merge_partitions)


def topup(at_ms: int, **fields: Any) -> bytes:
    """A purchase of coins so many ms after ``NOW``."""
    event = {"event_id": f"{at_ms}", "order_id": f"{at_ms}", "event_time": NOW + at_ms, "ingest_time": NOW}
    return record("wallet", "topup_completed", **(event | fields))


def test_signals_are_summed_in_slots_of_ten_seconds() -> None:
    """0 and 9.999 s are of the first slot, 10 s is of the second; by region, in the lane of the app alone."""
    us, gb = ("tiktok", "US"), ("tiktok", "GB")
    by_slot = slots("wallet", topup(0), topup(9_999), topup(10_000), topup(5, region="GB"))
    of_signal = {
        key: total for key, total in by_slot[of_app("tiktok")].items() if key[0] == "topups_completed"
    }
    assert of_signal == {
        ("topups_completed", us, 0): 2,
        ("topups_completed", us, SLOT): 1,
        ("topups_completed", gb, 0): 1,
    }
    elsewhere = [of_lane for lane, of_lane in by_slot.items() if lane != of_app("tiktok")]
    assert not any(key[0] == "topups_completed" for of_lane in elsewhere for key in of_lane)


def test_a_region_without_series_does_not_split_slots() -> None:
    """Twenty regions that the settings do not list are one row, of *other*, as evidence and sums name it."""
    by_slot = slots("wallet", *(topup(number, region=f"X{chr(65 + number)}") for number in range(20)))
    of_signal = {
        key: total for key, total in by_slot[of_app("tiktok")].items() if key[0] == "topups_completed"
    }
    assert of_signal == {("topups_completed", ("tiktok", "other"), 0): 20}


def test_slots_do_not_depend_on_batches() -> None:
    """One by one, by three and all at once: the same sums."""
    values = [topup(number * 3_700, region=("US", "DE")[number % 2]) for number in range(20)]
    assert slots("wallet", *values) == slots("wallet", *values, most=3) == slots("wallet", *values, most=1)


def test_late_records_teach_if_minutes_can_still_be_restated() -> None:
    """Half an hour late is in its slot; three hours late only hours are restated, and no slot is."""
    by_slot = slots("wallet", topup(0), topup(-30 * MINUTE), topup(-3 * HOUR))
    of_signal = {
        key[2]: total for key, total in by_slot[of_app("tiktok")].items() if key[0] == "topups_completed"
    }
    assert of_signal == {0: 1, -30 * MINUTE: 1}


def test_what_repeats_an_event_is_in_no_slot_but_that_of_duplicates() -> None:
    """Of three deliveries of an event one counts; of the pipeline three records, two of them duplicates."""
    by_slot = slots("wallet", topup(0), topup(0), topup(0))
    assert by_slot[of_app("tiktok")]["topups_completed", ("tiktok", "US"), 0] == 1
    here = by_slot[route((), Settings().merge_partitions)]
    by_measure = Counter[str]()
    for (measure, labels, _), total in here.items():
        if labels == ("wallet",):
            by_measure[measure] += total
    assert by_measure == {"records_read": 3, "records_duplicate": 2}


def test_broken_records_are_signals_of_their_topic() -> None:
    """Two of three cannot be read; they have no time, so they stand where the watermark does."""
    by_slot = slots("wallet", topup(0), b"{", b"[")
    here = by_slot[route((), Settings().merge_partitions)]
    assert sum(total for key, total in here.items() if key[0] == "records_invalid") == 2
    assert sum(total for key, total in here.items() if key[0] == "records_read") == 3


async def verdicts(records: list[Produced], dies: bool) -> dict[tuple[Any, ...], float]:
    """The series of evidence after some records; merge lanes may die after each other batch."""
    harness = Harness(records, msgspec.structs.replace(SMALL, idle_after=86_400))
    await harness.open()
    await harness.drain(SOURCES, 200)
    await harness.drain(MERGES, 7, dies=dies)
    return {
        (sample.family, *sample.labels): sample.value
        for place in MERGES
        for sample in harness.runners[place].samples()
        if sample.family.startswith(("pulse_score", "pulse_expected", "pulse_seen"))
    }


def test_evidence_survives_crashes_to_the_bit() -> None:
    """Killed after every other batch, before, within and after the commit: the same verdicts as alive."""
    records = traffic(3, 20.0, 2_500)
    alive, dying = (asyncio.run(verdicts(records, dies)) for dies in (False, True))
    assert any(key[0] == "pulse_seen" and value for key, value in alive.items())
    assert dying == alive
