"""The Faust application: agents, tables and lanes put together. No arithmetic stands here."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import faust
from faust.auth import OAuthCredentials
from faust.types import TP
from yarl import URL

from creator_pulse.stream.clock import Clock, SystemClock
from creator_pulse.stream.errors import StalledError
from creator_pulse.stream.events.references import References
from creator_pulse.stream.tables.delays import Delays
from creator_pulse.stream.tables.lane_table import LaneTable
from creator_pulse.stream.tables.lanes import Lanes
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.tables.store import TableManager
from creator_pulse.stream.topology import PRODUCT, Job, Topology
from creator_pulse.stream.transport.client import login_kwargs
from creator_pulse.stream.transport.faust_batches import BatchTopic
from creator_pulse.stream.transport.names import PANE_TOPIC, REFERENCE, label_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.tables.runner import LaneRunner
    from creator_pulse.stream.transport.log import Log

logger = logging.getLogger(__name__)

# How long lanes wait for one whose commit does not end, as a partition has no leader.
_BEAR_SECONDS = 5.0
# Batches that may wait for an agent until Faust stops fetching a partition.
_QUEUED_BATCHES = 16


class PulseApp(faust.App):  # type: ignore[misc]
    """Faust, with lanes in place of the state that tables have there.

    Args:
        settings: everything an operator may set.
        log: Kafka, or the log in memory.
        key: of the installation: ids are hashed under it.
        clock: read by the outer layers only; lanes get times as arguments.
        job: input topics, catalogue and sinks.
    """

    def __init__(
        self,
        settings: Settings,
        log: Log,
        key: HashKey,
        clock: Clock | None = None,
        job: Job = PRODUCT,
    ) -> None:
        self.pulse = settings
        self.references = References(day_offsets=settings.day_offsets, most=settings.most_references)
        self.assigned: set[TP] = set()
        self.heartbeat_sent_at = float("-inf")
        self.join_fault = ""
        """Why the group does not let this worker in; empty where it does."""
        self.stranger_fault = ""
        """Who is in the group that is no worker; empty where nobody is."""
        self.failed: asyncio.Event = asyncio.Event()
        self.failure: Exception | None = None
        self._clock = clock or SystemClock()
        self._log = log
        self._topology = Topology(settings, key, self.references, job)
        self.delays = Delays(job.topics)
        self.counted_topics = tuple(map(settings.topic, (*job.topics, REFERENCE)))
        self.lane_topics = frozenset((*self.counted_topics, PANE_TOPIC))
        self.lanes = Lanes(
            self.lane_runner,
            self._clock,
            lambda: self.heartbeat_sent_at,
            settings.session_timeout,
            self._seek,
            bear=_BEAR_SECONDS,
        )
        super().__init__(settings.app_id, **_faust_settings(settings))

    def clock_seconds(self) -> float:
        """Monotonic seconds."""
        return self._clock.monotonic()

    def places(self) -> list[Place]:
        """The partitions of the assignment, in order."""
        return sorted(Place(tp.topic, tp.partition) for tp in self.assigned)

    async def open_lanes(self) -> Mapping[TP, int]:
        """Own the lanes of the assignment.

        Returns:
            where to read each partition from.
        """
        try:
            async with asyncio.timeout(self.pulse.stall_after):
                await self.lanes.assign(self.places())
        except TimeoutError:
            # Faust's own limit would end its recovery for good and leave the worker alive and idle.
            error = StalledError(f"the lanes did not open within {self.pulse.stall_after:.0f} s")
            self.fail(error)
            raise error from None
        except Exception as error:
            # Faust would log it and stay alive without its partitions: the worst state.
            self.fail(error)
            raise
        positions = {tp: self.lanes.position(Place(tp.topic, tp.partition)) for tp in self.assigned}
        logger.info("own %s lanes", len(positions))
        return {tp: offset for tp, offset in positions.items() if offset is not None}

    async def reopen_lanes(self) -> None:
        """Drop all lanes and open them again, where a position has left the log."""
        await self.lanes.assign(())
        for tp, offset in (await self.open_lanes()).items():
            await self.consumer.seek(tp, offset)

    def fail(self, error: Exception) -> None:
        """Make the worker exit with an error."""
        if self.failure is None:
            self.failure = error
        self.failed.set()

    def _create_directories(self) -> None:
        """Make none: lanes keep in Kafka what Faust's stores keep in files."""

    async def _seek(self, place: Place, offset: int) -> None:
        await self.consumer.seek(TP(*place), offset)

    def lane_runner(self, place: Place) -> LaneRunner:
        """A new runner of a partition's lane, not yet open."""
        return self._topology.runner(place, self._log, self._clock, self.delays)


