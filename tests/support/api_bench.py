"""The API over parts in memory: what is published, written and recorded is said by the test."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.test_utils import TestClient, TestServer
from redis.exceptions import ConnectionError as RedisConnectionError

from creator_pulse.stream.api.case_index import CaseIndex
from creator_pulse.stream.api.live_views import LiveViewReader
from creator_pulse.stream.api.prometheus import Prometheus
from creator_pulse.stream.api.server import build_app
from creator_pulse.stream.api.sources import Sources
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.secret import Address
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.tables.views import GENERATION
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.memory_log import MemoryLog
from creator_pulse.stream.transport.names import CASE_TOPIC, WINDOW_TOPIC
from tests.support.board_prometheus import FakePrometheus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_760_000_400_000
"""Of the manual clock, epoch ms."""
MINUTE = 60_000
HOUR = 60 * MINUTE
Client = TestClient[Any, Any]


class RedisInMemory:
    """A hash and a key, or nothing at all: the two commands that are read with."""

    def __init__(self) -> None:
        self.views: dict[bytes, bytes] = {}
        self.keys = {GENERATION}
        self.is_away = False

    async def hscan_iter(
        self, _name: str, match: str | None = None, count: int | None = None
    ) -> AsyncIterator[tuple[bytes, bytes]]:
        """Every matching field twice, as Redis may do while it grows."""
        assert count
        self._check()
        for _ in range(2):
            for key, view in self.views.items():
                if fnmatchcase(key.decode(), match or "*"):
                    yield key, view

    async def exists(self, *names: str) -> int:
        """How many of the keys exist."""
        self._check()
        return len(self.keys & set(names))

    def _check(self) -> None:
        if self.is_away:
            raise RedisConnectionError("connection refused")


class Bench:
    """What stands behind the API.

    Args:
        settings: of the API.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings(merge_partitions=2)
        self.clock = ManualClock(NOW)
        self.redis = RedisInMemory()
        self.prometheus = FakePrometheus()
        topics = {WINDOW_TOPIC: 2, CASE_TOPIC: 2, self.settings.topic("reference"): 1}
        self.log = MemoryLog(topics, self.clock.now_ms)

    def publish(self, name: str, value: float, end: int = NOW - MINUTE, **labels: str) -> None:
        """A view as a merge lane publishes it; labels win over tiktok, US, 1h, provisional."""
        return self.publish_view(name, {"value": value, "end": end}, **labels)

    def publish_view(self, name: str, view: dict[str, Any], **labels: str) -> None:
        """A view with fields of its own."""
        usual = {"app": "tiktok", "region": "US", "window": "1h", "state": "provisional"}
        pairs = usual | {"partition": "0", "topic": "pane"} | labels
        key = "|".join(f"{key}={text}" for key, text in (("name", name), *sorted(pairs.items())))
        trust = {
            "end": NOW - MINUTE,
            "watermark": NOW - 5_000,
            "window_end_timestamp_seconds": view.get("end", NOW) / 1000,
            "watermark_timestamp_seconds": (NOW - 5_000) / 1000,
            "completeness_ratio": 0.75,
            "late_ratio": 0.01,
            "duplicate_ratio": 0.02,
            "invalid_ratio": 0.03,
        }
        self.redis.views[key.encode()] = json.dumps(trust | view).encode()

    def state(
        self, end: int, value: str | None, written: int = NOW, partition: int = 0, **fields: Any
    ) -> None:
        """A record of ``pulse.window`` as the contract has it: gift value of an hour, in micro-USD."""
        record: dict[str, Any] = {
            "name": "gift_value_usd",
            "window": "1h",
            "start": end - HOUR,
            "end": end,
            "labels": {"app": "tiktok", "region": "US"},
            "state": "final",
            "revision": 0,
            "value": value,
            "scale": 1_000_000,
            "parts": [["gift_usd", value or "0"]],
            "watermark": end + 1,
            "reason": "",
            "versions": {"reference": 3},
        } | fields
        labels = ",".join(f"{name}={text}" for name, text in sorted(record["labels"].items()))
        key = f"{record['name']}|{record['window']}|{record['start']}|{labels}"
        self.write(WINDOW_TOPIC, key, record, written, partition)

    def open_case(self, case_id: str, written: int, partition: int = 0, **fields: Any) -> dict[str, Any]:
        """A record of ``pulse.case``: its key is the case's id and begins with the rule; the case."""
        rule, app, who, end = case_id.split("|")
        case = {"rule": rule, "rule_version": 1, "app": app, "kind": "viewer_id", "id": who, "end": int(end)}
        case |= fields
        self.write(CASE_TOPIC, case_id, case, written, partition)
        return case

    def write(self, topic: str, key: str, value: object, written: int, partition: int = 0) -> None:
        """Any record."""
        record = OutRecord(topic, key.encode(), json.dumps(value).encode(), partition)
        self.log.write([record], timestamp=written)

    async def references(self) -> dict[str, dict[str, Any]]:
        """Key and value of all entries of the reference topic."""
        topic = self.settings.topic("reference")
        first, end = await self.log.bounds(topic, 0)
        return {
            (key or b"").decode(): json.loads(value or b"")
            async for batch in self.log.read(topic, 0, first, end)
            for key, value in zip(batch.keys, batch.values, strict=True)
        }

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A client of the API."""
        async with TestServer(self.prometheus.app()) as server, aiohttp.ClientSession() as session:
            sources = Sources(
                self.settings,
                self.clock,
                LiveViewReader(self.redis, "redis://memory"),
                self.log,
                Prometheus(Address(str(server.make_url(""))), session),
                CaseIndex(self.log, 2, self.settings.topic("reference"), fresh_seconds=0),
            )
            async with TestClient(TestServer(build_app(sources))) as client:
                yield client


async def got(client: Client, path: str, status: int = 200) -> Any:
    """The body of a GET, after its status was the expected one."""
    answer = await client.get(path)
    body = await answer.json(content_type=None)
    assert answer.status == status, body
    return body


async def all_pages(client: Client, path: str) -> list[list[Any]]:
    """The items of each page, from the first to the one without a next."""
    join = "&" if "?" in path else "?"
    page = await got(client, path)
    pages = [page["items"]]
    while page["next"] is not None:
        assert len(pages) <= 100, "the pages have no end"
        page = await got(client, f"{path}{join}cursor={page['next']}")
        pages.append(page["items"])
    return pages
