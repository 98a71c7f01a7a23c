"""What the plan ``hostile`` sends, and how the ledger knows what it must count as."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from aiokafka.record.memory_records import MemoryRecords

from creator_pulse.proof.chaos.forged_batches import Forged, encoded_record, forge, stored_batch
from creator_pulse.proof.chaos.forgery_list import ForgeryReader, ForgeryWriter, Listed
from creator_pulse.proof.chaos.hostile_records import hostile
from creator_pulse.proof.chaos.hostile_references import hostile_entry
from creator_pulse.proof.chaos.plans import PLANS
from creator_pulse.proof.chaos.report import too_much_memory
from creator_pulse.proof.demo.deferred_ledger import DeferredLedger
from creator_pulse.proof.demo.process_usage import peak_memory_mib
from creator_pulse.proof.ledger.verify import Difference
from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.settings import Settings

NOW_MS = 1_796_000_000_000
VALUES = [b'{"a":1}', b'{"a":2}', b'{"a":3}']
GIFT = {
    "event_type": "gift_sent",
    "schema_version": 1,
    "event_id": "e1",
    "event_time": NOW_MS,
    "creator_id": "c1",
    "region": "US",
    "app": "tiktok",
    "gift_id": "castle",
    "gift_type": 2,
    "unit_coins": 20_000,
    "repeat_count": 1,
    "repeat_end": True,
}


def gift() -> Produced:
    """A sound gift of 20,000 coins."""
    value = json.dumps(GIFT, separators=(",", ":")).encode()
    return Produced("gift", b"c1", value, NOW_MS, 0)


def test_a_stored_batch_is_one_that_a_client_reads() -> None:
    """A batch written by hand, with nothing forged, is read back by aiokafka's own reader."""
    records = b"".join(encoded_record(value, at, b"k") for at, value in enumerate(VALUES))
    batch = MemoryRecords(stored_batch(records, 3, NOW_MS)).next_batch()
    assert batch is not None
    assert batch.validate_crc()
    assert [(record.offset, record.key, record.value, record.timestamp) for record in batch] == [
        (at, b"k", value, NOW_MS) for at, value in enumerate(VALUES)
    ]


def test_the_checksum_survives_another_base_offset() -> None:
    """A broker writes the base offset into the first eight bytes; the checksum that names the batch stays."""
    forged = forge(VALUES, NOW_MS, Random(1))
    moved = Forged((77).to_bytes(8, "big") + forged.batch[8:], forged.reason, forged.records)
    assert moved.checksum == forged.checksum == MemoryRecords(moved.batch).next_batch().crc


def test_a_listed_batch_is_known_by_its_checksum(tmp_path: Path) -> None:
    """What the sender listed, a reader that was there before it finds after its next refresh."""
    path = tmp_path / "forged.jsonl"
    reader = ForgeryReader(path)
    reader.refresh()
    with ForgeryWriter(path) as listed:
        forged = forge(VALUES, NOW_MS, Random(1))
        listed.add(forged)
        reader.refresh()
    assert reader[forged.checksum] == Listed(forged.checksum, forged.reason, forged.records, forged.values)


def test_half_a_line_is_left_for_later(tmp_path: Path) -> None:
    """A line that is still being written is no entry yet, and is read whole afterwards."""
    path = tmp_path / "forged.jsonl"
    reader = ForgeryReader(path)
    path.write_bytes(b'{"checksum":7,"reas')
    reader.refresh()
    before = reader[7]
    path.write_bytes(b'{"checksum":7,"reason":"unreadable","count":5}\n')
    reader.refresh()
    assert (before, reader[7]) == (None, Listed(7, "unreadable", 5))


async def test_an_unread_batch_is_counted_once_its_end_is_committed() -> None:
    """Five offsets that hold three records: nothing at offset 4, three invalid ones at offset 5."""
    ledger = DeferredLedger(Settings(), {})
    ledger.refuse("gift", 0, 5, 3, "unreadable", NOW_MS)
    before = (await ledger.count_to({("gift", 0): 4}), ledger.waiting)
    after = (await ledger.count_to({("gift", 0): 5}), ledger.waiting)
    assert (before, after) == ((False, 3), (True, 0))
    assert ledger.truth.outcomes["gift", 0] == {"invalid": 3}


async def test_what_follows_an_unread_batch_is_counted() -> None:
    """A sound gift behind the batch counts as ever."""
    ledger = DeferredLedger(Settings(), {})
    ledger.refuse("gift", 0, 5, 3, "unreadable", NOW_MS)
    ledger.add("gift", 0, gift().value, NOW_MS)
    assert await ledger.count_to({("gift", 0): 6})
    assert ledger.truth.outcomes["gift", 0] == {"invalid": 3, "counted": 1}


@pytest.mark.parametrize("seed", range(40))
def test_hostile_records_stay_in_their_partition(seed: int) -> None:
    """Each record of a sequence goes where the sound one would have gone."""
    places = {(record.topic, record.partition) for record in hostile(gift(), Random(seed))}
    assert places == {("gift", 0)}


def test_entries_differ_in_key() -> None:
    """No hostile entry replaces another one by its key: each is judged."""
    rng = Random(1)
    keys = [hostile_entry(NOW_MS, rng)[0] for _ in range(200)]
    assert len(set(keys)) == 200


def test_the_kernels_peak_is_read(tmp_path: Path) -> None:
    """``VmHWM`` in kB becomes MiB."""
    (tmp_path / "7").mkdir()
    (tmp_path / "7/status").write_text("Name:\tpulse\nVmHWM:\t  524288 kB\nVmRSS:\t1 kB\n")
    assert peak_memory_mib(7, tmp_path) == 512.0


def test_more_memory_than_a_worker_may_have_is_a_difference() -> None:
    """One MiB more than 1 GiB, which is what the page says of a worker; nothing where any will do."""
    page = (Path(__file__).parents[2] / "docs/operate.md").read_text(encoding="utf-8")
    assert "0.5 to 1 GiB per worker in usual traffic" in page
    allowed = PLANS["hostile"].most_memory_mib
    assert [list(too_much_memory(mib, allowed)) for mib in (1_024, 1_025)] == [
        [],
        [Difference("workers", "MiB resident", {}, "at most 1024", "1025")],
    ]
    assert list(too_much_memory(10**6, None)) == []


def test_a_process_that_has_ended_has_no_peak(tmp_path: Path) -> None:
    """A process id without a folder gives 0."""
    assert peak_memory_mib(7, tmp_path) == 0.0
