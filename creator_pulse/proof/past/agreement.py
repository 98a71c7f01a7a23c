"""Whether a past shows the ledger's counts of its events, and the sums drawn beside them, at every look.

The ledger judges and sums orders, refunds, payouts, deals, and gifts and rewards that are not plain by
itself; the engine has no part in it. Plain ones are valued by their fields. Values made of the sums of
a window are written by hand as the ledger's formulas.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from math import isclose
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from creator_pulse.proof.ledger.formulas import FORMULAS, SumOrRatio
from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.measures import MEASURES
from creator_pulse.proof.past.ledger_sums import HOURS, KeptSum, LedgerSums
from creator_pulse.proof.past.plain_records import PLAIN_TOPICS, PlainRecords
from creator_pulse.stream.settings import APPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.panes.cells import Cell
    from creator_pulse.stream.settings import Settings

COMPARED = {
    HOURS: (
        "gift_value_usd order_count order_value_usd refund_value_usd ad_value_usd viewing_seconds "
        "creator_net_earnings_usd creator_owed_growth_usd"
    ),
    "day": "order_cohort_net_value_usd deal_invited_count deal_cohort_agreed_count",
    "yesterday": (
        "creator_earnings_yesterday_usd gmv_yesterday_usd ad_revenue_yesterday_usd viewing_yesterday_seconds"
    ),
    "7d": "deal_reported_count deal_view_count deal_reported_usd",
    "14d": "creator_gross_usd creator_cohort_reversed_usd",
    "mtd": "card_settled_count card_complaint_count",
}
"""Window -> values that are sums, and are compared in it: of days all that boards or rules read, but for the
platform's revenue, which takes disputed top-ups. Ads and viewing are drawn, the rest is counted."""
COUNTERS = {"payout_usd_total": "payout_paid_usd"}
"""Compared counters -> the measure that each sums: of payouts, the paid amounts."""
_TOPICS = frozenset({"gift", "purchase", "reward", "deal", "payout"})
"""Whose records are counted."""
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def _formulas() -> Iterator[tuple[str, SumOrRatio]]:
    """Each window with the sums that are compared in it."""
    for label, names in COMPARED.items():
        chosen = frozenset(names.split())
        yield from ((label, each) for each in FORMULAS if each.name in chosen and label in each.windows)


_FORMULAS = tuple(_formulas())
_WINDOWS = {
    label: frozenset(name for window, each in _FORMULAS if window == label for name in each.measures)
    for label in COMPARED
}
"""Measures of the ledger by window."""
_OWN_LABELS = {each.name: tuple(name for name, _ in each.fixed) for _, each in _FORMULAS}
_FAMILIES = frozenset(f"pulse_{name}" for name in (*_OWN_LABELS, *COUNTERS))


class Agreement(msgspec.Struct):
    """The comparison so far, and the sums that the next looks are compared with.

    Attributes:
        records: records that the ledger counted.
        sums: how many sums were compared, of every look and app.
        differing: those that differ, with the numbers of the ledger and of the past.
        hours: sums of the last day.
        days: sums of business days, back to where the longest window of each begins.
    """

    records: int = 0
    sums: int = 0
    differing: list[str] = []
    hours: list[KeptSum] = []
    days: list[KeptSum] = []

    @property
    def text(self) -> str:
        """A clause for the header of a demo."""
        if self.differing:
            more = f" and {len(self.differing) - 1:,} more" if len(self.differing) > 1 else ""
            return f"HISTORY DIFFERS from the ledger: {self.differing[0]}{more}"
        return (
            f"{self.records:,} records (gifts, orders, refunds, rewards, deals and payouts) and drawn sums "
            f"of ads and viewing equal the ledger in {self.sums:,} totals"
        )


class _Sum(NamedTuple):
    """A value or counter that is compared at each look, of one app.

    Attributes:
        name: of the value or counter, without ``pulse_``.
        own: values of labels that tell it from others of its name, for example of ``tool``.
        window: label; empty of a counter.
        app: of which it is.
    """

    name: str
    own: tuple[str, ...]
    window: str
    app: str

    def __str__(self) -> str:
        return f"{' '.join((self.name, *self.own, self.window)).rstrip()} of {self.app}"


