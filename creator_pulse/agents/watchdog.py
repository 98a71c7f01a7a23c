"""The watchdog: lag, idle partitions, waits of partitions, and a worker that makes no progress.

It runs beside the commit loop, not in it, because the loop it watches over may hang.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faust.types import TP

from creator_pulse.agents.waits import NO_LEADER, NO_RIGHT, OPEN_TRANSACTION, PartitionWaits
from creator_pulse.stream.errors import StalledError
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.transport.names import label_of, partitions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.agents.app import PulseApp
    from creator_pulse.stream.tables.partition_lanes import Place
    from creator_pulse.stream.transport.consumer_state import Ends

logger = logging.getLogger(__name__)


@dataclass
class _LaneProgress:
    """How far a lane had come when the watchdog last looked; times are monotonic seconds.

    Attributes:
        committed: highest committed source offset.
        position: source offset to read next.
        moved_at: when it last committed, or had nothing to commit.
        busy_at: when it last read a record.
    """

    committed: int
    position: int
    moved_at: float
    busy_at: float


class Watchdog:
    """Looks once per checkpoint interval.

    Args:
        app: its lanes and its consumer are watched.
    """

    def __init__(self, app: PulseApp) -> None:
        self._app = app
        self._progress: dict[Place, _LaneProgress] = {}
        self._lag: dict[Place, int] = {}
        self._waits = PartitionWaits(app.pulse)
        self._uncounted: dict[str, int] = {}
        self._moving = 0.0
        self._began = self.looked_at = app.clock_seconds()
        """When the last look ended."""

    async def run(self) -> None:
        """Look until cancelled.

        Raises:
            StalledError: there is lag, but nothing was committed for longer than allowed; or the group does
                not come to rest, or does not hear from this worker; or Kafka's client does not answer.
        """
        while True:
            try:
                # A look waits for answers of Kafka: one that never comes must not silence the watchdog
                # itself.
                async with asyncio.timeout(self._app.pulse.stall_after):
                    await self.look()
            except TimeoutError as error:
                raise self._stalled("the consumer does not answer") from error
            await asyncio.sleep(self._app.pulse.checkpoint_interval)

    async def look(self) -> None:
        """Look once.

        Raises:
            StalledError: as ``run``.
        """
        app, now = self._app, self._app.clock_seconds()
        await app.consumer.check_group()
        self._judge_group(now)
        if not app.rebalancing:
            state = await app.consumer.look()
            self._tell_uncounted(state.uncounted)
            committed = app.lanes.positions()
            lags = {}
            for place in app.places():
                # A partition whose end nobody knows is not read: its lane must not stand still for ever.
                ends = state.ends.get(TP(*place))
                position = self._position(place)
                lags[place] = None if ends is None else app.consumer.lag(TP(*place), position, ends)
                reason = self._waits_for(place, ends, position, leaderless=TP(*place) in state.leaderless)
                self._waits.see(place, reason, position if ends is None else ends.stable, now)
                self._judge(place, lags[place], committed.get(place, -1), now, waits=bool(reason))
            self._waits.keep(lags)
            self._lag = {place: lag for place, lag in lags.items() if lag is not None}
            # Progress of partitions that went to another worker goes, or it would look stuck when they come
            # back.
            self._progress = {place: last for place, last in self._progress.items() if place in lags}
            if not lags:
                self._moving = 0.0
        self.looked_at = self._app.clock_seconds()

    def lag(self, place: Place) -> int | None:
        """Records that are still to be read; None while the end of the partition is not known."""
        return self._lag.get(place)

    def still_seconds(self, place: Place, now: float) -> float:
        """How long a lane has committed nothing although there was something to commit, s."""
        progress = self._progress.get(place)
        return 0.0 if progress is None else now - progress.moved_at

    def moving_seconds(self) -> float | None:
        """How long the group has been rebalancing since the last progress, s; None at rest."""
        return self._moving if self._app.rebalancing else None

    def samples(self) -> list[Sample]:
        """The lag of the owned lanes that are open, and the waits of all owned partitions."""
        return [
            *(
                Sample("pulse_consumer_lag_records", self._named(place), lag)
                for place, lag in list(self._lag.items())
                if self._app.lanes.position(place) is not None
            ),
            *self._waits.samples(self._app.places()),
        ]

    def uncounted(self) -> list[Sample]:
        """By topic, the number of partitions that nobody counts."""
        return [
            Sample("pulse_uncounted_partitions", (("topic", label_of(topic, self._app.pulse)),), count)
            for topic, count in self._uncounted.items()
        ]

    def _tell_uncounted(self, uncounted: Mapping[str, int]) -> None:
        """Log, once per change, which topics have other partitions than the settings say."""
        for topic, count in uncounted.items():
            if count and count != self._uncounted.get(topic):
                logger.error(
                    "%s has not the %s partitions that the settings say: %s are counted by nobody, the"
                    " others go on; see docs/operate.md",
                    topic,
                    partitions_of(topic, self._app.pulse),
                    count,
                )
        self._uncounted = dict(uncounted)

    def _waits_for(self, place: Place, ends: Ends | None, position: int, *, leaderless: bool) -> str:
        """Why a partition waits for something outside this worker; empty if it does not."""
        app = self._app
        if place.topic in app.consumer.denied or app.lanes.is_denied(place):
            return NO_RIGHT
        if leaderless or app.lanes.is_leaderless(place):
            return NO_LEADER
        # Everything below the last stable offset was fetched, and more stands behind it: a transaction holds
        # it back.
        if ends is not None and ends.position >= ends.stable < ends.end:
            # All that can be read was fetched; what is fetched and not counted is the worker's own.
            return OPEN_TRANSACTION if app.consumer.has_counted(TP(*place), position) else ""
        return ""

    def _judge_group(self, now: float) -> None:
        app, longest, passed = self._app, 2 * self._app.pulse.stall_after, now - self.looked_at
        if app.rebalancing:
            self._moving += passed
            for progress in self._progress.values():
                # Nothing can be committed meanwhile, and the time for that is bounded below.
                progress.moved_at += passed
        if self._moving > longest:
            raise self._stalled("the group does not come to rest", longest)
        if app.join_fault:
            # Who is not let in does not hang: it is said, and another worker would not be let in either.
            self._began, self._moving = now, 0.0
        if now - max(app.heartbeat_sent_at, self._began) > longest:
            raise self._stalled("no group heartbeat has succeeded", longest)

    def _judge(self, place: Place, lag: int | None, committed: int, now: float, *, waits: bool) -> None:
        """Update a lane's progress; it is stuck if it is closed or commits nothing, unless it waits."""
        app, position = self._app, self._position(place)
        progress = self._progress.setdefault(place, _LaneProgress(committed, position, now, now))
        if position != progress.position:
            progress.position, progress.busy_at = position, now
        if 0 <= committed < progress.committed:
            # The log was cut: going back to its end is no progress, but going on from there is.
            progress.committed = committed
        # All read is not enough: what is read and never committed is never shown.
        if committed > progress.committed or (lag == 0 and committed >= position):
            progress.committed, progress.moved_at = max(committed, progress.committed), now
            self._moving = 0.0
        if waits and (committed >= position or not app.lanes.is_open(place)):
            progress.moved_at = now
        # Idle by the worker's clock: read to the end, and nothing new for so long.
        app.lanes.idle(place, idle=lag == 0 and now - progress.busy_at >= app.pulse.idle_after)
        # A commit ends by itself, and says why: the lane is not stuck before.
        allowed = app.pulse.stall_after * (2 if app.lanes.is_committing(place) else 1)
        if now - progress.moved_at > allowed:
            behind = "its end is not known" if lag is None else f"{lag} records to read"
            raise self._stalled(f"{place.topic}-{place.partition} commits nothing, {behind}", allowed)

    def _position(self, place: Place) -> int:
        return self._app.lanes.position(place) or 0

    def _named(self, place: Place) -> tuple[tuple[str, str], ...]:
        label = label_of(place.topic, self._app.pulse)
        return (("partition", str(place.partition)), ("topic", label))

    def _stalled(self, what: str, seconds: float | None = None) -> StalledError:
        seconds = seconds or self._app.pulse.stall_after
        return StalledError(f"no progress for {seconds:.0f} s ({what}): exiting, so that another takes over")
