"""A Prometheus in the simulation: it reads every page, zombies' included, and holds each to the laws."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from creator_pulse.stream.tables.lanes import Place
from creator_pulse.stream.transport.names import PANE_LABEL, PANE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.proof.simulation.story import Story
    from creator_pulse.proof.simulation.truths import Series, Truths
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.windows.lane import Sample

_OFFSET = "pulse_committed_offset"
_LOST = "pulse_lost_records_total"
_OWN = frozenset({_LOST, "pulse_unknown_fields_total"})
"""Totals of a source lane that no measure declares."""


class Scraper:
    """Keeps the last value of each total, as a series without instance.

    Args:
        settings: of the lanes.
        truths: the ledger.
        story: where a broken law is told.

    Attributes:
        shown: lane -> the committed offset that was seen last.
    """

    def __init__(self, settings: Settings, truths: Truths, story: Story) -> None:
        self._settings = settings
        self._truths = truths
        self._story = story
        self._last: dict[Series, float] = {}
        self._places: dict[tuple[tuple[str, str], ...], Place] = {}
        self.shown: dict[Place, int] = {}

    def take(self, worker: str, samples: Iterable[Sample]) -> None:
        """Take one page.

        Args:
            worker: whose.
            samples: all of it.
        """
        lanes: dict[Place, list[Sample]] = defaultdict(list)
        for sample in samples:
            if sample.family.endswith("_total") or sample.family == _OFFSET:
                place = self._places.get(sample.labels)
                if place is None:
                    place = self._places[sample.labels] = self._place(dict(sample.labels))
                lanes[place].append(sample)
        for place, found in lanes.items():
            self._never_falls(worker, found)
            offsets = [int(one.value) for one in found if one.family == _OFFSET]
            if len(offsets) != 1:
                self._story.broken("Ledger", f"{worker} shows {place} {len(offsets)} times")
                continue
            self.shown[place] = offsets[0]
            if place.topic != PANE_TOPIC:
                self.holds_ledger(worker, place, offsets[0], found)

    def holds_ledger(self, worker: str, place: Place, offset: int, samples: Iterable[Sample]) -> None:
        """Hold a lane's totals to the ledger at its offset.

        Args:
            worker: whose.
            place: of a source lane.
            offset: that the samples stand for.
            samples: of the lane.
        """
        marker = self._truths.marker(place) or 0
        if offset - self._truths.skips(place, offset) > marker:
            self._story.broken("Counter", f"{worker} shows {place} at {offset}, committed is {marker}")
            return
        totals = {(one.family, one.labels): one.value for one in samples if one.family.endswith("_total")}
        lost = sum(value for (family, _), value in totals.items() if family == _LOST)
        if lost != self._truths.lost(place, offset):
            taken = self._truths.lost(place, offset)
            self._story.broken("Ledger", f"{worker} shows {lost:.0f} of {place} as lost, it is {taken}")
            return
        expected = self._truths.at(place, offset)
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
        for one in samples:
            if one.family == _OFFSET:
                continue
            series = (one.family, one.labels)
            last = self._last.get(series, 0)
            if one.value < last:
                self._story.broken("Counter", f"{worker} shows {series} as {one.value} after {last}")
            self._last[series] = max(one.value, last)

    def _place(self, labels: dict[str, str]) -> Place:
        name = labels["topic"]
        topic = PANE_TOPIC if name == PANE_LABEL else self._settings.topic(name)
        return Place(topic, int(labels["partition"]))
