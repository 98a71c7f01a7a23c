"""The topology: which lanes there are, what each is made of, and where its state and results go.

It is the one place that puts a lane together: worker, simulation, benchmark and tests all ask it, so that
a proof about a lane holds for the lane that runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.events.references import References
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.ingestion.reference_lane import ReferenceLane
from creator_pulse.stream.ingestion.source_lane import SourceLane
from creator_pulse.stream.sinks.case_topic import CaseTopic
from creator_pulse.stream.sinks.closed_days import ClosedDays
from creator_pulse.stream.sinks.shown_windows import Gauges, RedisViews
from creator_pulse.stream.sinks.window_topic import WindowTopic
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.tables.runner import LaneId, LaneRunner
from creator_pulse.stream.transport.names import PANE_TOPIC, REFERENCE, label_of, outputs_of
from creator_pulse.stream.windows.merge_lane import MergeLane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.events.input_topic import InputTopic
    from creator_pulse.stream.lanes.lane import Lane
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.tables.delays import Delays
    from creator_pulse.stream.transport.log import Log
    from creator_pulse.stream.windows.sink import SinkClass


SINKS: tuple[SinkClass, ...] = (WindowTopic, CaseTopic, Gauges, RedisViews, ClosedDays)
"""Where the product's results go: ``pulse.window``, ``pulse.case``, ``/metrics``, Redis, closed days."""


@dataclass(frozen=True, slots=True)
class Job:
    """The work of an application: its input, its declarations, and where results go.

    Attributes:
        topics: input topics by name without prefix.
        catalogue: declares measures, and values made from them.
        sinks: where the results of merge lanes go.
    """

    topics: Mapping[str, InputTopic]
    catalogue: Catalogue
    sinks: tuple[SinkClass, ...] = SINKS

    @property
    def helps(self) -> Mapping[str, str]:
        """Family name -> its help text, for the series that topics and catalogue declare."""
        gauges = {gauge.name: gauge.help for schema in self.topics.values() for gauge in schema.gauges}
        return {f"pulse_{name}": text for name, text in ({**self.catalogue.helps, **gauges}).items()}

    def only(self, *topics: str) -> Job:
        """The same job with only some input topics."""
        return replace(self, topics={name: self.topics[name] for name in topics})


PRODUCT = Job(TOPICS, CATALOGUE)
"""The product's own topics and catalogue."""


@dataclass(frozen=True, slots=True)
class LaneClasses:
    """The classes of lanes; a test plants a broken one by a subclass.

    Attributes:
        source: the lane of an input partition.
        merge: the lane of a partition of ``pulse.pane``.
        runner: a lane with its log.
    """

    source: Callable[..., SourceLane] = SourceLane
    merge: Callable[..., MergeLane] = MergeLane
    runner: Callable[..., LaneRunner] = LaneRunner


class Topology:
    """Makes the lanes of a job.

    Example::

        topology = Topology(Settings(), key, References())
        topology.runner(Place("creator.gift", 0), log, clock)

    Args:
        settings: of every lane: apps, limits, numbers of partitions.
        key: of the installation: ids of all lanes meet under it.
        references: dated rates and plans, shared by all lanes; None: the built-in defaults.
        job: input topics, catalogue and sinks.
        classes: of lanes and their runners; None: the product's.
    """

    def __init__(
        self,
        settings: Settings,
        key: HashKey,
        references: References | None = None,
        job: Job = PRODUCT,
        classes: LaneClasses | None = None,
    ) -> None:
        self._settings = settings
        self._key = key
        if references is None:
            references = References(day_offsets=settings.day_offsets, most=settings.most_references)
        self._references = references
        self._job = job
        self._classes = LaneClasses() if classes is None else classes

    def runner(self, place: Place, log: Log, clock: Clock, delays: Delays | None = None) -> LaneRunner:
        """A new runner for the lane of a partition, not yet open.

        Args:
            place: the partition to read, by the topic's full name.
            log: where its source, changelog and outputs are.
            clock: for the beats of results.
            delays: counts how long records took to be shown; None: nobody asks.
        """
        more = {} if delays is None else {"delays": delays}
        return self._classes.runner(self.lane_id(place), partial(self.lane, place), log, clock, **more)

    def lane_id(self, place: Place) -> LaneId:
        """The names of a lane: where its state is kept, and where its results go."""
        settings, label = self._settings, label_of(place.topic, self._settings)
        return LaneId(
            place.topic,
            place.partition,
            settings.changelog(place.topic),
            f"{settings.app_id}-{place.topic}-{place.partition}",
            label,
            outputs_of(place.topic, settings),
            compacted=label == REFERENCE,
        )

    def lane(self, place: Place) -> Lane:
        """A new, empty lane for a partition of an input topic, the reference topic or the pane topic."""
        if place.topic == PANE_TOPIC:
            return self.merge_lane(place.partition)
        label = label_of(place.topic, self._settings)
        return self.reference_lane() if label == REFERENCE else self.source_lane(label, place.partition)

    def source_lane(self, topic: str, partition: int = 0) -> SourceLane:
        """A new lane of an input partition.

        Args:
            topic: name without prefix, one of the job's.
            partition: its number, from 0.
        """
        schema, catalogue = self._job.topics[topic], self._job.catalogue
        return self._classes.source(
            schema, partition, self._settings, self._references, self._key, catalogue=catalogue
        )

    def merge_lane(self, partition: int = 0) -> MergeLane:
        """A new lane of a partition of the pane topic, which merges all input partitions of the job."""
        sources = {name: self._settings.partitions_of(name) for name in self._job.topics}
        return self._classes.merge(
            partition,
            self._settings,
            sources,
            self._key,
            catalogue=self._job.catalogue,
            references=self._references,
            sinks=self._job.sinks,
        )

    def reference_lane(self) -> ReferenceLane:
        """A new lane of the reference topic."""
        return ReferenceLane(self._settings)


def sources_of(settings: Settings, topics: Iterable[str]) -> tuple[Place, ...]:
    """The partitions of input topics.

    Args:
        settings: their prefix, and how many partitions each has.
        topics: their names without prefix.
    """
    counts = {name: settings.partitions_of(name) for name in topics}
    return tuple(
        Place(settings.topic(name), number) for name, count in counts.items() for number in range(count)
    )
