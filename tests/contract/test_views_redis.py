"""Live views in a real Redis: what may replace what, and a master that changes."""

from __future__ import annotations

import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
import pytest
from redis.exceptions import NoPermissionError

from creator_pulse.stream.api.live_views import LiveViewReader
from creator_pulse.stream.local.ports import choose_ports
from creator_pulse.stream.secret import Address
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.tables.views import CURRENT, GENERATION, Views
from creator_pulse.stream.transport.redis_client import redis_client
from tests.support.pulse_process import wait_for
from tests.support.redis_servers import SERVICE, server, told, url_of, watched
from tests.support.stack_fixture import redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["redis_url"]

pytestmark = pytest.mark.stack

SHARES = ("completeness_ratio", "late_ratio", "duplicate_ratio", "invalid_ratio")
VIEW = msgspec.json.encode({"value": 1, "end": 1, "watermark": 1} | dict.fromkeys(SHARES, 0))


class Bench:
    """A view of this test alone, and two workers that publish it."""

    def __init__(self, url: str) -> None:
        self.name = f"test-{uuid.uuid4().hex}"
        settings = Settings(redis=Address(url))
        self.one, self.other = (Views(redis_client(settings, 5)) for _ in range(2))
        self.redis = redis_client(settings, 5)

    async def current(self) -> bytes | None:
        """What is published."""
        return (await self.redis.hgetall(CURRENT)).get(self.name.encode())

    async def close(self) -> None:
        """Let go."""
        await self.one.close()
        await self.other.close()
        await self.redis.aclose()


@pytest.fixture
async def bench(redis_url: str) -> AsyncIterator[Bench]:
    """Connected; it lets go afterwards."""
    made = Bench(redis_url)
    yield made
    await made.close()


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
    hdel = "redis.call('HDEL', KEYS[1], ARGV[1])"
    await bench.one.publish({bench.name: ((1, 10), b"value")})
    await bench.redis.eval(hdel, 1, CURRENT, bench.name)
    await bench.one.publish({bench.name: ((1, 10), b"value")})
    assert await bench.current() is None
    await bench.redis.delete(GENERATION)
    await bench.one.publish({bench.name: ((1, 10), b"value")})
    assert await bench.current() == b"value"


async def test_views_follow_the_master_that_sentinels_name() -> None:
    """After a failover they are written to the new one, and what did not change is there too."""
    with watched() as (_, replica, sentinel):
        bench = Bench(url_of(sentinel, "redis+sentinel", f"/{SERVICE}"))
        views = {bench.name: ((1, 10), b"value")}
        await bench.one.publish(views)
        told(sentinel, "SENTINEL", "FAILOVER", SERVICE)
        wait_for(lambda: replica.info("replication")["role"] == "master", 30, "the new master")
        replica.delete(CURRENT)
        for _ in range(100):
            await bench.one.publish(views)
            if replica.exists(CURRENT):
                break
        found, up = await bench.current(), bench.one.up
        await bench.close()
    assert (found, up) == (b"value", True)


async def test_the_rights_of_the_page_are_enough() -> None:
    """A worker publishes and the API reads with exactly the rights that docs/operate.md lists."""
    page = (Path(__file__).parents[2] / "docs/operate.md").read_text(encoding="utf-8")
    port = choose_ports({"redis": 0})["redis"]
    with TemporaryDirectory(prefix="pulse-acl-") as folder, server(Path(folder), port) as redis:
        for line in page.splitlines():
            if line.startswith("ACL SETUSER "):
                told(redis, *line.split())
        told(redis, "ACL", "SETUSER", "default", "off")
        writer, reader = (
            redis_client(Settings(redis=Address(f"redis://{user}:password@127.0.0.1:{port}/0")), 5)
            for user in ("worker", "api")
        )
        views, shown = Views(writer), LiveViewReader(reader, "redis")
        await views.publish({"name=x|window=1h": ((1, 10), VIEW)})
        found = await shown.of("x"), await shown.are_published()
        with pytest.raises(NoPermissionError):
            await reader.delete(CURRENT)
        await views.close()
        await reader.aclose()
    assert views.up
    assert ([view.labels for view in found[0]], found[1]) == ([{"window": "1h"}], True)
