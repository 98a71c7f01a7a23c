"""What a demo says of the faults in it: when each begins and ends, and which alerts fire, after how long."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from creator_pulse.agents.fault_options import sized

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.proof.demo.workers import Workers
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.generator.scenarios.injection import Injection


class FaultWatch:
    """Follows the faults of one run by the clock, and pauses the workers where a fault asks for it.

    Args:
        faults: of the run.
        workers: are paused by a fault whose flow is ``pause``.
        firing: gives the names of the alerts that fire now.
        clock: measures how long an alert took.
        say: takes lines for people.
    """

    def __init__(
        self,
        faults: Sequence[Injection],
        workers: Workers,
        firing: Callable[[], Sequence[str]],
        clock: Clock,
        say: Callable[[str], None],
    ) -> None:
        self._faults, self._workers, self._firing = faults, workers, firing
        self._clock, self._say = clock, say
        self._fired: list[dict[str, float]] = [{} for _ in faults]
        self._began: list[float | None] = [None for _ in faults]

    async def follow(self) -> None:
        """Announce the faults of a run that begins now, and carry out what the records cannot."""
        for fault in self._faults:
            scenario = fault.scenario
            self._say(
                f"fault         {scenario.name}:{sized(scenario, fault.size)} "
                f"from {fault.after_ms / 1000:g} s for {fault.lasts_ms / 1000:g} s ({scenario.where}): "
                f"{' or '.join(scenario.fires)} must fire"
            )
        async with asyncio.TaskGroup() as group:
            for number, fault in enumerate(self._faults):
                group.create_task(self._run(number, fault))

    def look(self) -> None:
        """Take note of the alerts that fire now; each is told of once for a fault that it names."""
        now = self._clock.monotonic()
        for name in self._firing():
            for fault, began, fired in zip(self._faults, self._began, self._fired, strict=True):
                if began is None or name in fired:
                    continue
                fired[name] = round(now - began, 1)
                if name in fault.scenario.fires:
                    self._say(f"\n{name} fires {fired[name]:g} s after {fault.scenario.name} began")
                elif name in fault.scenario.quiet:
                    self._say(f"\n{name} fires, which {fault.scenario.name} does not explain")

    def report(self) -> list[dict[str, object]]:
        """For each fault the alerts that fired since it began, with the seconds that they took."""
        return [
            {
                "fault": fault.scenario.name,
                "size": fault.size,
                "fired_after_seconds": fired,
                "detected": any(name in fired for name in fault.scenario.fires),
                "unexplained": [name for name in fault.scenario.quiet if name in fired],
            }
            for fault, fired in zip(self._faults, self._fired, strict=True)
        ]

    async def _run(self, number: int, fault: Injection) -> None:
        await asyncio.sleep(fault.after_ms / 1000)
        self._began[number] = self._clock.monotonic()
        self._say(f"\n{fault.scenario.name} begins")
        paused = fault.scenario.flow == "pause"
        if paused:
            self._signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(fault.lasts_ms / 1000)
        finally:
            # Also when the run ends early: a paused process would not hear that it is to stop.
            if paused:
                self._signal(signal.SIGCONT)
        self._say(f"\n{fault.scenario.name} is over")

    def _signal(self, number: signal.Signals) -> None:
        for name in self._workers.running:
            self._workers.children[name].signal(number)
