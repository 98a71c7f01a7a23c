"""The gauges that a scrape would have seen, minute by minute, without those that no alert can be made of."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.catalog.series_budget import EXPECTED, SCORED
from creator_pulse.stream.windows.evidence_samples import EvidenceSamples

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from creator_pulse.stream.evidence.verdict import SignalVerdict

SCORE = "pulse_score"
FAMILIES = frozenset(f"pulse_{name}" for name in (*EXPECTED, *SCORED))
"""Names of all gauges of evidence."""
PARTITION = 0
"""Of a merge lane: here one has all apps."""
Labels = tuple[tuple[str, str], ...]
_SIDES = {"speed", "direction"}


class GaugeKey(NamedTuple):
    """One series of gauges.

    Attributes:
        family: name of the metric.
        labels: in the order of their names.
    """

    family: str
    labels: Labels


class GaugeSamples:
    """Samples by minute, as few as give every alert the same values.

    A score far below every bar makes no alert, whatever it is. So only verdicts of signals and regions with a
    high score are added. When one is not high any more its scores get one sample of 0: Prometheus looks back
    five minutes, and would take the last high one for the value of now.
    """

    def __init__(self) -> None:
        self._samples: dict[GaugeKey, tuple[array[int], array[float]]] = {}
        self._scores: dict[Labels, set[GaugeKey]] = {}
        self._high: set[Labels] = set()

    def add(self, minute: int, verdicts: Sequence[SignalVerdict]) -> None:
        """Take the gauges as exposed at the end of a minute.

        Args:
            minute: since the epoch, at which it is scraped.
            verdicts: of every signal and region that is high.
        """
        high = set()
        for sample in EvidenceSamples(verdicts, PARTITION):
            key = GaugeKey(sample.family, tuple(sorted(sample.labels)))
            self._put(key, minute, sample.value)
            if key.family == SCORE:
                place = tuple(label for label in key.labels if label[0] not in _SIDES)
                high.add(place)
                self._scores.setdefault(place, set()).add(key)
        for place in self._high - high:
            for key in self._scores[place]:
                self._put(key, minute, 0.0)
        self._high = high

    def _put(self, key: GaugeKey, minute: int, value: float) -> None:
        minutes, values = self._samples.setdefault(key, (array("q"), array("d")))
        minutes.append(minute)
        values.append(value)

    def series(self) -> Iterator[tuple[GaugeKey, array[int], array[float]]]:
        """Each series with its minutes and its values."""
        for key in sorted(self._samples):
            yield key, *self._samples[key]

    def merge(self, other: GaugeSamples) -> None:
        """Take the series of another app."""
        self._samples |= other._samples
