"""The Redis in memory does what the real one does with the calls of the worker's own views."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import chain, combinations
from random import Random
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.simulation.network import REDIS, Network
from creator_pulse.proof.simulation.process import Process
from creator_pulse.proof.simulation.redis import MemoryRedis, WorkerRedis
from creator_pulse.proof.simulation.story import Story
from creator_pulse.proof.simulation.virtual_loop import VirtualLoop
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.secret import Address
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.tables.views import CURRENT, KEYS, OFFSETS, Views
from creator_pulse.stream.transport.redis_client import redis_client
from tests.support.redis_servers import cluster_url, evicting_url, sentinel_url
from tests.support.stack_fixture import redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

__all__ = ["cluster_url", "evicting_url", "redis_url", "sentinel_url"]

LOSSES = list(chain.from_iterable(combinations(KEYS, count) for count in range(1, len(KEYS) + 1)))
"""Each combination of keys that may be gone."""
REAL = ("redis_url", "cluster_url", "sentinel_url")
"""A server, a cluster of three masters, and a master that a sentinel names."""


class Bench(ABC):
    """Two workers' views over one Redis."""

    one: Views
    other: Views

    @abstractmethod
    async def current(self) -> Mapping[bytes, bytes]:
        """All values."""

    @abstractmethod
    async def evict(self, keys: Iterable[str]) -> None:
        """Let Redis forget some keys."""


class MemoryBench(Bench):
    """In memory."""

    def __init__(self) -> None:
        self.story, rng = Story(ManualClock()), Random(1)
        self.network = Network(rng, self.story)
        self.network.faulty = False
        self._server = MemoryRedis(self.story)
        self.client, other = (WorkerRedis(self._server, Process(rng, self.network)) for _ in range(2))
        self.one, self.other = Views(self.client), Views(other)

    async def current(self) -> Mapping[bytes, bytes]:
        """All values."""
        return {key.encode(): value for key, value in self._server.hgetall(CURRENT).items()}

    async def evict(self, keys: Iterable[str]) -> None:
        """Let it forget some keys."""
        self._server.evict(keys)


class RealBench(Bench):
    """A real Redis."""

    def __init__(self, url: str) -> None:
        clients = [redis_client(Settings(redis=Address(url)), 5) for _ in range(3)]
        self.redis = clients[0]
        self.one, self.other = Views(clients[1]), Views(clients[2])

    async def current(self) -> Mapping[bytes, bytes]:
        """All values."""
        return await self.redis.hgetall(CURRENT)

    async def evict(self, keys: Iterable[str]) -> None:
        """Remove some keys."""
        await self.redis.delete(*keys)

    async def close(self) -> None:
        """Let go of the connections."""
        await self.evict(KEYS)
        for one in (self.one, self.other):
            await one.close()
        await self.redis.aclose()


@pytest.fixture(params=["memory", *(pytest.param(name, marks=pytest.mark.stack) for name in REAL)])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """An empty Redis."""
    if request.param == "memory":
        yield MemoryBench()
        return
    made = RealBench(request.getfixturevalue(request.param))
    await made.evict(KEYS)
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


@pytest.mark.parametrize("lost", LOSSES, ids=lambda keys: " ".join(key.rpartition(":")[2] for key in keys))
@pytest.mark.slow
async def test_each_worker_finds_out_that_keys_are_gone(bench: Bench, lost: tuple[str, ...]) -> None:
    """Any of the three, in any combination; also the second to look, when the first has written its part."""
    views = ({"a": ((1, 10), b"one")}, {"b": ((1, 3), b"two")})
    await bench.one.publish(views[0])
    await bench.other.publish(views[1])
    for _ in range(2):
        await bench.evict(lost)
        await bench.one.publish(views[0])
        await bench.other.publish(views[1])
        assert await bench.current() == {b"a": b"one", b"b": b"two"}


@pytest.mark.parametrize("lost", LOSSES, ids=lambda keys: " ".join(key.rpartition(":")[2] for key in keys))
async def test_a_stale_value_does_not_outlast_the_loss(bench: Bench, lost: tuple[str, ...]) -> None:
    """Without the offsets a worker that is behind may write first: the one that is ahead writes over it."""
    views = {"a": ((1, 10), b"new")}
    await bench.one.publish(views)
    await bench.evict(lost)
    await bench.other.publish({"a": ((1, 9), b"stale")})
    await bench.one.publish(views)
    assert await bench.current() == {b"a": b"new"}


async def test_more_views_than_one_script_takes_are_all_written(bench: Bench) -> None:
    """1,000 go at once; all of them come back after a loss."""
    views = {f"v{number:04}": ((1, 1), b"%d" % number) for number in range(2_500)}
    await bench.one.publish(views)
    await bench.evict((CURRENT,))
    await bench.one.publish(views)
    assert await bench.current() == {key.encode(): view for key, (_, view) in views.items()}


def test_a_server_that_is_away_is_said_and_borne() -> None:
    """Publishing fails without an error, and is made up for when it is back."""

    async def work() -> None:
        made = MemoryBench()
        made.network.away(REDIS, away=True)
        await made.one.publish({"a": ((1, 10), b"one")})
        assert not made.one.up
        made.network.away(REDIS, away=False)
        await made.one.publish({"a": ((1, 10), b"one")})
        assert made.one.up
        assert await made.current() == {b"a": b"one"}

    VirtualLoop().complete(work())


async def test_an_offset_that_falls_breaks_the_law() -> None:
    """What the publishing script prevents, the memory would tell."""
    made = MemoryBench()
    await made.client.hset(OFFSETS, "a", b"1:10")
    await made.client.hset(OFFSETS, "a", b"1:9")
    assert made.story.violations == ["Redis law: a goes from b'1:10' back to b'1:9'"]


@pytest.mark.stack
async def test_a_key_of_another_type_is_made_anew(redis_url: str) -> None:
    """A neighbour's text under the name of a hash neither stops the views nor stays."""
    made = RealBench(redis_url)
    await made.one.publish({"a": ((1, 10), b"one")})
    await made.redis.eval("redis.call('SET', KEYS[1], 'text')", 1, CURRENT)
    await made.one.publish({"a": ((1, 10), b"one")})
    found, up = await made.current(), made.one.up
    await made.close()
    assert (found, up) == ({b"a": b"one"}, True)


@pytest.mark.stack
async def test_a_server_that_evicts_gets_back_what_it_lost(evicting_url: str) -> None:
    """A stranger fills the memory until keys of the views are gone; the next publication brings all back."""
    made = RealBench(evicting_url)
    views = {f"v{number}": ((1, 1), b"x" * 100) for number in range(200)}
    await made.one.publish(views)
    fill = "for i = 1, 2000 do redis.call('SET', ARGV[1] .. ':' .. i, string.rep('x', 1000)) end"
    for turn in range(50):
        if await made.redis.exists(*KEYS) < len(KEYS):
            break
        await made.redis.eval(fill, 0, str(turn))
    assert await made.redis.exists(*KEYS) < len(KEYS)
    await made.one.publish(views)
    found = await made.current()
    await made.close()
    assert found == {key.encode(): view for key, (_, view) in views.items()}
