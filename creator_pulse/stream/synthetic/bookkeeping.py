"""The books: what creators earned on a business day, written down once the day is over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from creator_pulse.stream.catalog.declare import DAY_MS, HOUR_MS, Sum
from creator_pulse.stream.catalog.registry import MEASURES, VALUES
from creator_pulse.stream.events.reference_entry import Entry
from creator_pulse.stream.windows.business_days import BusinessDays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from creator_pulse.stream.synthetic.ledger import Ledger
    from creator_pulse.stream.synthetic.model import Produced
    from creator_pulse.stream.synthetic.truth import Truth

CLOSED_AFTER_MS = HOUR_MS
"""The books of a day are closed so long after its end; what comes later is in no statement."""
_EARNINGS = "creator_net_earnings_usd"


class Publisher(Protocol):
    """Where records and entries go."""

    async def write(self, records: list[Produced]) -> None:
        """Take records in their order and return when every one is safe."""
        ...

    async def publish(self, entries: Iterable[Entry]) -> None:
        """Write entries to the reference topic, and return when every one is safe."""
        ...


class Bookkeeper:
    """A sink that publishes what the ledger says of each day, once the records have left it behind.

    Args:
        inner: where records and entries go.
        ledger: has taken in what was written before.
        start_ms: virtual time of the first record: that day is not whole, and is closed like the others.
        offsets: app -> how many hours its business day begins before that of UTC.
    """

    def __init__(self, inner: Publisher, ledger: Ledger, start_ms: int, offsets: Mapping[str, int]) -> None:
        self._inner, self._ledger, self._offsets = inner, ledger, offsets
        days = BusinessDays(offsets)
        self._days = {app: days.begins(start_ms, app)[0] for app in offsets}

    async def write(self, records: list[Produced]) -> None:
        """Write records; before them the books of the days that are over."""
        for app, hours in self._offsets.items():
            while records and records[0].timestamp_ms >= self._days[app] + DAY_MS + CLOSED_AFTER_MS:
                begin = self._days[app]
                day = datetime.fromtimestamp((begin + hours * HOUR_MS) / 1000, UTC).date()
                await self._inner.publish(ledger_days(self._ledger.truth, app, begin, day))
                self._days[app] += DAY_MS
        await self._inner.write(records)


def ledger_days(truth: Truth, app: str, begin_ms: int, day: date) -> Iterator[Entry]:
    """What creators of an app earned on a business day by the ledger, of each tool that had a record then.

    Args:
        truth: the sums of the records so far, late ones among them.
        app: whose creators.
        begin_ms: start of the day, epoch ms.
        day: its date where it begins.
    """
    for value in VALUES:
        if value.name == _EARNINGS and isinstance(value.formula, Sum):
            micros = _earned(truth, value.formula, app, begin_ms)
            if micros is not None:
                name = f"{value.fixed['tool']}:{app}:{day.isoformat()}"
                yield Entry("ledger_day", name, begin_ms, usd_micros=micros)


def _earned(truth: Truth, formula: Sum, app: str, begin_ms: int) -> int | None:
    """The sum of an app's day in whole micro-USD; None without a record."""
    exact: dict[str, int] = {}
    for (name, labels, pane), parts in truth.windows.items():
        if name not in formula.terms or not begin_ms <= pane < begin_ms + DAY_MS:
            continue
        if dict(zip(MEASURES[name].labels, labels, strict=True))["app"] == app:
            exact[name] = exact.get(name, 0) + sum(part or 0 for part in parts)
    if not exact:
        return None
    return sum(formula.terms[name] * total * 10**6 // MEASURES[name].scale for name, total in exact.items())
