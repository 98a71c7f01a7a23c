"""The books: what creators earned on a day, written down once the day is over."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from stream.catalog.declare import DAY_MS, HOUR_MS, Sum
from stream.catalog.registry import MEASURES, VALUES
from stream.events.reference_entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stream.synthetic.ledger import Ledger
    from stream.synthetic.model import Produced
    from stream.synthetic.truth import Truth

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
    """

    def __init__(self, inner: Publisher, ledger: Ledger, start_ms: int) -> None:
        self._inner, self._ledger = inner, ledger
        self._day_ms = start_ms // DAY_MS * DAY_MS

    async def write(self, records: list[Produced]) -> None:
        """Write records; before them the books of the days that are over."""
        while records and records[0].timestamp_ms >= self._day_ms + DAY_MS + CLOSED_AFTER_MS:
            await self._inner.publish(ledger_days(self._ledger.truth, self._day_ms))
            self._day_ms += DAY_MS
        await self._inner.write(records)


def ledger_days(truth: Truth, day_ms: int) -> Iterator[Entry]:
    """What creators earned on a day by the ledger, of each tool and app that had a record then.

    Args:
        truth: the sums of the records so far, late ones among them.
        day_ms: start of the day, UTC.
    """
    date = datetime.fromtimestamp(day_ms / 1000, UTC).date().isoformat()
    for value in VALUES:
        if value.name == _EARNINGS and isinstance(value.formula, Sum):
            for app, micros in sorted(_earned(truth, value.formula, day_ms).items()):
                name = f"{value.fixed['tool']}:{app}:{date}"
                yield Entry("ledger_day", name, day_ms, usd_micros=micros)


def _earned(truth: Truth, formula: Sum, day_ms: int) -> Counter[str]:
    """By app the sum of the day, whole micro-USD."""
    exact: dict[tuple[str, str], int] = {}
    for (name, labels, pane), parts in truth.windows.items():
        if name in formula.terms and day_ms <= pane < day_ms + DAY_MS:
            key = dict(zip(MEASURES[name].labels, labels, strict=True))["app"], name
            exact[key] = exact.get(key, 0) + sum(part or 0 for part in parts)
    found: Counter[str] = Counter()
    for (app, name), total in exact.items():
        found[app] += formula.terms[name] * total * 10**6 // MEASURES[name].scale
    return found