def build(
    settings: Settings, log: Log, key: HashKey, clock: Clock | None = None, job: Job = PRODUCT
) -> PulseApp:
    """The application with its two agents and a table for each source topic."""
    app = PulseApp(settings, log, key, clock, job)
    tables: dict[str, LaneTable] = {
        name: app.Table(name, partitions=settings.partitions_of(label_of(name, settings)))
        for name in sorted(app.lane_topics)
    }

    @app.agent(app.topic(*app.counted_topics), name="count", concurrency=1)  # type: ignore[untyped-decorator]
    async def count(stream: Any) -> None:
        """Source lanes: records become totals and pane increments."""
        async for event in stream.events():
            await _apply(app, tables[event.message.topic], event)

    @app.agent(app.topic(PANE_TOPIC), name="merge", concurrency=1)  # type: ignore[untyped-decorator]
    async def merge(stream: Any) -> None:
        """Merge lanes: pane increments become windows."""
        async for event in stream.events():
            await _apply(app, tables[event.message.topic], event)

    @app.on_partitions_revoked.connect  # type: ignore[untyped-decorator]
    async def hand_over(sender: Any, revoked: Any, **_: Any) -> None:
        """Show nothing more, then commit counted records: the next owner shows them."""
        del sender, revoked
        app.lanes.release()
        await app.lanes.commit()

    return app


async def _apply(app: PulseApp, table: LaneTable, event: Any) -> None:
    """Apply a batch to its table, and read on where the table wants to."""
    message = event.message
    try:
        following = await table.apply(message.partition, event.value)
        if following is not None:
            await app.consumer.seek(message.tp, following)
    except Exception as error:
        app.fail(error)
        raise
    app.consumer.counted(message)
    await asyncio.sleep(0)


def _faust_settings(settings: Settings) -> dict[str, Any]:
    return {
        "broker": [URL(f"pulse://{server}") for server in settings.bootstrap],
        "broker_credentials": _credentials(settings),
        "store": "lanes://",
        "Table": LaneTable,
        "Topic": BatchTopic,
        "TableManager": TableManager,
        "key_serializer": "raw",
        "value_serializer": "raw",
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "table_standby_replicas": 0,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
        "stream_buffer_maxsize": _QUEUED_BATCHES,
        "stream_recovery_delay": 0.0,
        "stream_wait_empty": False,
        "broker_session_timeout": settings.session_timeout,
        "broker_heartbeat_interval": settings.heartbeat_interval,
        "broker_request_timeout": max(60.0, 2 * settings.stall_after),
        "broker_rebalance_timeout": 30.0,
        "broker_commit_interval": 3600.0,
        "recovery_consistency_check": False,
    }


def _credentials(settings: Settings) -> Any:
    login = login_kwargs(settings)
    context = login.get("ssl_context")
    if "sasl_oauth_token_provider" in login:
        return OAuthCredentials(oauth_cb=login["sasl_oauth_token_provider"], ssl_context=context)
    if "sasl_mechanism" in login:
        return faust.SASLCredentials(
            username=login["sasl_plain_username"],
            password=login["sasl_plain_password"],
            mechanism=login["sasl_mechanism"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None
