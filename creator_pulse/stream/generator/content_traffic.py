"""Content: videos, removals, and creators who enrol in tools."""

from __future__ import annotations

from creator_pulse.stream.generator.event_maker import DAY_MS, EventMaker

_REMOVED = 0.005
_ENROLLED, _SUSPENDED, _LEFT = 0.8, 0.003, 0.05
# Share of the enrolled creators who have earned before.
_EARNED_BEFORE = 0.3
_TOOLS = ("gift", "ad", "reward", "deal", "commerce")
_STEP_MS = 30_000


class ContentTraffic(EventMaker):
    """Makes videos and enrolments, one at a time."""

    def post(self, time_ms: float) -> None:
        """One video, which is rarely removed a minute later.

        Args:
            time_ms: virtual time at which it is posted.
        """
        rng = self._rng
        actor = self._population.owner()
        video = f',"video_id":"x{actor.creator.key.decode()}-{self._queue.count:x}"'
        self._queue.put("content", actor, "video_posted", time_ms, video)
        if rng.random() < _REMOVED:
            own = f'{video},"ad_impressions":{int(rng.expovariate(1 / 0.6))},"reason":"policy"'
            self._queue.put("content", actor, "content_removed", time_ms + 2 * _STEP_MS, own)

    def enrol(self, time_ms: float) -> None:
        """One creator becomes eligible for a tool, usually enrols, and rarely is suspended or leaves.

        Args:
            time_ms: virtual time at which the creator becomes eligible.
        """
        rng = self._rng
        actor = self._population.owner()
        tool = f',"tool":"{rng.choice(_TOOLS)}"'
        self._queue.put("content", actor, "tool_eligible", time_ms, tool)
        if rng.random() >= _ENROLLED:
            return
        days = rng.randrange(1, 300) if rng.random() < _EARNED_BEFORE else 0
        # If the creator has never earned, the time of the first earning is that of the enrolment.
        enrolled_ms = int(time_ms) + _STEP_MS
        changes = [("enrolled", f',"first_earned_time":{enrolled_ms - days * DAY_MS}')]
        roll = rng.random()
        if roll < _SUSPENDED:
            changes += [("suspended", ""), ("reinstated", "")]
        elif roll < _SUSPENDED + _LEFT:
            changes.append(("left", ""))
        for step, (change, own) in enumerate(changes, 1):
            self._queue.put("content", actor, f"tool_{change}", time_ms + step * _STEP_MS, f"{tool}{own}")
