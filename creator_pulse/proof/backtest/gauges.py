"""The gauges that a scrape would have seen, minute by minute, without those that no alert can be made of."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from creator_pulse.stream.evidence.verdict import Verdict

WHOLE = "all"
"""The region of the gauges of a whole app."""
SCORE = "pulse_score"
FAMILIES = frozenset(
    {
        SCORE,
        "pulse_score_left",
        "pulse_score_since_timestamp_seconds",
        "pulse_score_lost_usd",
        "pulse_expected",
        "pulse_expected_lower",
        "pulse_expected_upper",
        "pulse_seen",
    }
)
"""Names of all gauges of evidence."""
Labels = tuple[tuple[str, str], ...]
Place = tuple[str, str, str]
"""Signal, app, region."""


class GaugeKey(NamedTuple):
    """One series of gauges.

    Attributes:
        family: name of the metric.
        labels: in the order of their names.
    """

    family: str
    labels: Labels


class Gauges:
    """Samples by minute, as few as give every alert the same values.

    A score far below every bar makes no alert, whatever it is. So only verdicts of signals and regions with a
    high score are added. When one is not high any more its scores get one sample of 0: Prometheus looks back
    five minutes, and would take the last high one for the value of now.
    """

    def __init__(self) -> None:
        self._samples: dict[GaugeKey, tuple[array[int], array[float]]] = {}
        self._scores: dict[Place, set[GaugeKey]] = {}
        self._high: set[Place] = set()

    def add(self, minute: int, verdicts: Sequence[Verdict]) -> None:
        """Take what is exposed at the end of a minute.

        Args:
            minute: since the epoch, at which it is scraped.
            verdicts: of every signal and region that is high.
        """
        high = set()
        for verdict in verdicts:
            place = verdict.signal, verdict.app, verdict.region
            high.add(place)
            for key, value in _exposed(verdict):
                self._put(key, minute, value)
                if key.family == SCORE:
                    self._scores.setdefault(place, set()).add(key)
        for place in self._high - high:
            for key in self._scores[place]:
                self._put(key, minute, 0.0)
        self._high = high

    def _put(self, key: GaugeKey, minute: int, value: float) -> None:
        minutes, values = self._samples.setdefault(key, (array("q"), array("d")))
        if not minutes or minutes[-1] != minute:
            minutes.append(minute)
            values.append(value)

    def series(self) -> Iterator[tuple[GaugeKey, array[int], array[float]]]:
        """Each series with its minutes and its values."""
        for key in sorted(self._samples):
            yield key, *self._samples[key]

    def merge(self, other: Gauges) -> None:
        """Take the series of another app."""
        self._samples |= other._samples


def _exposed(verdict: Verdict) -> Iterator[tuple[GaugeKey, float]]:
    """The gauges of one verdict by name and labels, as a worker exposes them."""
    place: Labels = (("topic", verdict.region),)
    if verdict.app:
        place = (("app", verdict.app), ("region", verdict.region or WHOLE))
    whole = tuple(sorted((*place, ("signal", verdict.signal))))
    side = tuple(sorted((*whole, ("direction", verdict.direction), ("speed", verdict.speed))))
    yield GaugeKey(SCORE, side), verdict.score
    yield GaugeKey("pulse_score_left", side), verdict.left
    yield GaugeKey("pulse_score_since_timestamp_seconds", side), verdict.since_ms / 1000
    yield GaugeKey("pulse_score_lost_usd", side), verdict.lost_usd
    yield GaugeKey("pulse_expected", whole), verdict.expected
    yield GaugeKey("pulse_expected_lower", whole), verdict.lower
    yield GaugeKey("pulse_expected_upper", whole), verdict.upper
    yield GaugeKey("pulse_seen", whole), verdict.seen
