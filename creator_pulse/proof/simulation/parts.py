"""The parts of a worker that a simulation runs; a test plants a broken one by a subclass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.ingestion.source_lane import SourceLane
from creator_pulse.stream.tables.installation import Installation
from creator_pulse.stream.tables.lanes import Lanes
from creator_pulse.stream.tables.runner import LaneRunner
from creator_pulse.stream.tables.views import Views
from creator_pulse.stream.topology import Job, LaneClasses
from creator_pulse.stream.windows.merge_lane import MergeLane

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue


def when_sent(sent: float, answered: float) -> float:
    """Date a heartbeat by when it was sent, because the coordinator's session timer does so too."""
    del answered
    return sent


@dataclass(frozen=True, slots=True)
class Parts:
    """The classes that a worker on Kafka is built from.

    Attributes:
        installation: stores the hash key that all workers share.
        lanes: all lanes of a worker.
        runner: one lane with its log.
        source_lane: counts an input partition.
        merge_lane: merges a partition of ``pulse.pane``.
        views: writes live views to Redis.
        catalogue: the measures and values to compute.
        heartbeat: from the times at which a heartbeat was sent and answered, the time it is dated by.
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
        """The classes that the topology builds lanes from."""
        return LaneClasses(self.source_lane, self.merge_lane, self.runner)

    def job(self, topics: Sequence[str]) -> Job:
        """The job over some input topics, which are named without prefix."""
        return Job({name: TOPICS[name] for name in topics}, self.catalogue)
