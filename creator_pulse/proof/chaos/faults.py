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
    from creator_pulse.proof.chaos.system import SystemUnderTest

_SCRAPED_WITHIN = 20.0
_BURST_SECONDS = 20.0
_BURST_TIMES = 10
_GONE_SECONDS = 30.0
_REDIS_SECONDS = 5.0
_LOOK_SECONDS = 0.5
_LOOKS = 40


async def kill_worker(system: SystemUnderTest) -> None:
    """Kill a worker with SIGKILL; every other time, choose one that shows lanes already."""
    # Half of the time one that owns lanes, else any: one that is starting must survive it too.
    name = await _working(system) if system.rng.random() < 0.5 else _running(system)
    system.mark(f"kill -9 {name}")
    system.workers.children[name].kill()


async def pause_worker(system: SystemUnderTest) -> None:
    """Stop a working worker for longer than the session timeout, resume it, and wait for a scrape.

    Raises:
        StackError: Prometheus did not scrape the worker after it was resumed.
    """
    name = await _working(system)
    child = system.workers.children[name]
    # Longer than the session, so that its partitions move before it goes on.
    seconds = system.settings.session_timeout * system.rng.uniform(1.1, 2.0)
    system.mark(f"pause {name} for {seconds:.1f} s")
    child.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    target = system.workers.target(name)
    # Taken before it goes on: the next scrape must differ from it.
    scraped_before = (await _scrapes(system)).get(target)
    child.signal(signal.SIGCONT)
    deadline = system.clock.monotonic() + _SCRAPED_WITHIN
    while child.running:
        last_scrape = (await _scrapes(system)).get(target)
        if last_scrape is not None and last_scrape != scraped_before:
            return
        if system.clock.monotonic() > deadline:
            raise StackError(f"{name} was not scraped within {_SCRAPED_WITHIN:.0f} s after it came back")
        await asyncio.sleep(_LOOK_SECONDS)


async def join_or_leave(system: SystemUnderTest) -> None:
    """Start or stop a spare worker, so that their number goes below and above that of the partitions."""
    spares = system.workers.spares
    joined = [name for name in spares if name in system.workers.running]
    if len(joined) == len(spares) or (joined and system.rng.random() < 0.5):
        name = system.rng.choice(joined)
        system.mark(f"{name} leaves")
        await system.workers.leave(name)
    else:
        name = system.rng.choice([spare for spare in spares if spare not in joined])
        system.mark(f"{name} joins")
        await system.workers.join(name)


async def restart_kafka(system: SystemUnderTest) -> None:
    """Stop Kafka in order and start it again."""
    system.mark("Kafka restarts")
    await system.stack.part("kafka").stop()
    await system.stack.part("kafka").start()


async def kill_kafka(system: SystemUnderTest) -> None:
    """Kill Kafka with SIGKILL, and restart it up to 4 s later on the same data."""
    system.mark("kill -9 Kafka")
    await system.stack.part("kafka").kill()
    await asyncio.sleep(system.rng.uniform(0.0, 4.0))
    await system.stack.part("kafka").start()


async def flush_redis(system: SystemUnderTest) -> None:
    """Delete everything in Redis with FLUSHALL."""
    system.mark("Redis is flushed")
    client = redis_client(system.settings, _REDIS_SECONDS)
    await client.eval("return redis.call('FLUSHALL')", 0)
    await client.aclose()


async def evict_from_redis(system: SystemUnderTest) -> None:
    """Delete one key after the other, as a Redis that is short of memory evicts them."""
    client = redis_client(system.settings, _REDIS_SECONDS)
    for key in system.rng.sample(KEYS, len(KEYS)):
        system.mark(f"Redis evicts {key}")
        await client.delete(key)
        await asyncio.sleep(system.rng.uniform(0.0, 2.0))
    await client.aclose()


async def restart_redis(system: SystemUnderTest) -> None:
    """Stop Redis and start it again, empty."""
    system.mark("Redis restarts")
    await system.stack.part("redis").stop()
    await system.stack.part("redis").start()


async def stop_redis_for_long(system: SystemUnderTest) -> None:
    """Kill Redis, and start it again after 30 s."""
    system.mark(f"Redis is gone for {_GONE_SECONDS:.0f} s")
    await system.stack.part("redis").kill()
    await asyncio.sleep(_GONE_SECONDS)
    await system.stack.part("redis").start()


async def restart_prometheus(system: SystemUnderTest) -> None:
    """Stop Prometheus in order and start it again."""
    system.mark("Prometheus restarts")
    await system.stack.part("prometheus").stop()
    await system.stack.part("prometheus").start()


async def kill_prometheus(system: SystemUnderTest) -> None:
    """Kill Prometheus with SIGKILL, and restart it on the same data."""
    system.mark("kill -9 Prometheus")
    await system.stack.part("prometheus").kill()
    await system.stack.part("prometheus").start()


async def burst(system: SystemUnderTest) -> None:
    """Send ten times the rate for 20 s, the steady load included."""
    # The steady load goes on, so nine times the rate is added to it.
    rate = system.rate * (_BURST_TIMES - 1)
    system.mark(f"a burst of {rate + system.rate:,.0f} events/s for {_BURST_SECONDS:.0f} s")
    await system.load.burst(rate, _BURST_SECONDS)


async def _working(system: SystemUnderTest) -> str:
    """A worker that shows lanes; if none does within 20 s, any that runs."""
    for _ in range(_LOOKS):
        working = [name for name in await system.at_work() if name in system.workers.permanent]
        if working:
            return system.rng.choice(working)
        await asyncio.sleep(_LOOK_SECONDS)
    return _running(system)


def _running(system: SystemUnderTest) -> str:
    running = [name for name in system.workers.permanent if name in system.workers.running]
    return system.rng.choice(running or list(system.workers.permanent))


async def _scrapes(system: SystemUnderTest) -> dict[str, str]:
    try:
        return await last_scrapes(system.settings.prometheus.reveal())
    except UnreachableError:
        return {}