class PastLedger:
    """Counts a span of the past, and compares its series with the counts.

    Args:
        settings: those that the workers run with.
        began_ms: where the past begins, epoch ms, a whole hour.
        before: of the spans before; of none at first.

    Example::

        ledger = PastLedger(settings, began_ms, Agreement())
        ledger.add(record)
        ledger.drawn(cells)
        ledger.look(look_ms)
        agreement = ledger.agreement(files)
    """

    def __init__(self, settings: Settings, began_ms: int, before: Agreement) -> None:
        self._began_ms, self._late_ms = began_ms, settings.out_of_orderness_ms
        self._before = before
        self._sums = LedgerSums(
            _WINDOWS, frozenset(COUNTERS.values()), settings.day_offsets, before.hours, before.days
        )
        self._ledger, self._plain = Ledger(settings), PlainRecords(settings)
        self._ledger.truth = self._sums
        self._waiting: deque[Produced] = deque()
        self._expected: dict[tuple[_Sum, int], float] = {}
        self._records = 0
        self._at_ms = began_ms

    def add(self, record: Produced) -> None:
        """Take a record, in the order in which they were sent: it counts in the first look after that."""
        if record.topic in _TOPICS:
            self._waiting.append(record)

    def drawn(self, cells: Iterable[Cell]) -> None:
        """Add drawn sums of the time before the next look."""
        for measure, labels, start, _, total in cells:
            if measure in self._sums.measures:
                self._sums.add(measure, labels[0], total, start)

    def look(self, look_ms: int) -> None:
        """Note the expected series at a moment: later on come records that are late.

        Args:
            look_ms: the moment, epoch ms, later than the last one.
        """
        while self._waiting and self._waiting[0].timestamp_ms < look_ms:
            self._count(self._waiting.popleft())
        self._at_ms = look_ms - self._late_ms
        for app in APPS:
            for name, measure in COUNTERS.items():
                total = self._sums.running[measure, app] / MEASURES[measure].scale
                self._expected[_Sum(name, (), "", app), look_ms] = total
            of_windows = {
                label: self._sums.of_window(label, app, self._at_ms)
                for label in _WINDOWS
                if self._sums.shows(label, app, self._began_ms, self._at_ms)
            }
            for label, formula in _FORMULAS:
                if label in of_windows:
                    own = tuple(value for _, value in formula.fixed)
                    number = formula.of(of_windows[label])
                    assert number is not None, "sums have no divisor"
                    self._expected[_Sum(formula.name, own, label, app), look_ms] = float(number)

    def _count(self, record: Produced) -> None:
        self._records += 1
        plain = self._plain.value(record)
        if plain is not None:
            for measure, amount in plain.amounts:
                self._sums.add(measure, plain.app, amount, plain.time_ms, plain.part)
            return
        has_plain = record.topic in PLAIN_TOPICS
        reached_ms = self._plain.watermark(record.topic) if has_plain else 0
        if reached_ms:
            self._ledger.follow(record.topic, 0, reached_ms)
        self._ledger.add(record.topic, 0, record.value, record.timestamp_ms, record.key)
        if has_plain:
            self._plain.move(record.topic, self._sums.watermarks.get((record.topic, 0), 0))

    def agreement(self, files: Iterable[Path]) -> Agreement:
        """Compare all looks.

        Args:
            files: with what Prometheus gets.
        """
        shown = _shown(files)
        differing = [
            f"{each} at {look_ms}: {wanted:g}, shown {shown[each, look_ms]:g}"
            for (each, look_ms), wanted in self._expected.items()
            # What adds up to nothing is 0 but for the last digits of what is taken from each other.
            if not isclose(wanted, shown[each, look_ms], rel_tol=1e-9, abs_tol=1e-9)
        ]
        before = self._before
        return Agreement(
            before.records + self._records,
            before.sums + len(self._expected),
            before.differing + differing,
            self._sums.kept_hours(self._at_ms),
            self._sums.kept_days(self._at_ms),
        )


def _shown(files: Iterable[Path]) -> Mapping[tuple[_Sum, int], float]:
    """By sum and look the sums over all regions."""
    shown: dict[tuple[_Sum, int], float] = defaultdict(float)
    # Each line is a series, which comes again at each look, a number, and seconds with milliseconds.
    sums: dict[str, _Sum | None] = {}
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.partition("{")[0] not in _FAMILIES:
                    continue
                series, _, sample = line.partition("} ")
                if series not in sums:
                    sums[series] = _sum_of(series)
                of = sums[series]
                if of is not None:
                    number, seconds = sample.split()
                    shown[of, int(seconds.replace(".", ""))] += float(number)
    return shown


def _sum_of(series: str) -> _Sum | None:
    """The sum that a series of a compared family is a part of; None if there is no such sum."""
    family, _, text = series.partition("{")
    name, labels = family.removeprefix("pulse_"), dict(_LABEL.findall(text))
    if name in COUNTERS and labels.get("outcome") == "paid":
        return _Sum(name, (), "", labels["app"])
    if name in _OWN_LABELS and labels.get("state") == "provisional":
        return _Sum(
            name, tuple([labels[each] for each in _OWN_LABELS[name]]), labels["window"], labels["app"]
        )
    return None
