"""From a hard fault to the page: every gift is broken, and a webhook waits for the alert.

Time records go on, as the contract's producers send them: without any valid record a partition has no
event time, and no window of it ends.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from creator_pulse.agents.local_stack import monitoring
from creator_pulse.proof.bench.ours import fresh
from creator_pulse.proof.bench.prepared import write
from creator_pulse.proof.bench.worker_process import PRODUCT_WORKER, worker_process
from creator_pulse.stream.local.addresses import ALERTMANAGER_FILE, Addresses
from creator_pulse.stream.local.stack import PARTS, Stack, StackOptions
from creator_pulse.stream.monitoring.alertmanager import alertmanager_config
from creator_pulse.stream.monitoring.prometheus import JOB
from creator_pulse.stream.transport.topics import declared, ensure

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
    """Break every gift, and wait for the page; with the rules as they ship, its duration included.

    Returns:
        ``fault_to_webhook_seconds``, None where no page came, and the alert's name.
    """
    bench.say(f"breaking every gift until {ALERT} pages, which takes minutes")
    now = bench.clock.now_ms()
    settings = bench.at(app_id=f"bench{now:x}", prefix=f"live{now:x}")
    async with AsyncExitStack() as parts:
        paged, address = await parts.enter_async_context(_webhook())
        await parts.enter_async_context(fresh(bench, settings))
        await ensure(settings, declared(settings))
        worker = await parts.enter_async_context(
            worker_process(settings, bench.folder / "logs", PRODUCT_WORKER)
        )

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
    """Write records that are no JSON, and a time record beside them, until cancelled."""
    while True:
        now = bench.clock.now_ms()
        broken = [(number % partitions, b"c", b"{", now) for number in range(_RATE // 2)]
        time_record = (_TIME_RECORD % (now, now)).encode()
        await write(bench, topic, [*broken, *((one, b"-", time_record, now) for one in range(partitions))])
        await asyncio.sleep(0.5)


@asynccontextmanager
async def _webhook() -> AsyncIterator[tuple[asyncio.Event, str]]:
    """A receiver of Alertmanager's messages, and what is set when the page is among them."""
    paged = asyncio.Event()

    async def receive(request: web.Request) -> web.Response:
        alerts = msgspec.json.decode(await request.read())["alerts"]
        if any(one["labels"].get("alertname") == ALERT for one in alerts):
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
