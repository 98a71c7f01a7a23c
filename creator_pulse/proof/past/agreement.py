"""Whether a past shows what the ledger counts of its events, and what was drawn beside them, at every look.

The ledger judges and sums orders, refunds, payouts, and gifts that are not plain by itself; the engine has no
part in it. Plain gifts are valued by their fields.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from itertools import product
from math import isclose
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.measures import MEASURES
from creator_pulse.proof.ledger.truth import ON_TIME, Truth
from creator_pulse.proof.past.plain_gifts import PlainGifts
from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS
from creator_pulse.stream.settings import APPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from creator_pulse.proof.ledger.truth import Line
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.panes.cells import Cell
    from creator_pulse.stream.settings import Settings

MEASURES_OF: Mapping[str, tuple[str, ...]] = {
    "gift_value_usd": ("gift_usd",),
    "order_count": ("orders",),
    "order_value_usd": ("gmv_usd",),
    "refund_value_usd": ("refunded_usd", "cancelled_usd"),
    "ad_value_usd": ("ad_revenue_usd",),
    "viewing_seconds": ("watch_ms",),
}
"""Values that are compared in windows of 24 hours: each the sum of measures of the ledger. Ads and viewing
are drawn, the others counted."""
TOTALS_OF: Mapping[str, tuple[str, ...]] = {"payout_usd_total": ("payout_paid_usd",)}
"""Counters that are compared, likewise: of payouts what was paid."""
_TOPICS = frozenset({"gift", "purchase", "payout"})
"""Whose records are counted."""
_SUMMED = frozenset(name for names in MEASURES_OF.values() for name in names)
_TOTALLED = frozenset(name for names in TOTALS_OF.values() for name in names)
_FAMILIES = tuple(f"pulse_{name}{{" for name in (*MEASURES_OF, *TOTALS_OF))
_LINE = re.compile(r"pulse_(\w+)\{(.*)\} (\S+) (\d+)\.(\d{3})\n")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_OLDEST_PART = 2
"""Of the ledger's parts: what is later restates business days only, and is in no window of hours."""
_HOURS = DAY_MS // HOUR_MS
_Hour = tuple[str, str, int]
"""Measure, app and hour of the epoch."""


class Agreement(msgspec.Struct):
    """The comparison so far, and the sums that the next hours are compared with.

    Attributes:
        records: records that the ledger counted.
        sums: how many sums were compared, of every look and app.
        differing: those that differ, with the numbers of the ledger and of the past.
        hours: measure, app, hour of the epoch and sum, of the last day.
    """

    records: int = 0
    sums: int = 0
    differing: list[str] = []
    hours: list[tuple[str, str, int, int]] = []

    @property
    def text(self) -> str:
        """A clause for the header of a demo."""
        if self.differing:
            more = f" and {len(self.differing) - 1:,} more" if len(self.differing) > 1 else ""
            return f"HISTORY DIFFERS from the ledger: {self.differing[0]}{more}"
        return (
            f"{self.records:,} records (gifts, orders, refunds and payouts) and drawn sums of ads and "
            f"viewing equal the ledger in {self.sums:,} totals"
        )


class _Expected(NamedTuple):
    """The sums of the ledger when the series are looked at.

    Attributes:
        look_ms: when, epoch ms.
        hours: sums of the 24 hours that are shown then.
        totals: measure and app -> sum since the span began.
    """

    look_ms: int
    hours: Counter[_Hour]
    totals: Counter[tuple[str, str]]


