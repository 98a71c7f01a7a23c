"""Runs the sums of an app through its evidence: verdicts minute by minute, as gauges."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from creator_pulse.proof.backtest.gauges import GaugeSamples
from creator_pulse.proof.backtest.sums import MINUTE_MS
from creator_pulse.stream.evidence.history import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from creator_pulse.proof.backtest.labelled_world import LabelledWorld
    from creator_pulse.stream.evidence.verdict import SignalVerdict

BLOCK = 5
"""Minutes that are closed together while nothing is judged."""
LOT = 360
"""Minutes that are handed over together: those not closed yet may come early."""


class Scorer(Protocol):
    """What keeps the evidence of an app, or of the pipeline; see ``Evidence``."""

    def add_columns(
        self, measure: str, region: str, starts_ms: NDArray[np.int64], totals: NDArray[np.int64]
    ) -> None:
        """Add sums of a measure to slots."""
        ...

    def close(self, topic: str, until_ms: int) -> None:
        """Close the slots of a topic."""
        ...

    def calendar(self, factor: Callable[[str, int], float]) -> None:
        """Set the calendar of announced days."""
        ...

    def verdicts(self, least: float = 0.0) -> Iterator[SignalVerdict]:
        """The verdicts now, on series with a score of at least ``least``."""
        ...


class ScoredPart(NamedTuple):
    """A part of the world that is scored apart: an app, or the pipeline.

    Attributes:
        app: empty for the pipeline.
        topics: whose slots are closed, in this order.
        least: scores below are not exposed.
    """

    app: str
    topics: tuple[str, ...]
    least: float


def announced(world: LabelledWorld, app: str) -> Callable[[str, int], float]:
    """How many times the usual is expected of a tool of an app at a time, by the calendar of a world."""
    entries = [entry for entry in world.calendar if entry.app in {"", app}]

    def factor(tool: str, at_ms: int) -> float:
        minute = at_ms // MINUTE_MS
        factors = [
            entry.factor
            for entry in entries
            if entry.tool in {"all", tool} and entry.start <= minute < entry.end
        ]
        return float(np.prod(factors)) if factors else 1.0

    return factor


def score(
    world: LabelledWorld, scorer: Scorer, part: ScoredPart, went: Callable[[int], None]
) -> GaugeSamples:
    """All gauges of an app of a world, from the first judged minute on.

    The sums of a minute are there when the minute ends. Event time goes on with every minute, but while it
    stalls; then all that came meanwhile is counted at once.

    Args:
        world: sums, calendar and stalls.
        scorer: keeps the evidence; has seen nothing yet.
        part: which app.
        went: takes the minutes that were gone through since the last call.
    """
    scorer.calendar(announced(world, part.app))
    gauges = GaugeSamples()
    stalled = _stalled(world)
    keys = [key for key in world.sums if key.app == part.app]
    for first in range(0, world.sums.minutes, BLOCK):
        if first % LOT == 0:
            lot = slice(first, min(first + LOT, world.sums.minutes))
            starts = (world.start + np.arange(lot.start, lot.stop, dtype=np.int64)) * MINUTE_MS
            for key in keys:
                scorer.add_columns(key.measure, key.region, starts, world.sums[key][lot])
        block = slice(first, min(first + BLOCK, world.sums.minutes))
        for minute in range(block.start, block.stop):
            now = world.start + minute + 1
            if stalled[minute] or (now < world.judged and minute != block.stop - 1):
                continue
            for topic in part.topics:
                scorer.close(topic, now * MINUTE_MS)
            if now > world.judged:
                gauges.add(now, _told(scorer, part.least))
        went(block.stop - block.start)
    return gauges


def _told(scorer: Scorer, least: float) -> tuple[SignalVerdict, ...]:
    """Verdicts of signals and regions with a high score, and then of all signals of the whole app too.

    An alert may ask for the least of several signals, and one that is missing would not be asked.
    """
    high = tuple(scorer.verdicts(least))
    if not high:
        return ()
    places = {(verdict.signal, verdict.region) for verdict in high}
    return tuple(
        verdict
        for verdict in scorer.verdicts()
        if verdict.region == WHOLE or (verdict.signal, verdict.region) in places
    )


def _stalled(world: LabelledWorld) -> NDArray[np.bool_]:
    minutes = np.zeros(world.sums.minutes, np.bool_)
    for stall in world.stalls:
        minutes[max(stall.start - world.start, 0) : max(stall.end - world.start, 0)] = True
    return minutes
