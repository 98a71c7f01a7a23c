"""The verdict on a series."""

from __future__ import annotations

from typing import Literal, NamedTuple

Speed = Literal["fast", "slow"]
Way = Literal["fall", "rise"]
SPEEDS: tuple[Speed, ...] = ("fast", "slow")
WAYS: tuple[Way, ...] = ("fall", "rise")
History = Literal["none", "hour", "day", "week", "weeks"]
HISTORIES: tuple[History, ...] = ("none", "hour", "day", "week", "weeks")
"""How much is known, from nothing to weeks; a phase is a place in it."""


class SignalVerdict(NamedTuple):
    """How sure it is that a series is not as usual.

    Attributes:
        signal: name of the signal.
        app: empty for the pipeline.
        region: empty for the whole app; of the pipeline the topic.
        speed: ``fast`` is of windows of up to an hour, ``slow`` of 3 to 24 hours.
        direction: ``fall`` or ``rise``.
        score: the evidence, 0 where there is none.
        expected: the usual value now, a minute.
        lower: below this a single minute is unusual.
        upper: above this a single minute is unusual.
        seen: a minute, over the window that decides.
        left: seen by expected in that window; 1 if nothing was expected.
        since_ms: begin of the window in which the evidence began, epoch ms; 0 where there is none.
        lost_usd: money that the change costs, a minute.
        history: how much of the past the expectation is made of.
        window_end_ms: end of the last slot that was closed.
    """

    signal: str
    app: str
    region: str
    speed: Speed
    direction: Way
    score: float
    expected: float
    lower: float
    upper: float
    seen: float
    left: float
    since_ms: int
    lost_usd: float
    history: History
    window_end_ms: int
