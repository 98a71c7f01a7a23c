"""From a hard fault to the page: every gift is broken, and a webhook waits for the alert.

Time records go on, as the contract's producers send them, because without a valid record a partition has
no event time and none of its windows ends.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from creator_pulse.agents.local_stack import monitoring
from creator_pulse.proof.bench.live_run import live_topics, product_worker
from creator_pulse.proof.bench.prepared import write
from creator_pulse.stream.local.addresses import ALERTMANAGER_FILE, Addresses
from creator_pulse.stream.local.stack import PARTS, Stack, StackOptions
from creator_pulse.stream.monitoring.alertmanager import alertmanager_config
from creator_pulse.stream.monitoring.prometheus import JOB

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from creator_pulse.proof.bench.place import Bench

ALERT = "InvalidShareHigh"
_RATE = 200
_TIME_RECORD = (
    '{"event_id":"time-%d","event_type":"gift_sent","schema_version":1,"event_time":%d,"creator_id":"-",'
    '"region":"US","app":"tiktok","gift_id":"-","gift_type":2,"unit_coins":1,"repeat_count":1,'
    '"repeat_end":true,"is_test":true}'
)
_LIMIT_SECONDS = 900.0
_WATCHED = frozenset({"prometheus", "alertmanager"})


async def fault_to_page(bench: Bench) -> dict[str, object]:
    """Break every gift, and wait for the page under the rules as they ship, including their duration.

    Returns:
        ``fault_to_webhook_seconds``, None if no page came, and the alert's name.
    """
    bench.say(f"breaking every gift until {ALERT} pages, which takes minutes")
    async with AsyncExitStack() as parts:
        paged, address = await parts.enter_async_context(_webhook())
        settings = await parts.enter_async_context(live_topics(bench))
        worker = await parts.enter_async_context(product_worker(bench, settings))

        def watched(addresses: Addresses) -> Mapping[str, bytes]:
            return {**monitoring(addresses), ALERTMANAGER_FILE: alertmanager_config(webhooks=address)}

        options = StackOptions(parts=_WATCHED, ports=dict.fromkeys(PARTS, 0), monitoring=watched)
        stack = await parts.enter_async_context(Stack(options, bench.say))
        stack.prometheus.set_targets(JOB, [worker.address])
        began = bench.clock.monotonic()
        breaking = asyncio.create_task(_break(bench, settings.topic("gift"), settings.partitions))
        try:
            async with asyncio.timeout(_LIMIT_SECONDS):
                await paged.wait()
            seconds = round(bench.clock.monotonic() - began, 1)
        except TimeoutError:
            seconds = None
        finally:
            breaking.cancel()
            await asyncio.gather(breaking, return_exceptions=True)
    return {"fault": ALERT, "fault_to_webhook_seconds": seconds}


async def _break(bench: Bench, topic: str, partitions: int) -> None:
    """Write records that are not JSON, and a time record for each partition, until cancelled."""
    while True:
        now = bench.clock.now_ms()
        broken = [(number % partitions, b"c", b"{", now) for number in range(_RATE // 2)]
        time_record = (_TIME_RECORD % (now, now)).encode()
        times = [(number, b"-", time_record, now) for number in range(partitions)]
        await write(bench, topic, [*broken, *times])
        await asyncio.sleep(0.5)


@asynccontextmanager
async def _webhook() -> AsyncIterator[tuple[asyncio.Event, str]]:
    """A receiver of Alertmanager's messages: an event that is set by the page, and its address."""
    paged = asyncio.Event()

    async def receive(request: web.Request) -> web.Response:
        alerts = msgspec.json.decode(await request.read())["alerts"]
        if any(alert["labels"].get("alertname") == ALERT for alert in alerts):
            paged.set()
        return web.Response()

    app = web.Application()
    app.router.add_post("/{receiver}", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield paged, f"http://{host}:{port}"
    finally:
        await runner.cleanup()
