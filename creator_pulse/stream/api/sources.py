"""The data sources of the API, as one argument of every handler."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from creator_pulse.stream.api.case_index import CaseIndex
from creator_pulse.stream.api.concurrency import ConcurrencyLimit
from creator_pulse.stream.api.health_report import HealthReport
from creator_pulse.stream.api.live_views import CurrentValues, LiveViewReader
from creator_pulse.stream.api.prometheus import Prometheus
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.names import WINDOW_TOPIC
from creator_pulse.stream.transport.redis_client import redis_client, redis_trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.log import TimedLog

REDIS_SECONDS = 5.0
READERS = 2
"""Concurrent reads of Kafka, because each may hold a few fetches in memory."""
WAITING = 6
"""How many more requests wait for one."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The parts behind the API.

    Attributes:
        settings: names of topics, partitions, the token.
        clock: by which ages are computed and verdicts dated.
        values: current values.
        log: window results, cases, references.
        prometheus: recorded series.
        cases: of the log, in memory.
        reading: limit of concurrent reads of the log.
        health: whether these parts answer.
        writing: held while a verdict is written, because a transactional id has one owner at a time.
    """

    settings: Settings
    clock: Clock
    values: CurrentValues
    log: TimedLog
    prometheus: Prometheus
    cases: CaseIndex
    health: HealthReport = field(init=False)
    reading: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit("the history", READERS, WAITING)
    )
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        questions = {
            "redis": self.values.are_published,
            "kafka": lambda: self.log.bounds(WINDOW_TOPIC, 0),
            "prometheus": lambda: self.prometheus.get(
                "query", {"query": "vector(1)", "time": f"{self.clock.now_ms() / 1000:.3f}"}
            ),
        }
        object.__setattr__(self, "health", HealthReport(questions, self.values.are_published))


TRUSTED: web.RequestKey[bool] = web.RequestKey("trusted", bool)
"""Whether a request may see everything."""
SOURCES: web.AppKey[Sources] = web.AppKey("sources", Sources)


@asynccontextmanager
async def connected(settings: Settings, clock: Clock) -> AsyncIterator[Sources]:
    """The real parts. Cases are read from the start on; everything else when a request needs it."""
    redis, log = redis_client(settings, REDIS_SECONDS), KafkaLog(settings)
    index = CaseIndex(log, settings.merge_partitions, settings.topic("reference"))
    following = asyncio.create_task(index.run())
    try:
        async with aiohttp.ClientSession() as session:
            yield Sources(
                settings,
                clock,
                LiveViewReader(redis, str(settings.redis), partial(redis_trouble, settings)),
                log,
                Prometheus(settings.prometheus, session),
                index,
            )
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await index.close()
        await redis.aclose()
