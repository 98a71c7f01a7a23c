"""Sinks that show windows: gauges at ``/metrics``, and live views for Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.windows.rendered import RenderedViews, WindowSamples
from creator_pulse.stream.windows.sink import Sink, Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.windows.rendered import WindowNumbers


class Gauges(Sink):
    """Shows the newest window and the newest closed one of each value, with its trust beside it."""

    def __init__(self, surroundings: Surroundings) -> None:
        del surroundings

    def samples(self, numbers: Sequence[WindowNumbers]) -> Iterable[Sample]:
        """The series, as text only once somebody asks for them."""
        return WindowSamples(numbers)


class RedisViews(Sink):
    """Publishes the same numbers as JSON: ``tables/views.py`` writes them to Redis after the commit."""

    def __init__(self, surroundings: Surroundings) -> None:
        del surroundings

    def views(self, numbers: Sequence[WindowNumbers]) -> Mapping[str, bytes]:
        """The views by key, as text only once somebody asks for them."""
        return RenderedViews(numbers)
