"""Compaction and retention of the log, as Kafka does them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.proof.simulation.context import RunContext
    from creator_pulse.stream.tables.partition_lanes import Place

# Longer than any recovery takes, as Kafka's ``delete.retention.ms`` must be.
_TOMBSTONE_MS = 120_000


class Upkeep:
    """Cleans the log of a random lane.

    Args:
        run: the run whose log is cleaned.
    """

    def __init__(self, run: RunContext) -> None:
        self._run = run

    async def compact(self) -> None:
        """Compact a random prefix of a changelog."""
        run = self._run
        place = run.rng.choice(run.world.places)
        topic = run.world.settings.changelog(place.topic)
        _, end = await run.world.log.bounds(topic, place.partition)
        below = run.rng.randint(0, end)
        run.story.tell("kafka", f"compacts {topic}-{place.partition} below {below}", "compactions")
        until = run.clock.now_ms() - _TOMBSTONE_MS
        run.world.log.compact(topic, place.partition, below, until)

    def forget_read(self) -> None:
        """Delete records that are already counted."""
        place = self._run.rng.choice(self._run.world.places)
        marker = self._run.expected.marker(place)
        if marker:
            self._truncate(place, self._run.rng.randint(0, marker))

    async def forget_unread(self) -> None:
        """Delete input records, some of which are not counted yet."""
        place = self._run.rng.choice(self._run.world.sources)
        marker = self._run.expected.marker(place)
        _, end = await self._run.world.log.bounds(*place)
        if marker and marker < end:
            self._truncate(place, self._run.rng.randint(marker + 1, end))

    def _truncate(self, place: Place, start: int) -> None:
        self._run.story.tell(
            "kafka", f"retention takes {place.topic}-{place.partition} below {start}", "truncations"
        )
        self._run.world.log.truncate(*place, start)
