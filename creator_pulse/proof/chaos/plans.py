"""The plans: which faults a round holds, in what order and how fast."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from creator_pulse.proof.chaos import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.chaos.field import Field

Fault = Callable[["Field"], Awaitable[None]]
_BETWEEN_SECONDS = 6.0
_BEAT_SECONDS = 2.0
_HOSTILE_SHARE = 0.04
"""Hostile records for each honest one."""


@dataclass(frozen=True)
class Plan:
    """One plan.

    Attributes:
        name: on the command line.
        round: the faults of a round; returns when the last one is over.
        load: kind of the steady load.
        spares: workers beyond the usual ones.
        settings: what differs from the other plans.
        steadfast: whether workers must live through it: one that ends is a difference.
    """

    name: str
    round: Callable[[Field], Awaitable[None]]
    load: Literal["steady", "poison"] = "steady"
    spares: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)
    steadfast: bool = False


def until_over(choices: Sequence[Fault], least: float, most: float) -> Callable[[Field], Awaitable[None]]:
    """Faults chosen at random, until the round's time is over.

    Args:
        choices: which.
        least: seconds of the shortest pause before a fault.
        most: of the longest.
    """

    async def run(where: Field) -> None:
        deadline = where.clock.monotonic() + where.seconds
        while True:
            await asyncio.sleep(where.rng.uniform(least, most))
            if where.clock.monotonic() >= deadline:
                return
            await where.rng.choice(choices)(where)

    return run


def in_order(steps: Sequence[Fault]) -> Callable[[Field], Awaitable[None]]:
    """Each of these faults once, with a pause before each.

    Args:
        steps: which.
    """

    async def run(where: Field) -> None:
        for step in steps:
            await asyncio.sleep(_BETWEEN_SECONDS)
            await step(where)

    return run


async def _poisoned(where: Field) -> None:
    """The load itself is the fault."""
    where.mark("poison in the load")
    await asyncio.sleep(where.seconds)


async def _besieged(where: Field) -> None:
    """Hostile traffic between the honest one, all the while; no worker may so much as end."""
    where.mark("hostile records, batches and reference entries")
    await where.load.hostile(where.rate * _HOSTILE_SHARE, where.seconds)


async def _coming_and_going(where: Field) -> None:
    for name in where.workers.spares:
        where.mark(f"{name} joins")
        await where.workers.join(name)
        await asyncio.sleep(_BEAT_SECONDS)
    await until_over((faults.join_or_leave,), _BEAT_SECONDS, _BEAT_SECONDS)(where)
    await asyncio.gather(*(where.workers.leave(name) for name in where.workers.spares))


async def _mixed(where: Field) -> None:
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
    await until_over(choices, 0.0, _BETWEEN_SECONDS)(where)
    await asyncio.gather(*(where.workers.leave(name) for name in where.workers.spares))


_ALL = (
    Plan("kill9", until_over((faults.kill_worker,), 0.0, 6.0)),
    Plan("zombie", until_over((faults.pause_worker,), 2.0, 5.0)),
    Plan("rebalance", _coming_and_going, spares=3, settings={"partitions": 3, "merge_partitions": 3}),
    Plan("broker", in_order((faults.restart_kafka, faults.kill_kafka))),
    Plan(
        "redis",
        in_order(
            (faults.flush_redis, faults.evict_from_redis, faults.restart_redis, faults.stop_redis_for_long)
        ),
    ),
    Plan("prometheus", in_order((faults.restart_prometheus, faults.kill_prometheus))),
    Plan("burst", in_order((faults.burst,))),
    Plan("poison", _poisoned, load="poison"),
    Plan("hostile", _besieged, steadfast=True),
    Plan("mix", _mixed, load="poison", spares=2),
)
PLANS: Mapping[str, Plan] = {plan.name: plan for plan in _ALL}
"""By name, in the order in which ``all`` runs them."""
