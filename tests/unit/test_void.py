"""Void records: declared in the log, honoured by whoever reads it from then on, and by every replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from creator_pulse.agents.cli import main
from creator_pulse.agents.void import Voider, VoidRange
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import VoidError
from creator_pulse.stream.events.reference_entry import Entry, encoded
from creator_pulse.stream.events.references import References
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.batch import Batch, OutRecord
from creator_pulse.stream.transport.memory_log import MemoryLog
from creator_pulse.stream.transport.names import DEAD_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, record

if TYPE_CHECKING:
    from collections.abc import Sequence

SETTINGS = Settings()
GIFT, REFERENCE = SETTINGS.topic("gift"), SETTINGS.topic("reference")
FAR = 4_102_444_799_999
"""The last millisecond of 2099."""


def gift(number: int, time: int = T0) -> bytes:
    """A gift of one coin."""
    return record("gift", "gift_sent", event_id=f"e{number}", event_time=time, ingest_time=time)


def voided(*ranges: tuple[int, int], place: str = "gift:0") -> References:
    """The references with some ranges declared void, each at its own time."""
    references = References()
    for number, (first, last) in enumerate(ranges):
        entry = Entry("void", place, T0 + number, first_offset=first, last_offset=last)
        assert references.add(encoded(entry))
    return references


def read(references: References, *batches: Batch) -> dict[str, float]:
    """What a lane of gift 0 shows after some batches, without zeros."""
    lane = Topology(SETTINGS, HASH_KEY, references).source_lane("gift")
    for batch in batches:
        lane.apply(batch)
    totals: dict[str, float] = {}
    for sample in lane.snapshot().samples:
        labels = dict(sample.labels)
        name = sample.family.removeprefix("pulse_") + "".join(
            f" {labels[label]}" for label in ("outcome", "reason") if label in labels
        )
        totals[name] = totals.get(name, 0) + sample.value
    return {name: value for name, value in totals.items() if value}


def poisoned(times: Sequence[int], first: int = 0) -> Batch:
    """Gifts whose producer's clock, and so Kafka's timestamp, says these times."""
    values = [gift(first + number, time) for number, time in enumerate(times)]
    return Batch.of(range(first, first + len(times)), times, [b"x"] * len(times), values)


def test_void_records_are_invalid_and_move_nothing() -> None:
    """Of five gifts the second and third, dated 2099, are void: three are in time, with the watermark."""
    shown = read(voided((1, 2)), poisoned([T0, FAR, FAR, T0, T0]))
    assert shown["records_total counted"] == 3
    assert shown["gift_coins_total"] == 3
    assert shown["invalid_records_total void"] == shown["records_total invalid"] == 2
    assert shown["watermark_timestamp_seconds"] == (T0 - 5_000) / 1000


def test_without_it_the_poison_makes_all_later_ones_late() -> None:
    """The same log, with nothing declared: what follows the poison is 73 years late."""
    shown = read(References(), poisoned([T0, FAR, FAR, T0, T0]))
    assert (shown["records_total counted"], shown["records_total late"]) == (3, 2)


def test_void_goes_before_every_other_reason() -> None:
    """A record that is no JSON, or of no rate, is void like its neighbours."""
    values = [b"no json", gift(1), record("gift", "gift_sent", event_id="x", unit_coins=0)]
    shown = read(voided((0, 2)), Batch.of(range(3), [T0] * 3, [b"x"] * 3, values))
    assert shown["invalid_records_total void"] == 3


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_replay_at_any_batch_size_is_the_same(size: int) -> None:
    """Two ranges that touch batches' edges: one by one, by two, all at once."""
    times = [T0, FAR, T0, FAR, FAR]
    batches = [poisoned(times[at : at + size], at) for at in range(0, 5, size)]
    shown = read(voided((1, 1), (3, 4)), *batches)
    assert (shown["records_total counted"], shown["invalid_records_total void"]) == (2, 3)


def test_another_partition_is_not_void() -> None:
    """The range is of gift 1."""
    assert "invalid_records_total void" not in read(voided((0, 4), place="gift:1"), poisoned([T0]))


def test_void_records_are_dead_letters() -> None:
    """As they came, with the reason."""
    lane = Topology(SETTINGS, HASH_KEY, voided((0, 0))).source_lane("gift")
    lane.apply(poisoned([FAR]))
    checkpoint = lane.checkpoint(0)
    assert checkpoint is not None
    dead = [record for record in checkpoint.outgoing if record.topic == DEAD_TOPIC]
    assert [(letter.value, dict(letter.headers)["reason"]) for letter in dead] == [(gift(0, FAR), b"void")]


