"""Live views in a real Redis: what may replace what."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from creator_pulse.stream.tables.views import CURRENT, GENERATION, Views
from tests.support.stack_fixture import redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["redis_url"]

pytestmark = pytest.mark.stack


class Bench:
    """A view of this test alone, and two workers that publish it."""

    def __init__(self, url: str) -> None:
        self.name = f"test-{uuid.uuid4().hex}"
        self.one, self.other = Views(url), Views(url)
        self.redis = Redis.from_url(url, protocol=2)

    async def current(self) -> bytes | None:
        """What is published."""
        found = await self.redis.hget(CURRENT, self.name)
        assert not isinstance(found, str)
        return found


@pytest.fixture
async def bench(redis_url: str) -> AsyncIterator[Bench]:
    """Connected; it lets go afterwards."""
    made = Bench(redis_url)
    yield made
    await made.one.close()
    await made.other.close()
    await made.redis.aclose()


@pytest.mark.parametrize(
    ("former", "later"),
    [
        pytest.param((1, 10), (1, 11), id="higher offset"),
        pytest.param((1, 10), (1, 10), id="same offset"),
        pytest.param((1, 10), (2, 0), id="later log"),
        pytest.param((1_760_000_000_000, 9), (1_760_000_000_000, 10), id="numbers, not text"),
    ],
)
async def test_a_later_state_replaces_a_former_one(
    bench: Bench, former: tuple[int, int], later: tuple[int, int]
) -> None:
    """By when its lane began on the log, then by offset."""
    await bench.one.publish({bench.name: (former, b"former")})
    await bench.other.publish({bench.name: (later, b"later")})
    assert await bench.current() == b"later"


@pytest.mark.parametrize("stale", [(2, 9), (1, 11)])
async def test_a_former_state_replaces_nothing(bench: Bench, stale: tuple[int, int]) -> None:
    """A lower offset of the same log, or any offset of the log before it."""
    await bench.one.publish({bench.name: ((2, 10), b"new")})
    await bench.other.publish({bench.name: (stale, b"stale")})
    assert await bench.current() == b"new"


async def test_a_flushed_redis_is_filled_again(bench: Bench) -> None:
    """The generation key is gone: what did not change is written once more."""
    await bench.one.publish({bench.name: ((1, 10), b"value")})
    await bench.redis.hdel(CURRENT, bench.name)
    await bench.one.publish({bench.name: ((1, 10), b"value")})
    assert await bench.current() is None
    await bench.redis.delete(GENERATION)
    await bench.one.publish({bench.name: ((1, 10), b"value")})
    assert await bench.current() == b"value"
