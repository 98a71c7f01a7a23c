"""Reports the faults of a demo: when each begins and ends, and which alerts fire, after how long."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from creator_pulse.agents.fault_options import sized

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.proof.demo.workers import Workers
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.generator.scenarios.injection import Injection


@dataclass(slots=True)
class _Course:
    """How a fault goes.

    Attributes:
        fault: what goes wrong.
        began: when, by the clock; None before.
        fired: name of an alert -> seconds from then until it fired.
    """

    fault: Injection
    began: float | None = None
    fired: dict[str, float] = field(default_factory=dict)


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
        self._courses = [_Course(fault) for fault in faults]
        self._workers, self._firing = workers, firing
        self._clock, self._say = clock, say

    async def follow(self, since: float) -> None:
        """Announce the faults of a run, and carry out those that records cannot.

        Args:
            since: when its first record was due, by the clock, seconds: that of each fault follows from it.
        """
        for course in self._courses:
            fault, scenario = course.fault, course.fault.scenario
            self._say(
                f"fault         {scenario.name}:{sized(scenario, fault.size)} "
                f"from {fault.after_ms / 1000:g} s for {fault.lasts_ms / 1000:g} s ({scenario.where}): "
                f"{' or '.join(scenario.fires)} must fire"
            )
        async with asyncio.TaskGroup() as group:
            for course in self._courses:
                group.create_task(self._run(course, since))

    def look(self) -> None:
        """Take note of the alerts that fire now; each is told of once for a fault that it names."""
        now = self._clock.monotonic()
        for name in self._firing():
            for course in self._courses:
                if course.began is not None and name not in course.fired:
                    course.fired[name] = round(now - course.began, 1)
                    self._tell(course, name)

    def report(self) -> list[dict[str, object]]:
        """For each fault the alerts that fired since it began, with the seconds that they took."""
        return [
            {
                "fault": course.fault.scenario.name,
                "size": course.fault.size,
                "fired_after_seconds": course.fired,
                "detected": any(name in course.fired for name in course.fault.scenario.fires),
                "unexplained": [name for name in course.fault.scenario.quiet if name in course.fired],
            }
            for course in self._courses
        ]

    def _tell(self, course: _Course, name: str) -> None:
        scenario = course.fault.scenario
        if name in scenario.fires:
            self._say(f"\n{name} fires {course.fired[name]:g} s after {scenario.name} began")
        elif name in scenario.quiet:
            self._say(f"\n{name} fires, which {scenario.name} does not explain")

    async def _run(self, course: _Course, since: float) -> None:
        fault = course.fault
        begins = since + fault.after_ms / 1000
        await asyncio.sleep(begins - self._clock.monotonic())
        course.began = begins
        self._say(f"\n{fault.scenario.name} begins")
        paused = fault.scenario.flow == "pause"
        if paused:
            self._signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(begins + fault.lasts_ms / 1000 - self._clock.monotonic())
        finally:
            # Also when the run ends early: a paused process would not hear that it is to stop.
            if paused:
                self._signal(signal.SIGCONT)
        self._say(f"\n{fault.scenario.name} is over")

    def _signal(self, number: signal.Signals) -> None:
        for name in self._workers.running:
            self._workers.children[name].signal(number)
