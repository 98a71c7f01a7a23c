"""The Faust table of a source topic: its rows are the lanes of the topic's partitions.

Faust registers the table, assigns its partitions and says when; its changelog, expiry and recovery are
not used. An agent applies batches to the table, and whoever holds it reads totals and windows as of the last
commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from faust.tables.table import Table

from creator_pulse.stream.tables.partition_lanes import PartitionLanes

if TYPE_CHECKING:
    from creator_pulse.stream.tables.partition_lanes import WindowView
    from creator_pulse.stream.transport.batch import Batch


class LaneTable(Table):  # type: ignore[misc]
    """A table of one source topic, which owns the lanes of the partitions that are assigned to this worker.

    Example::

        gifts = app.Table("creator.gift", partitions=4)
        async for event in stream.events():
            await gifts.apply(event.message.partition, event.value)
        gifts.total("pulse_gift_coins_total", app="tiktok")

    Args:
        app: the application, whose ``lanes`` follow the assignment.
        name: full name of the source topic.
        more: as Faust's own.

    Attributes:
        lanes: by partition.
    """

    def __init__(self, app: Any, *, name: str, **more: Any) -> None:
        super().__init__(app, name=name, **more)
        self.lanes = PartitionLanes(name, app.lane_runner)
        app.lanes.add(self.lanes)

    async def apply(self, partition: int, batch: Batch) -> int | None:
        """Count a batch in the lane of the partition; totals show it after the next commit.

        Args:
            partition: of the source topic.
            batch: the next records, in the log's order.

        Returns:
            where to read on, if that is not behind the batch.
        """
        return await self.lanes.apply(partition, batch)

    def total(self, family: str, **labels: str) -> float:
        """A counter as of the last commits, as ``PartitionLanes.total``."""
        return self.lanes.total(family, **labels)

    def window_view(
        self, value: str, window: str, *, state: str = "final", **labels: str
    ) -> WindowView | None:
        """A window's result as of the last commits, as ``PartitionLanes.window``."""
        return self.lanes.window(value, window, state=state, **labels)
