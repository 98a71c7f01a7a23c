"""Records that are odd, each kind in its own way, and their cost in the lanes."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import PRODUCT, Topology
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import PANE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

START = 1_790_000_040_000
"""Epoch ms, a full minute."""
STAGES = ("source", "merge", "restate")
BATCH = 8_000
PER_CHECKPOINT = 16_000
BEAT_MS = 1_000
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Odd:
    """A kind of odd records.

    Attributes:
        name: heads the row in the report.
        topic: input topic without prefix.
        odd: from the number of a record, the fields that differ from those of a plain one.
    """

    name: str
    topic: str
    odd: Callable[[int], Fields]


def _late(ms: int) -> Fields:
    # Behind the allowed lateness of ten minutes, by one minute and ms.
    return {"event_time": START - 11 * _MINUTE_MS - ms}


def _own(*names: str) -> Callable[[int], Fields]:
    """Fields that have a different value in each record."""
    return lambda number: {name: f"{name}-{number}" for name in names}


KINDS = (
    Odd("a region each", "gift", _own("region")),
    Odd("a platform each", "gift", _own("platform")),
    Odd("a gift of its own each", "gift", _own("gift_id")),
    Odd("a creator, viewer and room each", "gift", _own("creator_id", "viewer_id", "room_id")),
    Odd("a streak each", "gift", lambda n: {"gift_type": 1, "repeat_end": False, "group_id": f"group-{n}"}),
    Odd("late, by up to two hours", "gift", lambda n: _late(n % 100 * _MINUTE_MS)),
    Odd("late, each minute of three days", "gift", lambda n: _late(n % 4_300 * _MINUTE_MS)),
    Odd("late, by more than any window", "gift", lambda n: _late(80 * _HOUR_MS + n * _MINUTE_MS)),
    Odd("an unknown currency each", "ad", _own("currency")),
    Odd("a campaign, advertiser and viewer each", "ad", _own("campaign_id", "advertiser_id", "viewer_id")),
    Odd("a viewer and session each", "watch", _own("viewer_id", "session_id")),
    Odd("a region and creator each", "purchase", _own("region", "creator_id")),
)


def plain(topic: str, number: int) -> Fields:
    """A plain record, of one of 4 regions, 211 creators and 2,003 viewers."""
    usual: Fields = {
        "event_id": f"event-{topic}-{number:09}",
        "schema_version": 1,
        "event_time": START + number // 100,
        "creator_id": f"creator-{number % 211}",
        "viewer_id": f"viewer-{number % 2_003}",
        "region": ("US", "GB", "DE", "BR")[number % 4],
        "app": "tiktok",
        "platform": ("ios", "android")[number % 2],
        "room_id": f"room-{number % 211}",
    }
    own: dict[str, Fields] = {
        "gift": {
            "event_type": "gift_sent",
            "gift_id": ("rose", "panda", "concert")[number % 3],
            "gift_type": 2,
            "unit_coins": 5,
            "repeat_count": 1,
            "repeat_end": True,
        },
        "ad": {
            "event_type": "impression",
            "imp_id": f"imp-{number:09}",
            "price_micros_cpm": 5_000_000,
            "currency": ("USD", "EUR")[number % 2],
            "billable": True,
            "campaign_id": f"campaign-{number % 50}",
            "advertiser_id": f"advertiser-{number % 20}",
            "surface": "feed",
        },
        "watch": {
            "event_type": "heartbeat",
            "session_id": f"session-{number % 2_003}",
            "organic_ms": 9_000,
            "ad_ms": 1_000,
            "surface": "feed",
        },
        "purchase": {
            "event_type": "order_completed",
            "order_id": f"order-{number:09}",
            "value_micros": 20_000_000,
            "currency": "USD",
            "attribution": "live",
        },
    }
    return usual | own[topic]


def batches(topic: str, count: int, odd: Callable[[int], Fields] | None) -> list[Batch]:
    """Records as a log delivers them; the first one is plain, because it sets the watermark.

    Args:
        topic: input topic without prefix.
        count: number of records.
        odd: the fields that differ from plain ones, by number of the record; None: all records are plain.
    """
    # The first record stays plain: it sets the watermark that the late ones are late by.
    records = [plain(topic, number) | (odd(number) if odd and number else {}) for number in range(count)]
    values = [msgspec.json.encode(record) for record in records]
    keys = [str(record["creator_id"]).encode() for record in records]
    built = []
    for at in range(0, count, BATCH):
        part = slice(at, at + BATCH)
        # 100 records share a millisecond of arrival, one second after the start of event time.
        times = [START + 1_000 + number // 100 for number in range(at, at + len(values[part]))]
        built.append(Batch.of(range(at, at + len(times)), times, keys[part], values[part]))
    return built


def cost(topic: str, records: Sequence[Batch]) -> Mapping[str, float]:
    """CPU microseconds per record in the source lane, in the merge lane, and for restating windows.

    Windows that late records change are restated together, so that cost depends on windows, not records.

    Args:
        topic: input topic without prefix.
        records: batches in order of their offsets.
    """
    settings = Settings(merge_partitions=1, partitions=1)
    key = HashKey(secrets.token_bytes(KEY_BYTES))
    topology = Topology(settings, key, job=PRODUCT.only(topic))
    source, merge = topology.source_lane(topic), topology.merge_lane()
    spent = dict.fromkeys(STAGES, 0.0)
    waiting, beat, offset = 0, 0, 0
    for index, batch in enumerate(records):
        began = time.process_time()
        source.apply(batch)
        waiting += len(batch)
        checkpoint = None
        if waiting >= PER_CHECKPOINT or index == len(records) - 1:
            waiting, checkpoint = 0, source.checkpoint(0)
        between = time.process_time()
        spent["source"] += between - began
        if checkpoint is None:
            continue
        panes = [out.value for out in checkpoint.outgoing if out.topic == PANE_TOPIC]
        merge.apply(Batch.of(range(offset, offset + len(panes)), [0] * len(panes), [b""] * len(panes), panes))
        offset += len(panes)
        beat += BEAT_MS
        merge.checkpoint(beat)
        spent["merge"] += time.process_time() - between
    # Restating is due a minute after the first change and is spread over many commits: 100 beats of 1 s.
    began = time.process_time()
    for _ in range(100):
        beat += BEAT_MS
        merge.checkpoint(beat)
    spent["restate"] += time.process_time() - began
    count = sum(map(len, records))
    # Microseconds of CPU per record.
    return {stage: seconds / count * 1e6 for stage, seconds in spent.items()}
