"""The producer: what reaches the sink is what the ledger holds, and it ends when told to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.produce import write_ledger
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.generator.producer import (
    CHUNK_RECORDS,
    Plan,
    ProducerProgress,
    RecordSource,
    drive,
    up_to_now,
)
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.stream.generator.model import Produced

START = 1_760_000_040_000


class Kept:
    """A sink that keeps what it is given; it fails from a given chunk on."""

    def __init__(self, fails_at: int = 10**9) -> None:
        self.chunks: list[list[Produced]] = []
        self._fails_at = fails_at

    async def write(self, records: list[Produced]) -> None:
        """Keep the records."""
        if len(self.chunks) == self._fails_at:
            raise UnreachableError("gone")
        self.chunks.append(records)


def source(seconds: float | None = None, limit: int | None = None, *, paced: bool = False) -> RecordSource:
    """A thousand records a second."""
    return RecordSource(Plan(1, 1_000, seconds=seconds, limit=limit, paced=paced), Settings(), START)


async def test_a_limit_is_exact() -> None:
    """At most 5,000 records: exactly 5,000, in chunks of 4,000 and 1,000."""
    sink, ledger = Kept(), Ledger(Settings())
    progress = await drive(source(limit=5_000), sink, ledger, ManualClock())
    assert [len(chunk) for chunk in sink.chunks] == [CHUNK_RECORDS, 1_000]
    assert (progress.records, ledger.truth.records) == (5_000, 5_000)


async def test_a_duration_is_in_virtual_time() -> None:
    """Two seconds: the last record is sent before START + 2 s."""
    sink = Kept()
    progress = await drive(source(seconds=2), sink, Ledger(Settings()), ManualClock())
    assert START + 1_900 < progress.timestamp_ms < START + 2_000


async def test_a_paced_run_follows_the_clock() -> None:
    """With the clock standing at the start only what is sent at that very moment goes out."""
    stop, sink = asyncio.Event(), Kept()

    def seen(_: ProducerProgress) -> None:
        stop.set()

    ledger = Ledger(Settings())
    progress = await drive(source(paced=True), sink, ledger, ManualClock(), stop=stop, on_progress=seen)
    assert {record.timestamp_ms for record in sink.chunks[0]} == {START}
    assert progress.behind_ms == 0


async def test_a_run_ends_when_it_is_stopped() -> None:
    """Stopped after the first chunk, the second is not written."""
    stop, sink = asyncio.Event(), Kept()
    await drive(
        source(), sink, Ledger(Settings()), ManualClock(), stop=stop, on_progress=lambda _: stop.set()
    )
    assert len(sink.chunks) == 1


async def test_the_ledger_holds_only_what_was_acknowledged() -> None:
    """The sink fails at the second chunk: the ledger holds the first."""
    ledger = Ledger(Settings())
    with pytest.raises(UnreachableError):
        await drive(source(limit=10_000), Kept(fails_at=1), ledger, ManualClock())
    assert ledger.truth.records == CHUNK_RECORDS


def test_the_ledger_file_is_whole(tmp_path: Path) -> None:
    """What is written reads back as the same sums, over an older file, and nothing else is left."""
    ledger, path = Ledger(Settings()), tmp_path / "ledger.json"
    path.write_text("old", encoding="utf-8")
    records = source(limit=1_000)
    records.begin()
    for record in records.take(None):
        ledger.add(record.topic, record.partition, record.value, record.timestamp_ms)
    write_ledger(path, ledger)
    assert Truth.from_json(path.read_text(encoding="utf-8")).windows == ledger.truth.windows
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("plan", "seconds"),
    [
        (Plan(1, 100.0), 0),
        (Plan(1, 100.0, paced=False), 86_400),
        (Plan(1, 100.0, seconds=30.0, paced=False), 30),
        (Plan(1, 100.0, limit=1_000, paced=False), 10),
        (Plan(1, 100.0, limit=1_000, seconds=5.0, paced=False), 5),
    ],
)
def test_no_run_is_dated_ahead_of_the_clock(plan: Plan, seconds: int) -> None:
    """In real time it begins now; else so much earlier that it ends now, a day where nothing ends it."""
    assert up_to_now(plan, START).start_ms == START - seconds * 1_000
