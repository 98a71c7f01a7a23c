"""The books: what creators earned on a business day, written down once the day is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from creator_pulse.proof.ledger.days import begin_of, day_of
from creator_pulse.proof.ledger.measures import EARNINGS, MEASURES
from creator_pulse.proof.ledger.truth import DAY_MS, HOUR_MS
from creator_pulse.stream.events.reference_entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from creator_pulse.proof.ledger.ledger import Ledger
    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.stream.generator.model import Produced

CLOSED_AFTER_MS = HOUR_MS
"""The books of a day are closed so long after its end; what comes later is in no statement."""


class Publisher(Protocol):
    """Where records and entries go."""

    async def write(self, records: list[Produced]) -> None:
        """Take records in their order and return when every one is safe."""
        ...

    async def publish(self, entries: Iterable[Entry]) -> None:
        """Write entries to the reference topic, and return when every one is safe."""
        ...


class Bookkeeper:
    """A sink that publishes the ledger's sums of each day once the records have passed its end.

    Args:
        inner: where records and entries go.
        ledger: has taken in all earlier records.
        start_ms: virtual time of the first record: that day is not whole, and is closed like the others.
        offsets: app -> how many hours its business day begins before that of UTC.
    """

    def __init__(self, inner: Publisher, ledger: Ledger, start_ms: int, offsets: Mapping[str, int]) -> None:
        self._inner, self._ledger, self._offsets = inner, ledger, offsets
        self._days = {app: day_of(start_ms, hours) for app, hours in offsets.items()}

    async def write(self, records: list[Produced]) -> None:
        """Write records; before them the books of the days that are over."""
        for app, hours in self._offsets.items():
            while records:
                day, following = self._days[app], self._days[app] + timedelta(days=1)
                # An hour after the day's end, so that most late records are in the day's sums.
                if records[0].timestamp_ms < begin_of(following, hours) + CLOSED_AFTER_MS:
                    break
                await self._inner.publish(ledger_days(self._ledger.truth, app, begin_of(day, hours), day))
                self._days[app] = following
        await self._inner.write(records)


def ledger_days(truth: Truth, app: str, begin_ms: int, day: date) -> Iterator[Entry]:
    """What creators of an app earned on a business day by the ledger, of each tool that had a record then.

    Args:
        truth: the sums of the records so far, late ones among them.
        app: the app whose creators' earnings are summed.
        begin_ms: start of the day, epoch ms.
        day: its date where it begins.
    """
    exact: dict[str, dict[str, int]] = {}
    for (name, labels, pane), parts in truth.windows.items():
        if name in EARNINGS and labels[0] == app and begin_ms <= pane < begin_ms + DAY_MS:
            sums = exact.setdefault(EARNINGS[name].tool, {})
            sums[name] = sums.get(name, 0) + sum(part or 0 for part in parts)
    for tool, sums in exact.items():
        # Each measure rounded by itself: their scales differ.
        micros = sum(EARNINGS[name].sign * sums[name] * 10**6 // MEASURES[name].scale for name in sums)
        yield Entry("ledger_day", f"{tool}:{app}:{day.isoformat()}", begin_ms, usd_micros=micros)
