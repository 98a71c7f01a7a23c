"""The cost of each stage of counting, in one process: the worker's own parts, one after the other."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.ingestion.judge import judge
from creator_pulse.stream.ingestion.source_lane import fields_read
from creator_pulse.stream.keyed.dedup import DedupHorizon
from creator_pulse.stream.lanes.watermark import NONE
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.topology import PRODUCT, Topology
from creator_pulse.stream.transport.batch import Batch, OutRecord
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.transport.topics import Topic, ensure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.lanes.lane import Checkpoint
    from creator_pulse.stream.settings import Settings

STAGES = ("fetch", "decode", "dedup", "measures", "checkpoint", "merge")
PER_CHECKPOINT = 20_000
"""Records of a lane per checkpoint: 80,000 events a second over four partitions, a commit each second."""


@dataclass
class Stages:
    """Measures CPU seconds by stage, of all threads of the process.

    Args:
        settings: settings of a worker that reads the topic.
        topic: input topic without prefix.
        key: hash key of all lanes.
        seconds: CPU seconds so far by stage.
    """

    settings: Settings
    topic: str
    key: HashKey = field(default_factory=lambda: HashKey(secrets.token_bytes(KEY_BYTES)))
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    async def measure(self, records: dict[int, int]) -> dict[str, float]:
        """Read the topic once.

        Args:
            records: number of records by partition.

        Returns:
            microseconds of CPU per event by stage.
        """
        batches = {number: await self._fetched(number, end) for number, end in records.items()}
        self._decoded(batches.values())
        # The partitions' checkpoints by turns, as they would be committed.
        turns = zip_longest(*(self._counted(number, read) for number, read in batches.items()))
        checkpoints = [checkpoint for turn in turns for checkpoint in turn if checkpoint is not None]
        await self._committed(checkpoints)
        self._merged(checkpoints)
        # The lanes' time includes decoding and dedup; the rest is that of the measures.
        self.seconds["measures"] -= self.seconds["decode"] + self.seconds["dedup"]
        events = sum(records.values())
        return {stage: round(self.seconds[stage] / events * 1e6, 3) for stage in STAGES}

    async def _fetched(self, number: int, end: int) -> list[Batch]:
        began = time.process_time()
        log = KafkaLog(self.settings)
        batches = [batch async for batch in log.read(self.settings.topic(self.topic), number, 0, end)]
        self.seconds["fetch"] += time.process_time() - began
        return batches

    def _decoded(self, partitions: Iterable[list[Batch]]) -> None:
        schema = TOPICS[self.topic]
        fields = fields_read(CATALOGUE.measures_of(self.topic), schema.lookups)
        for batches in partitions:
            decoder, highest = schema.decoder(schema, self.key, fields), NONE
            dedup = DedupHorizon(self.settings.dedup_horizon_ms)
            for batch in batches:
                began = time.process_time()
                decoded = decoder.decode(batch.data, batch.value_at, batch.value_length)
                self.seconds["decode"] += (between := time.process_time()) - began
                judged = judge(decoded, batch.timestamps, highest, dedup=dedup, settings=self.settings)
                dedup.expire(int(judged.watermarks[-1]))
                highest = judged.highest
                self.seconds["dedup"] += time.process_time() - between

    def _counted(self, number: int, batches: list[Batch]) -> list[Checkpoint]:
        began = time.process_time()
        lane = self._topology().source_lane(self.topic, number)
        checkpoints, waiting = [], 0
        for index, batch in enumerate(batches):
            lane.apply(batch)
            waiting += len(batch)
            if waiting >= PER_CHECKPOINT or index == len(batches) - 1:
                waiting, checkpoint = 0, lane.checkpoint(0)
                assert checkpoint is not None
                checkpoints.append(checkpoint)
        self.seconds["measures"] += time.process_time() - began
        return checkpoints

    def _topology(self) -> Topology:
        return Topology(self.settings, self.key, job=PRODUCT.only(self.topic))

    async def _committed(self, checkpoints: list[Checkpoint]) -> None:
        changelog = f"bench-stages-{self.topic}"
        await ensure(self.settings, [Topic(changelog, 1), Topic(PANE_TOPIC, self.settings.merge_partitions)])
        producer = await KafkaLog(self.settings).producer(changelog)
        began = time.process_time()
        for checkpoint in checkpoints:
            await producer.commit([*_changelog(changelog, checkpoint), *_panes(checkpoint)])
        self.seconds["checkpoint"] += time.process_time() - began
        await producer.close()

    def _merged(self, checkpoints: list[Checkpoint]) -> None:
        topology = self._topology()
        lanes = [topology.merge_lane(number) for number in range(self.settings.merge_partitions)]
        began = time.process_time()
        for beat, checkpoint in enumerate(checkpoints):
            # groupby groups neighbours only.
            panes = sorted(_panes(checkpoint), key=lambda record: record.partition or 0)
            for number, records in groupby(panes, key=lambda record: record.partition or 0):
                values = [record.value for record in records]
                offsets = range(beat, beat + len(values))
                lanes[number].apply(Batch.of(offsets, [0] * len(values), [b""] * len(values), values))
                lanes[number].checkpoint(beat * 1_000)
        self.seconds["merge"] += time.process_time() - began


def _changelog(topic: str, checkpoint: Checkpoint) -> list[OutRecord]:
    return [OutRecord(topic, key, value, partition=0) for key, value in checkpoint.entries]


def _panes(checkpoint: Checkpoint) -> list[OutRecord]:
    return [record for record in checkpoint.outgoing if record.topic == PANE_TOPIC]
