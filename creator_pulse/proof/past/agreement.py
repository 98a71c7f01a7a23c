"""Whether the last day of a past is what the ledger counts of its events, and what was drawn beside them.

The ledger judges and sums the events by itself; the engine has no part in it. A day, as weeks would take the
ledger longer than the engine.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from math import isclose
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.measures import MEASURES
from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.panes.cells import Cell
    from creator_pulse.stream.settings import Settings

MEASURE_OF = {
    "gift_value_usd": "gift_usd",
    "order_count": "orders",
    "ad_value_usd": "ad_revenue_usd",
    "viewing_seconds": "watch_ms",
}
"""Compared values, each the sum of a measure of the ledger: gifts and orders are counted, the rest drawn."""
_VALUE_OF = {measure: value for value, measure in MEASURE_OF.items()}
_LINE = re.compile(r"pulse_(\w+)\{(.*)\} (\S+) (\S+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_HOURS = DAY_MS // HOUR_MS


class Agreement(msgspec.Struct):
    """What was compared, and what the next hours are compared with.

    Attributes:
        records: records of the last day that the ledger counted.
        sums: how many sums of 24 hours were compared.
        differing: those that differ, with what the ledger has and what the past shows.
        hours: measure, app, hour of the epoch and sum.
        sent: hour of the epoch -> records sent in it.
    """

    records: int = 0
    sums: int = 0
    differing: list[str] = []
    hours: list[tuple[str, str, int, int]] = []
    sent: dict[int, int] = {}

    @property
    def text(self) -> str:
        """A clause for the header of a demo."""
        if self.differing:
            return f"HISTORY DIFFERS from the ledger: {'; '.join(self.differing)}"
        return (
            f"of its last day {self.records:,} records and drawn sums equal the ledger in {self.sums} totals"
        )


class DayLedger:
    """Counts the last day of a span.

    Args:
        settings: of the workers.
        look_ms: the last look, at the end of the span, epoch ms.
        before: of the span before; of none at first.
    """

    def __init__(self, settings: Settings, look_ms: int, before: Agreement) -> None:
        # The newest 24 hours at a look end with the last whole hour that the watermark has passed.
        self._end = (look_ms - settings.out_of_orderness_ms) // HOUR_MS
        self._look_ms = look_ms
        self._ledger = Ledger(settings)
        self._drawn: Counter[tuple[str, str, int]] = Counter()
        for measure, app, hour, total in before.hours:
            self._drawn[measure, app, hour] += total
        self._sent = Counter(before.sent)

    def add(self, record: Produced) -> None:
        """Count a record, in the order in which they were sent; what was sent long before it is in no sum."""
        hour = record.timestamp_ms // HOUR_MS
        if hour >= self._end - _HOURS:
            self._sent[hour] += 1
            self._ledger.add(record.topic, 0, record.value, record.timestamp_ms, record.key)

    def drawn(self, cells: Iterable[Cell]) -> None:
        """Add drawn sums."""
        for measure, labels, start, _, total in cells:
            if measure in _VALUE_OF and start // HOUR_MS >= self._end - _HOURS:
                self._drawn[measure, labels[0], start // HOUR_MS] += total

    def agreement(self, samples: Path) -> Agreement:
        """Compare the last 24 hours.

        Args:
            samples: file with what Prometheus gets of the last look.
        """
        sums = self._drawn.copy()
        for (measure, labels, start), parts in self._ledger.truth.windows.items():
            if measure in _VALUE_OF:
                sums[measure, labels[0], start // HOUR_MS] += sum(part or 0 for part in parts)
        day = range(self._end - _HOURS, self._end)
        expected: Counter[tuple[str, str]] = Counter()
        for (measure, app, hour), total in sums.items():
            if hour in day:
                expected[_VALUE_OF[measure], app] += total
        shown = self._shown(samples)
        differing = []
        for (value, app), total in sorted(expected.items()):
            wanted, seen = total / MEASURES[MEASURE_OF[value]].scale, shown.get((value, app), 0.0)
            if not isclose(wanted, seen, rel_tol=1e-9):
                differing.append(f"{value} of {app} in 24 h: {wanted:g}, shown {seen:g}")
        kept = [(*key, total) for key, total in sorted(sums.items()) if key[2] >= day.start]
        sent = {hour: count for hour, count in self._sent.items() if hour >= day.start}
        return Agreement(sum(sent.values()), len(expected), differing, kept, sent)

    def _shown(self, samples: Path) -> dict[tuple[str, str], float]:
        """The sums over all regions of the last look."""
        moment = f" {self._look_ms // 1000}.{self._look_ms % 1000:03d}"
        shown: dict[tuple[str, str], float] = defaultdict(float)
        with samples.open(encoding="utf-8") as lines:
            for line in lines:
                parsed = _LINE.match(line) if line.rstrip().endswith(moment) else None
                if parsed is not None and parsed[1] in MEASURE_OF:
                    labels = dict(_LABEL.findall(parsed[2]))
                    if (labels.get("window"), labels.get("state")) == ("24h", "provisional"):
                        shown[parsed[1], labels["app"]] += float(parsed[3])
        return shown
