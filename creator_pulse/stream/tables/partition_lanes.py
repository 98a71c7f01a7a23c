"""The lanes of one topic's partitions, which a table owns, and the reads that they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.windows.rendered import view_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.tables.runner import LaneRunner
    from creator_pulse.stream.transport.batch import Batch


class Place(NamedTuple):
    """A partition of a source topic (full name)."""

    topic: str
    partition: int


class WindowView(msgspec.Struct, frozen=True, kw_only=True):
    """A window's result with its trust, as it is published.

    Attributes:
        value: as shown; None if a denominator is 0.
        end: of the window, epoch ms.
        watermark: lowest of the partitions that it is made of, epoch ms; of a final one, at which it closed.
    """

    value: float | None
    end: int
    watermark: int


_VIEW = msgspec.json.Decoder(WindowView)


class PartitionLanes:
    """The lanes of one source topic, by partition.

    Example::

        lanes = PartitionLanes("creator.gift", topology_runner)
        following = await lanes.apply(0, batch)
        lanes.total("pulse_gift_coins_total", app="tiktok")

    Args:
        topic: full name of the source topic.
        make: a runner for a place, not yet open.
    """

    def __init__(self, topic: str, make: Callable[[Place], LaneRunner]) -> None:
        self.topic = topic
        self._make = make
        self._runners: dict[int, LaneRunner] = {}
        self.is_shown: Callable[[Place], bool] = lambda place: place.partition in self._runners
        """Whether a lane may be shown, or read: whoever follows the assignment says so."""
        self.on_end: Callable[[Place, LaneRunner, LaneError], None] = _raise
        """Hears of a commit that failed."""

    def __len__(self) -> int:
        return len(self._runners)

    def __iter__(self) -> Iterator[tuple[Place, LaneRunner]]:
        # A copy: health and metrics are asked for from threads of their own.
        for partition, runner in list(self._runners.items()):
            yield Place(self.topic, partition), runner

    def get(self, partition: int) -> LaneRunner | None:
        """The lane of a partition; None if this worker does not have it."""
        return self._runners.get(partition)

    def take(self, partition: int) -> None:
        """Own a partition's lane from now on; it is not open yet."""
        if partition not in self._runners:
            self._runners[partition] = self._make(Place(self.topic, partition))

    def give_up(self, partition: int) -> LaneRunner:
        """Own a partition's lane no longer.

        Returns:
            the lane, to be closed.
        """
        return self._runners.pop(partition)

    def count(self, partition: int, batch: Batch) -> int | None:
        """Count a batch; one for a lane that is not open is left to be read again.

        Returns:
            the offset to read on from, if the batch lies beyond the next one that the lane counts; else None.
        """
        runner = self._runners.get(partition)
        if runner is None or not runner.is_open or runner.apply(batch):
            return None
        return runner.position

    async def apply(self, partition: int, batch: Batch) -> int | None:
        """Count a batch, with care if counting has failed before; as ``count``.

        A lane with very much that waits to be committed, as Kafka is slow, takes no more before it is.
        """
        runner = self._runners.get(partition)
        if runner is None or not runner.is_open or not runner.is_careful:
            following = self.count(partition, batch)
            if runner is not None and runner.is_full:
                await self.commit(partition, runner)
            return following
        try:
            joins = await runner.apply_with_care(batch)
        except LaneError as error:
            self.on_end(Place(self.topic, partition), runner, error)
            return None
        return None if joins or not runner.is_open else runner.position

    async def commit(self, partition: int, runner: LaneRunner) -> bool:
        """Commit a lane; a failure goes to ``on_end``.

        Args:
            partition: number of the lane's partition.
            runner: the lane, which this table may have given up meanwhile.

        Returns:
            whether something was written.
        """
        try:
            return await runner.commit()
        except LaneError as error:
            self.on_end(Place(self.topic, partition), runner, error)
            return False

    def samples(self) -> Iterator[Sample]:
        """The series of the lanes that may be shown, as of their last commits."""
        for place, runner in self:
            if self.is_shown(place):
                yield from runner.samples()

    def total(self, family: str, **labels: str) -> float:
        """A counter as of the last commits, added up over partitions and over the labels that are not given.

        Args:
            family: full name of the series, with ``pulse_``.
            labels: some or all of the total's labels, each with a value.
        """
        wanted = labels.items()
        return sum(
            sample.value
            for sample in self.samples()
            if sample.family == family and wanted <= {*sample.labels}
        )

    def window(self, value: str, window: str, *, state: str = "final", **labels: str) -> WindowView | None:
        """The newest window of a value as of the last commits; None if none was stated.

        Args:
            value: its name without ``pulse_``.
            window: label of the window.
            state: ``provisional``: the newest that ended; ``final``: the newest that closed.
            labels: all of the value's, with its fixed ones.
        """
        for place, runner in self:
            if self.is_shown(place) and runner.committed is not None:
                own = {"partition": str(place.partition), "topic": runner.id.label}
                key = view_key(value, sorted((labels | own | {"window": window, "state": state}).items()))
                if key in runner.committed.views:
                    return _VIEW.decode(runner.committed.views[key])
        return None


def _raise(place: Place, runner: LaneRunner, error: LaneError) -> None:
    """Nobody follows the assignment: whoever applied a batch is told."""
    del place, runner
    raise error