class Bench:
    """The command over a log in memory: three gifts, of which the second is dated ahead."""

    def __init__(self) -> None:
        self.log = MemoryLog({GIFT: 4, REFERENCE: 1})
        self.said: list[str] = []
        for number, time in enumerate((T0, FAR, T0)):
            self.log.write([OutRecord(GIFT, b"x", gift(number, time), 0)], timestamp=time)
        self._voider = Voider(SETTINGS, self.log, ManualClock(T0), self.said.append)

    async def run(
        self,
        first: int | None,
        last: int | None,
        *,
        topic: str = "gift",
        partition: int = 0,
        write: bool = True,
    ) -> dict[str, object]:
        """Run the command."""
        return await self._voider.run(VoidRange(topic, partition, first, last), "a clock", write=write)

    async def entries(self) -> list[tuple[bytes | None, bytes | None]]:
        """The reference topic."""
        _, end = await self.log.bounds(REFERENCE, 0)
        batch = self.log.batch(REFERENCE, 0, 0, end)
        return [] if batch is None else list(zip(batch.keys, batch.values, strict=True))


async def test_what_is_declared_is_an_entry_that_lanes_honour() -> None:
    """Written under its key, dated now; whoever reads it knows the range."""
    bench = Bench()
    report = await bench.run(1, 1)
    ((key, value),) = await bench.entries()
    references = References()
    assert references.add(value)
    assert (report["declared"], report["records"]) == (True, 1)
    assert (key, references.voids("gift", 0)) == (f"void:gift:0:{T0}".encode(), ((1, 1),))


async def test_a_look_writes_nothing() -> None:
    """Without --yes the range, its records and their dates are shown."""
    bench = Bench()
    report = await bench.run(0, 1, write=False)
    assert (report["declared"], report["records"], await bench.entries()) == (False, 2, [])
    assert "2099-12-31T23:59:59" in bench.said[0]


async def test_records_dated_ahead_are_named() -> None:
    """Without a range the command shows what could have moved event time ahead, as commands to run."""
    bench = Bench()
    report = await bench.run(None, None)
    assert (report["ahead"], await bench.entries()) == ([(1, 1)], [])
    assert bench.said == ["dated ahead of the clock: pulse void gift 0 --from 1 --to 1"]


async def test_the_full_name_of_a_topic_will_do() -> None:
    """``creator.gift`` is ``gift``."""
    assert (await Bench().run(1, 1, topic=GIFT))["declared"] is True


@pytest.mark.parametrize(
    ("first", "last", "place"),
    [
        (2, 1, {}),
        (0, 3, {}),
        (3, 3, {}),
        (0, 0, {"topic": "moon"}),
        (0, 0, {"topic": "reference"}),
        (0, 0, {"partition": 4}),
        (0, 0, {"partition": 1}),
    ],
)
async def test_nonsense_is_refused(first: int, last: int, place: dict[str, object]) -> None:
    """Backwards, beyond the end, no input topic, no such partition, an empty one: and nothing is written."""
    bench = Bench()
    with pytest.raises(VoidError):
        await bench.run(first, last, **place)  # type: ignore[arg-type]
    assert await bench.entries() == []


async def test_a_range_that_retention_passed_is_refused() -> None:
    """Offset 0 is gone."""
    bench = Bench()
    bench.log.truncate(GIFT, 0, 1)
    with pytest.raises(VoidError, match="holds the offsets 1 to 2"):
        await bench.run(0, 1)


async def test_a_reason_too_long_is_refused() -> None:
    """Nothing is written that lanes would refuse."""
    bench = Bench()
    voider = Voider(SETTINGS, bench.log, ManualClock(T0), bench.said.append)
    with pytest.raises(VoidError, match="too_large"):
        await voider.run(VoidRange("gift", 0, 1, 1), "x" * 8_001, write=True)
    assert await bench.entries() == []


@pytest.mark.parametrize(
    "words", [("--from", "1"), ("--to", "1"), ("--yes",), ("--from", "-1", "--to", "1"), ("--from", "x")]
)
def test_half_a_range_is_a_question(words: tuple[str, ...]) -> None:
    """The command asks for both ends before it asks Kafka for anything."""
    done = CliRunner().invoke(main, ["void", "gift", "0", *words])
    assert done.exit_code == 2
