"""The running system that faults act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from random import Random

    from creator_pulse.proof.chaos.load import Load
    from creator_pulse.proof.demo.workers import Workers
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.local.stack import Stack
    from creator_pulse.stream.settings import Settings


@dataclass(frozen=True)
class SystemUnderTest:
    """The running system.

    Attributes:
        settings: settings of the workers.
        stack: Kafka, Redis, Prometheus and Alertmanager.
        workers: processes of the workers.
        load: the producer processes.
        rng: chooses faults and victims.
        clock: times pauses and deadlines.
        seconds: how long the faults of a round go on.
        rate: steady load, events per second.
        at_work: returns the names of the workers that show lanes now.
        mark: announces a fault and starts timing its recovery.
    """

    settings: Settings
    stack: Stack
    workers: Workers
    load: Load
    rng: Random
    clock: Clock
    seconds: float
    rate: float
    at_work: Callable[[], Awaitable[list[str]]]
    mark: Callable[[str], None]