class _HourSums(Truth):
    """Keeps of all lines the compared ones, by the hour.

    Attributes:
        hours: late parts included, as far as windows of 24 hours hold them.
        running: without what came late, as counters.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hours: Counter[_Hour] = Counter()
        self.running: Counter[tuple[str, str]] = Counter()

    def post(self, lines: Iterable[Line], time_ms: int, part: int = ON_TIME, *, counted: bool = True) -> None:
        """Add lines."""
        for measure, labels, value in lines:
            if measure in _SUMMED and part <= _OLDEST_PART:
                self.hours[measure, labels[0], time_ms // HOUR_MS] += value
            elif counted and measure in _TOTALLED:
                self.running[measure, labels[0]] += value


class PastLedger:
    """Counts a span of the past, and compares its series with the counts.

    Args:
        settings: of the workers.
        began_ms: where the past begins, epoch ms, a whole hour.
        looks: when the series are looked at, epoch ms, rising; the last one is the end of the span.
        before: of the spans before; of none at first.
    """

    def __init__(self, settings: Settings, began_ms: int, looks: Sequence[int], before: Agreement) -> None:
        self._began = began_ms // HOUR_MS
        self._late_ms = settings.out_of_orderness_ms
        self._before = before
        self._ledger, self._sums = Ledger(settings), _HourSums()
        self._ledger.truth = self._sums
        self._plain = PlainGifts(settings)
        self._left = deque(looks)
        self._expected: list[_Expected] = []
        self._records = 0
        # Of the spans before, and drawn.
        self._beside: Counter[_Hour] = Counter()
        for measure, app, hour, total in before.hours:
            self._beside[measure, app, hour] += total
        self._last_day = self._end(looks[-1]) - _HOURS

    def _end(self, look_ms: int) -> int:
        """The hour at which the newest 24 hours end: the last whole one that the watermark has passed."""
        return (look_ms - self._late_ms) // HOUR_MS

    def add(self, record: Produced) -> None:
        """Count a record, in the order in which they were sent."""
        while self._left and record.timestamp_ms >= self._left[0]:
            self._look()
        if record.topic not in _TOPICS:
            return
        self._records += 1
        plain = self._plain.value(record) if record.topic == "gift" else None
        if plain is not None:
            self._sums.post([plain.line], plain.time_ms, plain.part)
        else:
            self._ledger.add(record.topic, 0, record.value, record.timestamp_ms, record.key)
            self._plain.watermark = max(self._plain.watermark, self._sums.watermarks.get(("gift", 0), 0))

    def _look(self) -> None:
        """Note the sums of the next look: later on come records that are late."""
        look_ms = self._left.popleft()
        hours = Counter({key: self._sums.hours[key] for key in self._shown_at(look_ms)})
        self._expected.append(_Expected(look_ms, hours, self._sums.running.copy()))

    def _day(self, look_ms: int) -> range:
        """The hours that are shown at a look."""
        return range(self._end(look_ms) - _HOURS, self._end(look_ms))

    def _shown_at(self, look_ms: int) -> Iterator[_Hour]:
        """The hours of all sums that are shown at a look: of weeks a look needs one day."""
        return product(_SUMMED, APPS, self._day(look_ms))

    def drawn(self, cells: Iterable[Cell]) -> None:
        """Add drawn sums."""
        for measure, labels, start, _, total in cells:
            if measure in _SUMMED:
                self._beside[measure, labels[0], start // HOUR_MS] += total

    def agreement(self, files: Iterable[Path]) -> Agreement:
        """Compare all looks.

        Args:
            files: with what Prometheus gets.
        """
        while self._left:
            self._look()
        exposed = _exposed(files)
        before = self._before
        differing, compared = [*before.differing], before.sums
        for expected in self._expected:
            for (value, app), wanted in sorted(self._wanted(expected).items()):
                compared += 1
                actual = exposed[value, app, expected.look_ms]
                if not isclose(wanted, actual, rel_tol=1e-9):
                    differing.append(f"{value} of {app} at {expected.look_ms}: {wanted:g}, shown {actual:g}")
        every = self._sums.hours + self._beside
        last_day = [(*key, total) for key, total in sorted(every.items()) if key[2] >= self._last_day]
        return Agreement(before.records + self._records, compared, differing, last_day)

    def _wanted(self, expected: _Expected) -> dict[tuple[str, str], float]:
        """By value and app the numbers that a look must have."""
        sums = expected.totals.copy()
        day = self._day(expected.look_ms)
        for key in self._shown_at(expected.look_ms):
            sums[key[:2]] += expected.hours[key] + self._beside[key]
        compared = dict(TOTALS_OF)
        # A window of hours shows nothing before the first of them is over.
        if day.stop > self._began + 1:
            compared |= MEASURES_OF
        return {
            (value, app): sum(sums[measure, app] / MEASURES[measure].scale for measure in names)
            for value, names in compared.items()
            for app in APPS
        }


def _exposed(files: Iterable[Path]) -> dict[tuple[str, str, int], float]:
    """By value, app and look the sums over all regions."""
    exposed: dict[tuple[str, str, int], float] = defaultdict(float)
    for name, labels, number, look_ms in _compared(files):
        window = labels.get("window"), labels.get("state")
        if window == ("24h", "provisional") or labels.get("outcome") == "paid":
            exposed[name, labels["app"], look_ms] += number
    return exposed


def _compared(files: Iterable[Path]) -> Iterator[tuple[str, dict[str, str], float, int]]:
    """Name, labels, number and moment of the samples of compared families."""
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                parsed = _LINE.fullmatch(line) if line.startswith(_FAMILIES) else None
                if parsed is not None:
                    name, labels, number, seconds, milliseconds = parsed.groups()
                    yield name, dict(_LABEL.findall(labels)), float(number), int(seconds + milliseconds)
