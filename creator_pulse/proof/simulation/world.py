"""The log that all simulated workers share, and the topology of its lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.stream.events.references import References
from creator_pulse.stream.settings import INPUT_TOPICS
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.topology import Topology, sources_of
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.memory_log import MemoryLog
from creator_pulse.stream.transport.names import (
    CASE_TOPIC,
    DEAD_TOPIC,
    LATE_TOPIC,
    PANE_TOPIC,
    WINDOW_TOPIC,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.tables.installation import Installation
    from creator_pulse.stream.tables.runner import LaneRunner
    from creator_pulse.stream.transport.log import Log


class SimulatedWorld:
    """An in-memory log with all topics, and a factory of lanes over it.

    Args:
        settings: settings of every lane.
        clock: timestamps of the records that lanes write.
        topics: the input topics of the run, without prefix.
        parts: the classes that lanes are built from; None: those of the product.

    Attributes:
        log: the in-memory log.
        sources: the input partitions.
        merges: the partitions of ``pulse.pane``.
        parts: the classes that lanes are built from.
        partitions: number of partitions of every topic of the log.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        topics: Sequence[str] = INPUT_TOPICS,
        parts: Parts | None = None,
    ) -> None:
        self.settings = settings
        self.parts = Parts() if parts is None else parts
        self._topics = tuple(topics)
        names = [settings.topic(name) for name in topics]
        self.sources = sources_of(settings, topics)
        self.merges = tuple(Place(PANE_TOPIC, number) for number in range(settings.merge_partitions))
        # The log in memory has one number of partitions for all topics: the largest needed.
        most = max(settings.partitions, settings.quiet_partitions, settings.merge_partitions)
        changelogs = [settings.changelog(name) for name in (*names, PANE_TOPIC)]
        others = (PANE_TOPIC, WINDOW_TOPIC, LATE_TOPIC, DEAD_TOPIC, CASE_TOPIC, settings.installation)
        self.log = MemoryLog(dict.fromkeys((*names, *changelogs, *others), most), clock.now_ms)
        self.partitions = most
        self.references = References()

    @property
    def places(self) -> tuple[Place, ...]:
        """The partitions that lanes read: one lane each."""
        return (*self.sources, *self.merges)

    def write(self, produced: Produced) -> None:
        """Write a record to its input topic."""
        record = OutRecord(
            self.settings.topic(produced.topic), produced.key, produced.value, produced.partition
        )
        self.log.write([record], timestamp=produced.timestamp_ms)

    def installation(self, log: Log, make: Callable[[], bytes]) -> Installation:
        """The installation record, which holds the hash key of all lanes.

        Args:
            log: the world's log, or a worker's view.
            make: returns a new random key.
        """
        return self.parts.installation(log, self.settings, self._topics, make=make)

    def runner(self, place: Place, log: Log, clock: Clock, key: HashKey) -> LaneRunner:
        """A new runner for a lane, not yet open.

        Args:
            place: the partition that the lane reads.
            log: the world's log, or a worker's view.
            clock: schedules the emission of results.
            key: hash key of the installation.
        """
        parts, topics = self.parts, self._topics
        topology = Topology(self.settings, key, self.references, parts.job(topics), parts.lane_classes)
        return topology.runner(place, log, clock)

    def records(self, topic: str) -> list[tuple[bytes | None, bytes | None]]:
        """Key and value of all committed records of a topic, partition by partition."""
        pairs = []
        for number in range(self.partitions):
            # Above all offsets: everything.
            batch = self.log.batch(topic, number, 0, 1 << 40)
            if batch is not None:
                pairs += list(zip(batch.keys, batch.values, strict=True))
        return pairs
