"""What faults act on, and how one is announced."""

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
class Field:
    """The running system.

    Attributes:
        settings: of the workers.
        stack: Kafka, Redis, Prometheus, Alertmanager.
        workers: their processes.
        load: the producers.
        rng: of the choices.
        clock: for pauses and times.
        seconds: how long the faults of a round go on.
        rate: events a second of the steady load.
        at_work: names of the workers that show lanes now.
        mark: says that a fault begins now, and starts its clock.
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
