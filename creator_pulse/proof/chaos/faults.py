"""The faults, one at a time; each leaves the system able to recover."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from creator_pulse.proof.chaos.history import last_scrapes
from creator_pulse.stream.errors import StackError, UnreachableError
from creator_pulse.stream.tables.views import KEYS
from creator_pulse.stream.transport.redis_client import redis_client

if TYPE_CHECKING:
    from creator_pulse.proof.chaos.field import Field

_SCRAPED_WITHIN = 20.0
_BURST_SECONDS = 20.0
_BURST_TIMES = 10
_GONE_SECONDS = 30.0
_REDIS_SECONDS = 5.0
_LOOK_SECONDS = 0.5
_LOOKS = 40


async def kill_worker(field: Field) -> None:
    """SIGKILL to a worker; every other time to one that is at work and not just being started."""
    name = await _working(field) if field.rng.random() < 0.5 else _running(field)
    field.mark(f"kill -9 {name}")
    field.workers.children[name].kill()


async def pause_worker(field: Field) -> None:
    """SIGSTOP past the session time-out to a worker at work, SIGCONT, and a scrape of what came back.

    Raises:
        StackError: Prometheus did not scrape the worker after it had come back.
    """
    name = await _working(field)
    child = field.workers.children[name]
    seconds = field.settings.session_timeout * field.rng.uniform(1.1, 2.0)
    field.mark(f"pause {name} for {seconds:.1f} s")
    child.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    target = field.workers.target(name)
    known = (await _scrapes(field)).get(target)
    child.signal(signal.SIGCONT)
    deadline = field.clock.monotonic() + _SCRAPED_WITHIN
    while child.running:
        seen = (await _scrapes(field)).get(target)
        if seen is not None and seen != known:
            return
        if field.clock.monotonic() > deadline:
            raise StackError(f"{name} was not scraped within {_SCRAPED_WITHIN:.0f} s after it came back")
        await asyncio.sleep(_LOOK_SECONDS)


async def join_or_leave(field: Field) -> None:
    """One more worker, or one less; below and above the number of partitions."""
    spares = field.workers.spares
    joined = [name for name in spares if name in field.workers.running]
    if len(joined) == len(spares) or (joined and field.rng.random() < 0.5):
        name = field.rng.choice(joined)
        field.mark(f"{name} leaves")
        await field.workers.leave(name)
    else:
        name = field.rng.choice([one for one in spares if one not in joined])
        field.mark(f"{name} joins")
        await field.workers.join(name)


async def restart_kafka(field: Field) -> None:
    """Stop Kafka in order and start it again."""
    field.mark("Kafka restarts")
    await field.stack.part("kafka").stop()
    await field.stack.part("kafka").start()


async def kill_kafka(field: Field) -> None:
    """SIGKILL to Kafka; it comes back a moment later on the same data."""
    field.mark("kill -9 Kafka")
    await field.stack.part("kafka").kill()
    await asyncio.sleep(field.rng.uniform(0.0, 4.0))
    await field.stack.part("kafka").start()


async def flush_redis(field: Field) -> None:
    """FLUSHALL: Redis forgets everything."""
    field.mark("Redis is flushed")
    client = redis_client(field.settings, _REDIS_SECONDS)
    await client.eval("return redis.call('FLUSHALL')", 0)
    await client.aclose()


async def evict_from_redis(field: Field) -> None:
    """One key after the other is gone, as a Redis that is short of memory evicts them."""
    client = redis_client(field.settings, _REDIS_SECONDS)
    for key in field.rng.sample(KEYS, len(KEYS)):
        field.mark(f"Redis evicts {key}")
        await client.delete(key)
        await asyncio.sleep(field.rng.uniform(0.0, 2.0))
    await client.aclose()


async def restart_redis(field: Field) -> None:
    """Stop Redis and start it again, empty."""
    field.mark("Redis restarts")
    await field.stack.part("redis").stop()
    await field.stack.part("redis").start()


async def stop_redis_for_long(field: Field) -> None:
    """No Redis for 30 s."""
    field.mark(f"Redis is gone for {_GONE_SECONDS:.0f} s")
    await field.stack.part("redis").kill()
    await asyncio.sleep(_GONE_SECONDS)
    await field.stack.part("redis").start()


async def restart_prometheus(field: Field) -> None:
    """Stop Prometheus in order and start it again."""
    field.mark("Prometheus restarts")
    await field.stack.part("prometheus").stop()
    await field.stack.part("prometheus").start()


async def kill_prometheus(field: Field) -> None:
    """SIGKILL to Prometheus; it comes back on the same data."""
    field.mark("kill -9 Prometheus")
    await field.stack.part("prometheus").kill()
    await field.stack.part("prometheus").start()


async def burst(field: Field) -> None:
    """Ten times the rate for 20 s, the steady load among it."""
    rate = field.rate * (_BURST_TIMES - 1)
    field.mark(f"a burst of {rate + field.rate:,.0f} events/s for {_BURST_SECONDS:.0f} s")
    await field.load.burst(rate, _BURST_SECONDS)


async def _working(field: Field) -> str:
    """A worker that shows lanes; when none does for long, one that runs."""
    for _ in range(_LOOKS):
        working = [name for name in await field.at_work() if name in field.workers.kept]
        if working:
            return field.rng.choice(working)
        await asyncio.sleep(_LOOK_SECONDS)
    return _running(field)


def _running(field: Field) -> str:
    running = [name for name in field.workers.kept if name in field.workers.running]
    return field.rng.choice(running or list(field.workers.kept))


async def _scrapes(field: Field) -> dict[str, str]:
    try:
        return await last_scrapes(field.settings.prometheus.reveal())
    except UnreachableError:
        return {}
