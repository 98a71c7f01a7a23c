"""The exact sums that a run must show: totals, window parts, outcomes, watermarks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.proof.ledger.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterable

Labels = tuple[str, ...]
ON_TIME = 0
"""Index of a window's on-time part; the late parts follow, one for each horizon and one beyond."""
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
HORIZONS = (2 * HOUR_MS, 24 * HOUR_MS, 72 * HOUR_MS)
"""How far behind the watermark a late record still restates windows: up to 1 h, of 24 h, of days."""
_COUNTED = frozenset(name for name, measure in MEASURES.items() if measure.counter)
_PARTS = 2 + len(HORIZONS)
_SAFE = 2**53


class Line(NamedTuple):
    """One addition.

    For example ``Line("gift_coins", ("tiktok", "US"), 5)``.

    Attributes:
        measure: id.
        labels: values in the order of the measure's labels.
        value: integer in the measure's smallest unit; 0 still marks the window as having records.
    """

    measure: str
    labels: Labels
    value: int


def late_part(behind_ms: int) -> int:
    """Index of the late part that a record belongs to.

    Args:
        behind_ms: watermark before the record less its event time.
    """
    # Index among the parts: 0 is on time, 1 to 4 rise with the lateness.
    return 1 + sum(behind_ms > horizon for horizon in HORIZONS)


class Truth:
    """Sums as Python integers.

    Attributes:
        totals: (measure id, label values) -> sum, for measures that have a counter.
        windows: (measure id, label values, pane start in ms) -> sums of the parts; None in a
            part without a record.
        outcomes: (topic without prefix, partition) -> outcome -> records.
        watermarks: (topic, partition) -> watermark after the last record; absent without a valid one.
        plans: campaign -> begin, end (ms) and micro-USD of each version of the budget.
    """

    def __init__(self) -> None:
        self.totals: dict[tuple[str, Labels], int] = {}
        self.windows: dict[tuple[str, Labels, int], list[int | None]] = {}
        self.outcomes: dict[tuple[str, int], dict[str, int]] = {}
        self.watermarks: dict[tuple[str, int], int] = {}
        self.plans: dict[str, list[tuple[int, int, int]]] = {}

    def post(self, lines: Iterable[Line], time_ms: int, part: int = ON_TIME, *, counted: bool = True) -> None:
        """Add lines to one pane and, where their measure has a counter, to the totals.

        Args:
            lines: measure, labels and integer to add.
            time_ms: the time that chooses the pane.
            part: index of the on-time or a late part.
            counted: False keeps the lines out of the totals.
        """
        pane = time_ms // MINUTE_MS * MINUTE_MS
        totals, windows = self.totals, self.windows
        for measure, labels, value in lines:
            if counted and measure in _COUNTED:
                key = (measure, labels)
                totals[key] = totals.get(key, 0) + value
            sums = windows.setdefault((measure, labels, pane), [None] * _PARTS)
            # None says that no record came; 0 that records added nothing.
            sums[part] = (sums[part] or 0) + value

    def count(self, topic: str, partition: int, outcome: str) -> None:
        """Count a record of a partition by its outcome."""
        outcomes = self.outcomes.setdefault((topic, partition), {})
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    @property
    def records(self) -> int:
        """Records read, whatever their outcome."""
        return sum(count for outcomes in self.outcomes.values() for count in outcomes.values())

    def to_json(self) -> str:
        """One JSON object; integers beyond 2^53 are decimal strings."""
        return json.dumps(
            {
                "totals": [
                    [name, list(labels), _write(value)]
                    for (name, labels), value in sorted(self.totals.items())
                ],
                "windows": [
                    [name, list(labels), pane, [_write(value) for value in sums]]
                    for (name, labels, pane), sums in sorted(self.windows.items())
                ],
                "outcomes": [[*lane, outcomes] for lane, outcomes in sorted(self.outcomes.items())],
                "watermarks": [[*lane, watermark] for lane, watermark in sorted(self.watermarks.items())],
                "plans": self.plans,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Truth:
        """Read back what :meth:`to_json` wrote.

        Args:
            text: the JSON object.
        """
        read, truth = json.loads(text), cls()
        truth.totals = {(name, tuple(labels)): int(value) for name, labels, value in read["totals"]}
        truth.windows = {
            (name, tuple(labels), pane): [None if value is None else int(value) for value in sums]
            for name, labels, pane, sums in read["windows"]
        }
        truth.outcomes = {(topic, partition): outcomes for topic, partition, outcomes in read["outcomes"]}
        truth.plans = {name: [tuple(version) for version in plan] for name, plan in read["plans"].items()}
        truth.watermarks = {
            (topic, partition): watermark for topic, partition, watermark in read["watermarks"]
        }
        return truth


def _write(value: int | None) -> int | str | None:
    # Larger integers would lose digits in readers that keep JSON's numbers as floats.
    return value if value is None or abs(value) <= _SAFE else str(value)
