"""What is owed: from when, how much, and until it is settled.

A batch of payments that is stuck has no events, so what is shown is *when* the oldest was due: its age
grows without input.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from stream.catalog.declare import DAY_MS, HOUR_MS
from stream.catalog.labels import TOOLS
from stream.windows.kept import Shown, hashed
from stream.windows.outcomes import COUNTED, LATE
from stream.windows.watermark import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stream.events.decoded import Decoded
    from stream.events.schema import DueRule
    from stream.settings import Settings
    from stream.windows.outcomes import Judged
    from stream.windows.rates import Rates, Rows

SETTLED_MS = 7 * DAY_MS
"""How far the watermark goes on until what is settled is forgotten: what comes after opens it anew."""
OPEN_MS = 400 * DAY_MS
"""The same for what never is: after so long it is no question of the hour."""
_SCALE = 10**12


class Due(msgspec.Struct, array_like=True):
    """One thing that is owed, or was.

    Attributes:
        where: app and tool.
        due_ms: when it is due.
        amount: micros of its currency times micro-USD per unit, as decimal text: it may pass 64 bits.
        mark: watermark after it was last heard of, ms.
        settled: whether it is no longer owed.
    """

    where: tuple[str, str]
    due_ms: int
    amount: str
    mark: int
    settled: bool


class Dues:
    """All that is owed in one partition, and what was settled lately.

    Args:
        rule: of the topic.
        events: event types, in the order of the schema.
        settings: the apps, and the out-of-orderness.
    """

    kind = "dues"
    prefix = b"y"

    def __init__(self, rule: DueRule, events: tuple[str, ...], settings: Settings) -> None:
        self._rule = rule
        self._events = events
        self._known: dict[bytes, Due] = {}
        self._number: Counter[tuple[tuple[str, str], int]] = Counter()
        self._amount: Counter[tuple[tuple[str, str], int]] = Counter()
        self._places = [(app, tool) for app in sorted(settings.regions) for tool in TOOLS]
        self._behind_ms = settings.out_of_orderness_ms
        self._settled: deque[tuple[int, bytes]] = deque()
        self._open: deque[tuple[int, bytes]] = deque()
        self._dirty: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._known)

    def take(self, decoded: Decoded, found: dict[str, tuple[Rows, Rates]], judged: Judged) -> None:
        """Take the accepted records of a batch in their order.

        Args:
            decoded: the batch.
            found: rows and dated columns by event type.
            judged: the batch, judged.
        """
        rule = self._rule
        rates = np.zeros(len(decoded), dtype=np.int64)
        for rows, dated in found.values():
            rates[rows] = dated["fx_rate"][0]
        rows = np.flatnonzero((judged.outcome == COUNTED) | (judged.outcome == LATE))
        keys = decoded.said(rule.key, rows)
        apps, tools = decoded.texts("app"), decoded.texts("tool")
        where = zip(decoded.codes("app")[rows].tolist(), decoded.codes("tool")[rows].tolist(), strict=True)
        columns = (
            decoded.kind,
            decoded.ints(rule.due),
            decoded.ints(rule.amount),
            rates,
            judged.watermarks[1:],
        )
        for key, (app, tool), kind, due_ms, amount, rate, mark in zip(
            keys, where, *(column[rows].tolist() for column in columns), strict=True
        ):
            settled = self._events[kind] == rule.settled
            self._one(hashed(key), Due((apps[app], tools[tool]), due_ms, str(amount * rate), mark, settled))

    def drain(self, highest: int) -> Iterator[tuple[bytes, bytes | None]]:
        """Forget what is over at the largest time seen, and give what changed since the last call."""
        if highest != NONE:
            watermark = highest - self._behind_ms
            self._forget(self._settled, watermark - SETTLED_MS)
            self._forget(self._open, watermark - OPEN_MS)
        for key in sorted(self._dirty):
            due = self._known.get(key)
            yield key, None if due is None else msgspec.msgpack.encode(due)
        self._dirty.clear()

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Take back what was given and is not forgotten, in any order."""
        found = [(key, msgspec.msgpack.decode(value, type=Due)) for key, value in entries]
        for key, due in sorted(found, key=lambda one: one[1].mark):
            self._put(key, due)

    def shown(self, watermark: int) -> Iterator[Shown]:
        """By app and tool: how much is owed, how much of it is overdue, and since when the oldest is due."""
        for where in self._places:
            hours = {hour for (one, hour) in self._number if one == where}
            over = [hour for hour in hours if hour + HOUR_MS <= watermark]
            labels = (("app", where[0]), ("tool", where[1]))
            yield Shown("pulse_open_payouts", labels, sum(self._number[where, hour] for hour in hours))
            late = sum(self._amount[where, hour] for hour in over)
            yield Shown("pulse_overdue_payout_usd", labels, late / _SCALE)
            oldest = min(hours, default=0)
            yield Shown("pulse_oldest_due_payout_timestamp_seconds", labels, oldest / 1000)

    def _one(self, key: bytes, due: Due) -> None:
        known = self._known.get(key)
        if known is not None and due.mark - known.mark > (SETTLED_MS if known.settled else OPEN_MS):
            self._drop(key)
            known = None
        if known is not None and known.settled:
            return
        if known is not None:
            self._drop(key)
        self._put(key, due)
        self._dirty.add(key)

    def _put(self, key: bytes, due: Due) -> None:
        self._known[key] = due
        (self._settled if due.settled else self._open).append((due.mark, key))
        if not due.settled:
            hour = due.where, due.due_ms // HOUR_MS * HOUR_MS
            self._number[hour] += 1
            self._amount[hour] += int(due.amount)

    def _drop(self, key: bytes) -> None:
        due = self._known.pop(key)
        self._dirty.add(key)
        if not due.settled:
            hour = due.where, due.due_ms // HOUR_MS * HOUR_MS
            self._number[hour] -= 1
            self._amount[hour] -= int(due.amount)
            if not self._number[hour]:
                del self._number[hour], self._amount[hour]

    def _forget(self, queue: deque[tuple[int, bytes]], bound: int) -> None:
        """Drop what stands in a queue and was not heard of since; marks in it never fall."""
        while queue and queue[0][0] < bound:
            mark, key = queue.popleft()
            due = self._known.get(key)
            if due is not None and due.mark == mark:
                self._drop(key)
