"""Whatever the names are, each record of a commit fits; as ``log_contract.py``, it is run on both logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.stream.errors import RecordSizeError
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import PRODUCT, Topology
from creator_pulse.stream.transport.batch import Batch, OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.transport.record_size import LARGEST_RECORD, size_of
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from creator_pulse.stream.lanes.lane import Checkpoint
    from tests.contract.log_contract import Bench

SETTINGS = Settings(partitions=1, merge_partitions=1)
_AT_ONCE = 20_000


def batches(values: Sequence[bytes]) -> Iterable[Batch]:
    """The records as they come from a log."""
    for at in range(0, len(values), _AT_ONCE):
        some = values[at : at + _AT_ONCE]
        yield Batch.of(range(at, at + len(some)), [T0] * len(some), [b"k"] * len(some), some)


def gifts(number: int, size: int) -> list[bytes]:
    """Gifts, each with a creator, a viewer, a room, a device and a payment of its own."""
    names = ("event_id", "creator_id", "viewer_id", "room_id", "device_hash", "payment_hash")
    shape = record("gift", "gift_sent", account_age_days=1, **dict.fromkeys(names, "\0")).decode()
    parts = shape.split('"\\u0000"')
    return [
        "".join(
            f'{part}"{f"{at}-{number}-".ljust(size, "x")}"' for at, part in enumerate(parts[:-1])
        ).encode()
        + parts[-1].encode()
        for number in range(number)
    ]


def lanes(values: Sequence[bytes]) -> tuple[Checkpoint, Checkpoint]:
    """One commit of a source lane with all of them, and the one of the merge lane that reads it."""
    source = Topology(SETTINGS, HASH_KEY).source_lane("gift")
    for batch in batches(values):
        source.apply(batch)
    first = source.checkpoint(0)
    assert first is not None
    panes = [record.value for record in first.outgoing if record.topic == PANE_TOPIC]
    merge = Topology(SETTINGS, HASH_KEY, job=PRODUCT.only("gift")).merge_lane()
    merge.apply(Batch.of(range(len(panes)), [T0] * len(panes), [b"k"] * len(panes), panes))
    second = merge.checkpoint(0)
    assert second is not None
    return first, second


def commit_of(checkpoint: Checkpoint, bench: Bench) -> list[OutRecord]:
    """What the lane writes, in the topics of a test."""
    entries = [OutRecord(bench.topic, key, value, 0) for key, value in checkpoint.entries]
    return [
        *entries,
        *(
            OutRecord(bench.other, record.key, record.value, 1, record.headers)
            for record in checkpoint.outgoing
        ),
    ]


async def write(bench: Bench, records: Sequence[OutRecord]) -> None:
    """One transaction."""
    producer = await bench.producer()
    try:
        await producer.commit(records)
    finally:
        await producer.close()


class SizeContract:
    """The tests; a subclass gives the fixture ``bench``."""

    @pytest.mark.slow
    @pytest.mark.parametrize(("number", "size"), [(400_000, 36), (20_000, 256)])
    async def test_any_names_fit_a_commit(self, bench: Bench, number: int, size: int) -> None:
        """A commit of fresh ids, many or as long as they may be, is written and read back."""
        for checkpoint in lanes(gifts(number, size)):
            records = commit_of(checkpoint, bench)
            assert max(map(size_of, records)) <= LARGEST_RECORD
            before = await bench.log.bounds(bench.topic, 0)
            await write(bench, records)
            after = await bench.log.bounds(bench.topic, 0)
            read = [
                row
                async for batch in bench.log.read(bench.topic, 0, before[1], after[1])
                for row in zip(batch.keys, batch.values, strict=True)
            ]
            assert read == [(record.key, record.value) for record in records if record.topic == bench.topic]

    async def test_the_largest_record_is_written(self, bench: Bench) -> None:
        """As many bytes as a record may have, of which none can be compressed."""
        random = np.random.default_rng(1).bytes(LARGEST_RECORD - 100)
        largest = OutRecord(bench.topic, b"k", random, 0)
        await write(bench, [largest])
        _, end = await bench.log.bounds(bench.topic, 0)
        read = [batch async for batch in bench.log.read(bench.topic, 0, 0, end)]
        assert [batch.values for batch in read] == [[random]]

    async def test_a_larger_record_is_refused(self, bench: Bench) -> None:
        """It names the topic and the size, and nothing of the commit is written."""
        large = OutRecord(bench.topic, b"k", bytes(LARGEST_RECORD), 0)
        with pytest.raises(RecordSizeError, match=rf"{bench.topic} has 1000065 bytes"):
            await write(bench, [bench.record("a", "1"), large])
        assert await bench.log.bounds(bench.topic, 0) == (0, 0)
