"""A simulated Prometheus: it reads every metrics page, even a zombie's, and checks each against the laws."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.transport.names import PANE_LABEL, PANE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.proof.simulation.expected_totals import ExpectedTotals, Series
    from creator_pulse.proof.simulation.story import Story
    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.settings import Settings

_OFFSET = "pulse_committed_offset"
_LOST = "pulse_lost_records_total"
# Totals of a source lane that no measure declares.
_OWN = frozenset({_LOST, "pulse_unknown_fields_total"})


class Scraper:
    """Keeps the last value of each total, across workers: series have no instance label.

    Args:
        settings: topic names of the lanes.
        expected: the ledger at any offset.
        story: records a broken law.

    Attributes:
        committed_offsets: lane -> committed offset on the page that showed the lane last.
    """

    def __init__(self, settings: Settings, expected: ExpectedTotals, story: Story) -> None:
        self._settings = settings
        self._expected = expected
        self._story = story
        self._last: dict[Series, float] = {}
        self._places: dict[tuple[tuple[str, str], ...], Place] = {}
        self.committed_offsets: dict[Place, int] = {}

    def take(self, worker: str, samples: Iterable[Sample]) -> None:
        """Check one metrics page.

        Args:
            worker: name of the worker that serves the page.
            samples: all samples of the page.
        """
        lanes: dict[Place, list[Sample]] = defaultdict(list)
        for sample in samples:
            if sample.family.endswith("_total") or sample.family == _OFFSET:
                place = self._places.get(sample.labels)
                if place is None:
                    place = self._places[sample.labels] = self._place(dict(sample.labels))
                lanes[place].append(sample)
        for place, lane_samples in lanes.items():
            self._never_falls(worker, lane_samples)
            offsets = [int(sample.value) for sample in lane_samples if sample.family == _OFFSET]
            if len(offsets) != 1:
                self._story.broken("Ledger", f"{worker} shows {place} {len(offsets)} times")
                continue
            self.committed_offsets[place] = offsets[0]
            if place.topic != PANE_TOPIC:
                self.holds_ledger(worker, place, offsets[0], lane_samples)

    def holds_ledger(self, worker: str, place: Place, offset: int, samples: Iterable[Sample]) -> None:
        """Check that a lane's totals equal the ledger at an offset.

        Args:
            worker: name of the worker that shows the lane.
            place: input topic and partition of the lane.
            offset: source offset that the samples stand for.
            samples: the samples of this lane only.
        """
        marker = self._expected.marker(place) or 0
        # A lane that skipped deleted records shows an offset ahead of its marker before its next commit.
        if offset - self._expected.skips(place, offset) > marker:
            self._story.broken("Counter", f"{worker} shows {place} at {offset}, committed is {marker}")
            return
        totals = {
            (sample.family, sample.labels): sample.value
            for sample in samples
            if sample.family.endswith("_total")
        }
        lost = sum(value for (family, _), value in totals.items() if family == _LOST)
        if lost != self._expected.lost(place, offset):
            expected_lost = self._expected.lost(place, offset)
            self._story.broken(
                "Ledger", f"{worker} shows {lost:.0f} of {place} as lost, it is {expected_lost}"
            )
            return
        expected = self._expected.at(place, offset)
        wrong = [
            series
            for series in expected.keys() | totals.keys()
            if series[0] not in _OWN and totals.get(series, -1) != expected.get(series, 0)
        ]
        for series in sorted(wrong):
            self._story.broken(
                "Ledger",
                f"{worker} at offset {offset} shows {series} as {totals.get(series)}, "
                f"the ledger has {expected.get(series, 0)}",
            )

    def _never_falls(self, worker: str, samples: Iterable[Sample]) -> None:
        for sample in samples:
            if sample.family == _OFFSET:
                continue
            series = (sample.family, sample.labels)
            last = self._last.get(series, 0)
            if sample.value < last:
                self._story.broken("Counter", f"{worker} shows {series} as {sample.value} after {last}")
            self._last[series] = max(sample.value, last)

    def _place(self, labels: dict[str, str]) -> Place:
        name = labels["topic"]
        topic = PANE_TOPIC if name == PANE_LABEL else self._settings.topic(name)
        return Place(topic, int(labels["partition"]))
