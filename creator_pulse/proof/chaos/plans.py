"""The plans: the faults of a round, their order and their pace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from creator_pulse.proof.chaos import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.chaos.system import SystemUnderTest

Fault = Callable[["SystemUnderTest"], Awaitable[None]]
_BETWEEN_SECONDS = 6.0
_BEAT_SECONDS = 2.0
USUAL_MEMORY_MIB = 1_024
"""What docs/operate.md says a worker needs at most in usual traffic, also with hostile records among it."""
# Hostile records per honest record.
_HOSTILE_SHARE = 0.04


@dataclass(frozen=True)
class ChaosPlan:
    """One plan.

    Attributes:
        name: its name on the command line.
        round: injects the faults of a round, and returns when the last one is over.
        load: kind of the steady load.
        spares: number of workers beyond the usual ones.
        settings: settings that differ from those of other plans.
        steadfast: whether workers must survive the plan; if so, a worker that exits is a difference.
        most_memory_mib: limit of a worker's resident memory; None: no limit.
    """

    name: str
    round: Callable[[SystemUnderTest], Awaitable[None]]
    load: Literal["steady", "poison"] = "steady"
    spares: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)
    steadfast: bool = False
    most_memory_mib: int | None = None


def until_over(
    choices: Sequence[Fault], least: float, most: float
) -> Callable[[SystemUnderTest], Awaitable[None]]:
    """A round of random faults until its time is over.

    Args:
        choices: the faults to choose from.
        least: shortest pause before a fault, seconds.
        most: longest pause before a fault, seconds.
    """

    async def run(system: SystemUnderTest) -> None:
        deadline = system.clock.monotonic() + system.seconds
        while True:
            await asyncio.sleep(system.rng.uniform(least, most))
            if system.clock.monotonic() >= deadline:
                return
            await system.rng.choice(choices)(system)

    return run


def in_order(steps: Sequence[Fault]) -> Callable[[SystemUnderTest], Awaitable[None]]:
    """A round with each fault once, in order, with a pause before each.

    Args:
        steps: the faults in order.
    """

    async def run(system: SystemUnderTest) -> None:
        for step in steps:
            await asyncio.sleep(_BETWEEN_SECONDS)
            await step(system)

    return run


async def _poisoned(system: SystemUnderTest) -> None:
    """The load itself is the fault."""
    system.mark("poison in the load")
    await asyncio.sleep(system.seconds)


async def _besieged(system: SystemUnderTest) -> None:
    """Hostile traffic amid the honest one during the whole round; no worker may exit."""
    system.mark("hostile records, batches and reference entries")
    await system.load.hostile(system.rate * _HOSTILE_SHARE, system.seconds)


async def _coming_and_going(system: SystemUnderTest) -> None:
    for name in system.workers.spares:
        system.mark(f"{name} joins")
        await system.workers.join(name)
        await asyncio.sleep(_BEAT_SECONDS)
    await until_over((faults.join_or_leave,), _BEAT_SECONDS, _BEAT_SECONDS)(system)
    await asyncio.gather(*(system.workers.leave(name) for name in system.workers.spares))


async def _mixed(system: SystemUnderTest) -> None:
    choices = (
        faults.kill_worker,
        faults.pause_worker,
        faults.join_or_leave,
        faults.restart_kafka,
        faults.kill_kafka,
        faults.flush_redis,
        faults.restart_redis,
        faults.kill_prometheus,
    )
    await until_over(choices, 0.0, _BETWEEN_SECONDS)(system)
    await asyncio.gather(*(system.workers.leave(name) for name in system.workers.spares))


_ALL = (
    ChaosPlan("kill9", until_over((faults.kill_worker,), 0.0, 6.0)),
    ChaosPlan("zombie", until_over((faults.pause_worker,), 2.0, 5.0)),
    ChaosPlan("rebalance", _coming_and_going, spares=3, settings={"partitions": 3, "merge_partitions": 3}),
    ChaosPlan("broker", in_order((faults.restart_kafka, faults.kill_kafka))),
    ChaosPlan(
        "redis",
        in_order(
            (faults.flush_redis, faults.evict_from_redis, faults.restart_redis, faults.stop_redis_for_long)
        ),
    ),
    ChaosPlan("prometheus", in_order((faults.restart_prometheus, faults.kill_prometheus))),
    ChaosPlan("burst", in_order((faults.burst,))),
    ChaosPlan("poison", _poisoned, load="poison"),
    ChaosPlan("hostile", _besieged, steadfast=True, most_memory_mib=USUAL_MEMORY_MIB),
    ChaosPlan("mix", _mixed, load="poison", spares=2),
)
PLANS: Mapping[str, ChaosPlan] = {plan.name: plan for plan in _ALL}
"""By name, in the order in which ``all`` runs them."""
