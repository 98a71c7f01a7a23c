"""Receivables: when an amount is due, how much it is, and whether it is settled.

A batch of payments that is stuck has no events, so the gauge shows *when* the oldest was due: its age grows
without input.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS
from creator_pulse.stream.catalog.declaration.labels import combinations
from creator_pulse.stream.keyed.keyed_state import KeyedState
from creator_pulse.stream.keyed.keyed_table import gauge_sample
from creator_pulse.stream.keyed.outcomes import COUNTED, LATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.events.schema import DueRule
    from creator_pulse.stream.keyed.outcomes import Judged
    from creator_pulse.stream.lanes.arrays import Indexes, Rates
    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.settings import Settings

SETTLED_MS = 7 * DAY_MS
"""TTL of a settled entry, by the watermark: a record after that opens it again."""


class Due(msgspec.Struct, array_like=True):
    """One thing that is owed, or was.

    Attributes:
        where: values of the rule's labels.
        due_ms: when it is due.
        amount: the rule's amount times its rate, as decimal text: it may pass 64 bits.
        mark: watermark after it was last heard of, ms.
        settled: whether it is no longer owed.
    """

    where: tuple[str, ...]
    due_ms: int
    amount: str
    mark: int
    settled: bool


class Dues(KeyedState[Due]):
    """The open receivables of one partition, and those that were settled lately.

    Args:
        rule: of the topic, with the names of the fields that it reads.
        events: event types, in the order of the schema.
        topic: name of the input topic, without the prefix of the settings.
        settings: the apps, and the out-of-orderness.
    """

    kind = "dues"
    prefix = b"y"

    def __init__(self, rule: DueRule, events: tuple[str, ...], topic: str, settings: Settings) -> None:
        super().__init__(Due, SETTLED_MS, settings.most_followed, settings.out_of_orderness_ms)
        self._rule = rule
        self._events = events
        self._number: Counter[tuple[tuple[str, ...], int]] = Counter()
        self._amount: Counter[tuple[tuple[str, ...], int]] = Counter()
        self._places = tuple(combinations(rule.labels, settings, topic))

    def take(self, decoded: Decoded, dated_rows: dict[str, tuple[Indexes, Rates]], judged: Judged) -> None:
        """Take the accepted records of a batch in their order.

        Args:
            decoded: the batch as columns, a place for each record.
            dated_rows: rows and dated columns by event type.
            judged: the outcome and watermark of each record.
        """
        rule = self._rule
        # Rates come by event type; laid out by record they can be taken in the order of the log.
        rates = np.zeros(len(decoded), dtype=np.int64)
        for rows, dated in dated_rows.values():
            rates[rows] = dated[rule.rate][0]
        rows = np.flatnonzero((judged.outcome == COUNTED) | (judged.outcome == LATE))
        keys = decoded.names(rule.key, rows)
        texts = [decoded.texts(name) for name in rule.labels]
        where = zip(*(decoded.codes(name)[rows].tolist() for name in rule.labels), strict=True)
        columns = (
            decoded.kind,
            decoded.ints(rule.due),
            decoded.ints(rule.amount),
            rates,
            judged.watermarks[1:],
        )
        for key, codes, kind, due_ms, amount, rate, mark in zip(
            keys, where, *(column[rows].tolist() for column in columns), strict=True
        ):
            settled = self._events[kind] == rule.settled
            labels = tuple(of_label[code] for of_label, code in zip(texts, codes, strict=True))
            self._one(key, Due(labels, due_ms, str(amount * rate), mark, settled))

    def gauges(self, watermark: int) -> Iterator[Sample]:
        """By labels: the number of open entries, the overdue amount, and since when the oldest is due."""
        for where in self._places:
            hours = {hour for (labels, hour) in self._number if labels == where}
            over = [hour for hour in hours if hour + HOUR_MS <= watermark]
            labels = tuple(zip(self._rule.labels, where, strict=True))
            yield gauge_sample(self._rule.open, labels, sum(self._number[where, hour] for hour in hours))
            late = sum(self._amount[where, hour] for hour in over)
            yield gauge_sample(self._rule.overdue, labels, late / self._rule.scale)
            yield gauge_sample(self._rule.oldest, labels, min(hours, default=0) / 1000)

    def _one(self, key: bytes, due: Due) -> None:
        before = self._recalled(key, due.mark)
        if not (self._has_room(due.mark) if before is None else not before.settled):
            return
        self._write(key, due)

    def _is_over(self, entry: Due) -> bool:
        return entry.settled

    def _count(self, entry: Due, sign: int) -> None:
        hour = entry.where, entry.due_ms // HOUR_MS * HOUR_MS
        self._number[hour] += sign
        self._amount[hour] += sign * int(entry.amount)
        # An hour without anything owed goes, so that counters are bounded by what is open.
        if not self._number[hour]:
            del self._number[hour], self._amount[hour]
