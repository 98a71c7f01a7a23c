"""The parts of a worker that a simulation runs; a test plants a broken one by a subclass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.tables.installation import Installation
from creator_pulse.stream.tables.lanes import Lanes
from creator_pulse.stream.tables.runner import LaneRunner
from creator_pulse.stream.tables.views import Views
from creator_pulse.stream.topology import Job, LaneClasses
from creator_pulse.stream.windows.merge_lane import MergeLane
from creator_pulse.stream.windows.source_lane import SourceLane

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.stream.catalog.catalogue import Catalogue


def when_sent(sent: float, answered: float) -> float:
    """The age of a successful heartbeat counts from when it was sent: the coordinator's does too."""
    del answered
    return sent


@dataclass(frozen=True, slots=True)
class Parts:
    """The classes of the worker as it runs on Kafka.

    Attributes:
        installation: where the hash key of all workers is.
        lanes: all lanes of a worker.
        runner: one lane with its log.
        source_lane: of an input partition.
        merge_lane: of a partition of ``pulse.pane``.
        views: the writer to Redis.
        catalogue: what is counted.
        heartbeat: the time that a successful heartbeat stands for, of when it was sent and answered.
    """

    installation: type[Installation] = Installation
    lanes: type[Lanes] = Lanes
    runner: type[LaneRunner] = LaneRunner
    source_lane: Callable[..., SourceLane] = SourceLane
    merge_lane: Callable[..., MergeLane] = MergeLane
    views: type[Views] = Views
    heartbeat: Callable[[float, float], float] = when_sent
    catalogue: Catalogue = CATALOGUE

    @property
    def lane_classes(self) -> LaneClasses:
        """Of which the topology makes lanes."""
        return LaneClasses(self.source_lane, self.merge_lane, self.runner)

    def job(self, topics: Sequence[str]) -> Job:
        """What is counted of some input topics, named without prefix."""
        return Job({name: TOPICS[name] for name in topics}, self.catalogue)
