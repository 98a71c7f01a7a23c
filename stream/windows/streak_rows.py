"""Streaks meet rows: which rows of a batch count, and with how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import polars as pl

from stream.windows.outcomes import COUNTED, PROGRESS, Judged
from stream.windows.streaks import Streaks, Tap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stream.events.decoder import Decoder
    from stream.events.fields import Event
    from stream.events.schema import StreakRule
    from stream.settings import Settings
    from stream.windows.event_rows import EventRows


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A streak that counts without its end record.

    Attributes:
        event: its record with the largest count.
        closed_at: the watermark that closed it, ms.
    """

    event: Event
    closed_at: int


_KEPT_BYTES = 4_096
"""A record of a streak is kept as it came up to this size."""


class StreakRows:
    """Applies a topic's streak rule to its batches.

    Args:
        rule: of the topic.
        settings: the allowed lateness.
        decoder: reads the stored records of streaks that time out.
    """

    def __init__(self, rule: StreakRule, settings: Settings, decoder: Decoder) -> None:
        self._rule = rule
        self.event = rule.event
        self.state = Streaks(rule, settings.allowed_lateness_ms)
        self._decoder = decoder
        self._booked: dict[int, int] = {}
        self._open: set[int] = set()

    def fold(self, found: EventRows, values: Sequence[bytes | None], judged: Judged) -> list[TimedOut]:
        """Fold a batch: mark progress in its outcomes.

        Args:
            found: the batch's records of the rule's event type.
            values: of the whole batch.
            judged: outcomes of the whole batch.

        Returns:
            the streaks that timed out.
        """
        rule = self._rule
        field, wanted = rule.when
        taps = [
            (row, event)
            for row, event in zip(found.rows, found.events, strict=True)
            if getattr(event, field) == wanted
        ]
        self._open = {row for row, event in taps if not getattr(event, rule.end)}
        ends, progress, timed_out = self.state.fold(
            self._read(taps, values, judged.outcome.tolist()), judged.watermarks.tolist()
        )
        self._booked = {end.row: end.booked for end in ends if end.booked is not None}
        # Progress is no money, yet it is a record: with all of it booked already, it adds 0.
        self._booked |= {row: getattr(event, rule.count) for row, event in taps if row in progress}
        judged.outcome[list(progress)] = PROGRESS
        return [TimedOut(self._counted(one.value, one.count), one.closed_at or 0) for one in timed_out]

    def stands_alone(self, row: int) -> bool:
        """Whether a late row counts: an end does in full, progress not at all."""
        return row not in self._open

    def made(self, frame: pl.DataFrame, rows: Sequence[int]) -> pl.DataFrame:
        """Rows with the columns that the rule makes.

        Args:
            frame: of the rule's event type.
            rows: index of each in the batch; the frame's further rows are timed-out streaks.
        """
        rule = self._rule
        number, product, capped, over = rule.made
        timed_out = len(frame) - len(rows)
        unit, count = frame[rule.unit].to_numpy(), frame[rule.count].to_numpy()
        booked = np.array([*(self._booked.get(row, 0) for row in rows), *[0] * timed_out], dtype=np.int64)
        made = {
            number: (booked == 0).astype(np.int64),
            product: unit * np.maximum(count - booked, 0),
            capped: np.maximum(np.minimum(unit * count, rule.cap) - np.minimum(unit * booked, rule.cap), 0),
            over: np.repeat(np.array([0, 1]), [len(rows), timed_out]),
        }
        return frame.hstack([pl.Series(name, column) for name, column in made.items()])

    def _read(
        self, taps: Sequence[tuple[int, Event]], values: Sequence[bytes | None], outcome: Sequence[int]
    ) -> Iterator[Tap]:
        rule = self._rule
        for row, event in taps:
            value = values[row]
            if outcome[row] == COUNTED and value is not None:
                yield Tap(
                    row,
                    getattr(event, rule.group),
                    getattr(event, rule.end),
                    getattr(event, rule.count),
                    event.event_time,
                    # What the contract does not list is not kept: it could be megabytes.
                    value if len(value) <= _KEPT_BYTES else msgspec.json.encode(event),
                )

    def _counted(self, value: bytes, count: int) -> Event:
        return msgspec.structs.replace(self._decoder.one(value), **{self._rule.count: count})
