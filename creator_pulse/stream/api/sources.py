"""What the API reads and writes, as one argument of every handler."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import aiohttp
from aiohttp import web

from creator_pulse.stream.api.live_views import CurrentValues, LiveViews, RedisReader, redis_reader
from creator_pulse.stream.api.prometheus import Prometheus
from creator_pulse.stream.transport.kafka_log import KafkaLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.log import TimedLog

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
    redis = redis_reader(settings.redis)
    try:
        async with aiohttp.ClientSession() as session:
            yield Sources(
                settings,
                clock,
                # redis types both its clients at once.
                LiveViews(cast("RedisReader", redis), settings.redis),
                KafkaLog(settings),
                Prometheus(settings.prometheus, session),
            )
    finally:
        await redis.aclose()
