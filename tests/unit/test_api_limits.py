"""What a caller of the API cannot do: be passed over, make it read, keep others waiting, learn addresses."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

import aiohttp
import pytest

from creator_pulse.stream.api.asked import to_cursor
from creator_pulse.stream.api.concurrency import ConcurrencyLimit
from creator_pulse.stream.api.problem import AskedWrongError
from creator_pulse.stream.api.server import AT_A_TIME, WAITING, serving_api
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.secret import Address, Secret
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.memory_log import MemoryLog
from creator_pulse.stream.transport.names import WINDOW_TOPIC
from tests.support.api_bench import MINUTE, NOW, Bench, Client, got

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from creator_pulse.stream.transport.batch import Batch

HISTORY = "/v1/metrics/gift_value_usd/history"
FAR = 2**62


class ReadLog(MemoryLog):
    """Notes what is read."""

    def __init__(self, partitions: dict[str, int]) -> None:
        super().__init__(partitions, lambda: NOW)
        self.asked: list[tuple[str, int, int]] = []

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """As the log does it."""
        self.asked.append((topic, start, end))
        async for batch in super().read(topic, partition, start, end):
            yield batch


def raw(text: bytes) -> str:
    """Any text as a cursor."""
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


MADE_UP = [
    to_cursor([(FAR, FAR + 1), (0, 0)]),
    to_cursor([(0, FAR), (0, 0)]),
    to_cursor([(5, 4), (0, 0)]),
    to_cursor([(0, 1)]),
    to_cursor([(0, 1)] * 3),
    to_cursor([(-1, 1), (0, 0)]),
    raw(b"[[0,1e300],[0,0]]"),
    raw(b"[[0,%d],[0,0]]" % 10**40),
    raw(b"[" * 5_000),
    raw(b"{}"),
    raw(b"null"),
    "A",
    "a b",
    "%C3%A4",
    "MA==x",
    "A" * 7_000,
]


@pytest.mark.parametrize("cursor", MADE_UP)
async def test_a_made_up_cursor_of_history_reads_nothing(cursor: str) -> None:
    """400 at once: an offset that is not there would be waited for."""
    bench = Bench()
    bench.log = log = ReadLog({WINDOW_TOPIC: 2})
    for number in range(2):
        bench.state(NOW - MINUTE, "1", partition=number)
    async with bench.client() as client:
        problem = await got(client, f"{HISTORY}?cursor={cursor}", 400)
    assert (problem["where"], log.asked) == ("query.cursor", [])


@pytest.mark.parametrize(
    "cursor",
    [to_cursor((0, 0, 0)), to_cursor((-1, 0, 0, 0)), to_cursor([0] * 5), to_cursor("x"), *MADE_UP[6:]],
)
async def test_a_made_up_cursor_of_cases_is_refused(api: Client, cursor: str) -> None:
    """400."""
    assert (await got(api, f"/v1/cases?cursor={cursor}", 400))["where"] == "query.cursor"


@pytest.mark.parametrize("cursor", [to_cursor(10_000), to_cursor(FAR), to_cursor(-1), *MADE_UP[6:]])
async def test_a_made_up_cursor_of_a_list_is_refused(api: Client, cursor: str) -> None:
    """400."""
    assert (await got(api, f"/v1/catalog?cursor={cursor}", 400))["where"] == "query.cursor"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/catalog?tool=gift&tool=ad",
        "/v1/metrics/GI1?window=1h&window=1h",
        f"{HISTORY}?limit=1&limit=2",
        "/v1/cases?from=1&from=2",
        "/v1/leaderboards/gift_top_room_coins?app=tiktok&app=douyin",
    ],
)
async def test_a_parameter_that_comes_twice_is_refused(api: Client, path: str) -> None:
    """400: neither of the two is passed over."""
    problem = await got(api, path, 400)
    assert "twice" in problem["detail"]


@pytest.mark.parametrize(
    "query",
    ["app=nobody", "region=XX", "region=us", "app=", "window=2h", "state=restated", "limit=1.5", "limit=٣"],
)
@pytest.mark.parametrize("route", ["/v1/metrics/gift_value_usd", "/v1/metrics/GI1"])
async def test_a_value_that_cannot_be_is_refused(api: Client, route: str, query: str) -> None:
    """400: it would be an empty list that means nothing."""
    name = query.partition("=")[0]
    assert (await got(api, f"{route}?{query}", 400))["where"] == f"query.{name}"


async def test_history_refuses_values_likewise(api: Client) -> None:
    """Of the labels of its records."""
    assert (await got(api, f"{HISTORY}?region=XX", 400))["where"] == "query.region"


async def test_a_packed_body_is_not_unpacked(api: Client) -> None:
    """It is no JSON: 400."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await api.post("/v1/cases/x/verdict", data=b"\x1f\x8b\x08\x00", headers=headers)
    assert answer.status == 400


