"""The Redis in memory does what the real one does with the calls of the worker's own views."""

from __future__ import annotations

from abc import ABC, abstractmethod
from random import Random
from typing import TYPE_CHECKING, cast

import pytest
from redis.asyncio import Redis

from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.simulation.process import Process
from creator_pulse.stream.simulation.redis import MemoryRedis, WorkerRedis
from creator_pulse.stream.simulation.story import Story
from creator_pulse.stream.simulation.virtual_loop import VirtualLoop
from creator_pulse.stream.simulation.weather import REDIS, Weather
from creator_pulse.stream.tables.views import CURRENT, GENERATION, OFFSETS, Views
from tests.support.stack_fixture import redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

__all__ = ["redis_url"]

KEYS = (CURRENT, OFFSETS, GENERATION)


class Bench(ABC):
    """Two workers' views over one Redis."""

    one: Views
    other: Views

    @abstractmethod
    async def current(self) -> Mapping[bytes, bytes]:
        """All values."""

    @abstractmethod
    async def flush(self) -> None:
        """Let Redis forget everything."""


class MemoryBench(Bench):
    """In memory."""

    def __init__(self) -> None:
        self.story, rng = Story(ManualClock()), Random(1)
        self.weather = Weather(rng, self.story)
        self.weather.stormy = False
        self._server = MemoryRedis(self.story)
        self.one, self.other = Views("redis://nowhere"), Views("redis://nowhere")
        for views in (self.one, self.other):
            views._redis = WorkerRedis(self._server, Process(rng, self.weather))  # type: ignore[assignment]

    async def current(self) -> Mapping[bytes, bytes]:
        """All values."""
        return {key.encode(): value for key, value in self._server.hgetall(CURRENT).items()}

    async def flush(self) -> None:
        """Let it forget everything."""
        self._server.flush()


class RealBench(Bench):
    """A real Redis."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url)
        self.one, self.other = Views(url), Views(url)

    async def current(self) -> Mapping[bytes, bytes]:
        """All values."""
        return cast("dict[bytes, bytes]", await self._redis.hgetall(CURRENT))

    async def flush(self) -> None:
        """Let it forget what views write."""
        await self._redis.delete(*KEYS)

    async def close(self) -> None:
        """Let go of the connections."""
        await self.flush()
        for one in (self.one, self.other):
            await one.close()
        await self._redis.aclose()


@pytest.fixture(params=["memory", pytest.param("real", marks=pytest.mark.stack)])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """An empty Redis."""
    if request.param == "memory":
        yield MemoryBench()
        return
    made = RealBench(request.getfixturevalue("redis_url"))
    await made.flush()
    yield made
    await made.close()


async def test_views_are_written(bench: Bench) -> None:
    """Each under its key, of both workers."""
    await bench.one.publish({"a": ((1, 10), b"one")})
    await bench.other.publish({"b": ((1, 3), b"two")})
    assert await bench.current() == {b"a": b"one", b"b": b"two"}


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
async def test_the_latest_state_stands_in_any_order(bench: Bench, seed: int) -> None:
    """By when the lane began, then by offset, whichever worker writes last."""
    rng = Random(seed)
    written = [(rng.randint(1, 3), rng.randint(0, 120)) for _ in range(12)]
    for stands_for in written:
        views = bench.one if rng.random() < 0.5 else bench.other
        await views.publish({"a": (stands_for, b"%d %d" % stands_for)})
    assert await bench.current() == {b"a": b"%d %d" % max(written)}


async def test_each_worker_finds_out_that_redis_was_flushed(bench: Bench) -> None:
    """Also the one that is second to look, when the first has set the generation key anew."""
    for _ in range(2):
        await bench.one.publish({"a": ((1, 10), b"one")})
        await bench.other.publish({"b": ((1, 3), b"two")})
    for _ in range(2):
        await bench.flush()
        await bench.one.publish({"a": ((1, 10), b"one")})
        await bench.other.publish({"b": ((1, 3), b"two")})
        assert await bench.current() == {b"a": b"one", b"b": b"two"}


def test_a_server_that_is_away_is_said_and_borne() -> None:
    """Publishing fails without an error, and is made up for when it is back."""

    async def work() -> None:
        made = MemoryBench()
        made.weather.away(REDIS, away=True)
        await made.one.publish({"a": ((1, 10), b"one")})
        assert not made.one.up
        made.weather.away(REDIS, away=False)
        await made.one.publish({"a": ((1, 10), b"one")})
        assert made.one.up
        assert await made.current() == {b"a": b"one"}

    VirtualLoop().complete(work())


async def test_an_offset_that_falls_breaks_the_law() -> None:
    """What the publishing script prevents, the memory would tell."""
    made = MemoryBench()
    client = made.one._redis
    await client.hset(OFFSETS, "a", b"1:10")
    await client.hset(OFFSETS, "a", b"1:9")
    assert made.story.violations == ["Redis law: a goes from b'1:10' back to b'1:9'"]
