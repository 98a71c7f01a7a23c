"""What the API reads and writes, as one argument of every handler."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from creator_pulse.stream.api.live_views import CurrentValues, LiveViews
from creator_pulse.stream.api.prometheus import Prometheus
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.redis_client import redis_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.log import TimedLog

REDIS_SECONDS = 5.0
READERS = 2
"""Reads of Kafka at a time: each may hold a few fetches in memory."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The parts behind the API.

    Attributes:
        settings: names of topics, partitions, the token.
        clock: the time by which ages are told and verdicts dated.
        values: current values.
        log: window results, cases, references.
        prometheus: recorded series.
        turn: held by whoever reads the log.
        writing: held by whoever writes a verdict: a transactional id has one owner at a time.
    """

    settings: Settings
    clock: Clock
    values: CurrentValues
    log: TimedLog
    prometheus: Prometheus
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READERS))
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)


SOURCES: web.AppKey[Sources] = web.AppKey("sources", Sources)


@asynccontextmanager
async def connected(settings: Settings, clock: Clock) -> AsyncIterator[Sources]:
    """The real parts; nothing is contacted until a request needs it."""
    redis = redis_client(settings, REDIS_SECONDS)
    try:
        async with aiohttp.ClientSession() as session:
            yield Sources(
                settings,
                clock,
                LiveViews(redis, str(settings.redis)),
                KafkaLog(settings),
                Prometheus(settings.prometheus, session),
            )
    finally:
        await redis.aclose()