async def test_turns_are_few_and_the_line_is_short() -> None:
    """One has it, one waits, the third is sent away; then the second has it."""
    turns, begun, release, order = ConcurrencyLimit("it", 1, 1), asyncio.Event(), asyncio.Event(), []

    async def hold(name: str) -> None:
        async with turns.slot():
            order.append(name)
            begun.set()
            await release.wait()

    first, second = (asyncio.create_task(hold(name)) for name in "ab")
    # Tasks begin in the order in which they were made: the second waits by now.
    await begun.wait()
    with pytest.raises(AskedWrongError) as told:
        async with turns.slot():
            pass
    before = list(order)
    release.set()
    await asyncio.gather(first, second)
    assert (told.value.problem.status, before, order) == (503, ["a"], ["a", "b"])


async def test_who_gives_up_waiting_leaves_the_line() -> None:
    """His place is free again."""
    turns, begun, release = ConcurrencyLimit("it", 1, 1), asyncio.Event(), asyncio.Event()
    held = []

    async def hold(name: str) -> None:
        async with turns.slot():
            held.append(name)
            begun.set()
            await release.wait()

    first, second = (asyncio.create_task(hold(name)) for name in "ab")
    await begun.wait()
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    # The third begins while the first still has its turn: it takes the place in line that the second left.
    third = asyncio.create_task(hold("c"))
    release.set()
    await asyncio.gather(first, third)
    assert held == ["a", "c"]


async def test_too_many_callers_are_told_to_come_again(bench: Bench) -> None:
    """Sixteen are answered, 48 wait, the next one gets 503 at once."""
    blocked = asyncio.Event()

    async def wait(*_names: str) -> int:
        await blocked.wait()
        return 1

    bench.redis.exists = wait  # type: ignore[method-assign]
    async with bench.client() as client:
        asking = [
            asyncio.create_task(client.get("/v1/metrics/gift_value_usd")) for _ in range(AT_A_TIME + WAITING)
        ]
        async with asyncio.timeout(20):
            while (refused := await client.get("/v1/map")).status == 200:
                pass
        blocked.set()
        statuses = [(await request).status for request in asking]
    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert set(statuses) == {200}


async def test_health_asks_the_parts_once_for_all(bench: Bench) -> None:
    """Ten callers, one question to each part."""
    asked = []
    exists = bench.redis.exists

    async def count(*names: str) -> int:
        asked.append(names)
        return await exists(*names)

    bench.redis.exists = count  # type: ignore[method-assign]
    async with bench.client() as client:
        await asyncio.gather(*(client.get("/v1/health") for _ in range(10)))
    # Whether it answers, and whether something is published.
    assert len(asked) == 2


@pytest.mark.parametrize("token", ["", "b6d1a9f0c3e2"])
async def test_health_tells_no_address_and_no_password(token: str) -> None:
    """Nothing of where the parts are, whoever asks; a stranger is not told which part it is."""
    settings = Settings(
        api_port=0,
        api_token=Secret(token),
        kafka="127.0.0.1:1",
        redis=Address("redis://user:secret@127.0.0.1:1/0"),
        prometheus=Address("http://user:secret@127.0.0.1:1"),
    )
    async with (
        serving_api(settings, ManualClock()) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}v1/health") as answer,
    ):
        text = await answer.text()
    assert [word for word in ("secret", "user", "127.0.0.1") if word in text] == []
    assert ("redis" in text) is not bool(token)


@pytest.mark.parametrize("path", ["/v1/metrics/gift_value_usd", "/v1/leaderboards/gift_top_room_coins"])
async def test_no_error_holds_a_password(path: str) -> None:
    """Where Redis does not answer, its address is told without who asks."""
    settings = Settings(api_port=0, redis=Address("redis://user:secret@127.0.0.1:1/0"), kafka="127.0.0.1:1")
    async with (
        serving_api(settings, ManualClock()) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url.rstrip('/')}{path}") as answer,
    ):
        text = await answer.text()
    assert (answer.status, "secret" in text, "user" in text) == (503, False, False)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_another_method_is_told_which_there_are(api: Client, method: str) -> None:
    """405, and the header that lists them."""
    answer = await api.request(method, "/v1/catalog")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
