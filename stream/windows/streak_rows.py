"""Streaks meet frames: which rows of a batch count, and with how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from stream.events.decoder import Decoder
from stream.events.fields import Event
from stream.events.schema import StreakRule, TopicSchema
from stream.settings import Settings
from stream.windows.frames import ROW, Framer
from stream.windows.outcomes import COUNTED, PROGRESS, Judged
from stream.windows.streaks import Streaks, Tap

_BOOKED = "__booked"


class StreakRows:
    """Applies a topic's streak rule to its batches.

    Args:
        schema: a topic with a streak rule.
        settings: the allowed lateness.
        framer: makes the frame of booked streaks.
        decoder: reads the stored records of booked streaks.
    """

    def __init__(self, schema: TopicSchema, settings: Settings, framer: Framer, decoder: Decoder) -> None:
        assert schema.streaks is not None
        self._rule: StreakRule = schema.streaks
        self.event = self._rule.event
        self.state = Streaks(self._rule, settings.allowed_lateness_ms)
        self._framer = framer
        self._decoder = decoder
        self._index = tuple(schema.types()).index(self.event)
        self._part: dict[int, int] = {}
        self._taps: set[int] = set()
        self._ends: set[int] = set()

    def fold(
        self, events: Sequence[Event | None], values: Sequence[bytes | None], judged: Judged
    ) -> pl.DataFrame | None:
        """Fold a batch: mark progress in its outcomes.

        Returns:
            the streaks that timed out as rows that count, or None.
        """
        rule = self._rule
        field, wanted = rule.when
        self._part, self._taps, self._ends = {}, set(), set()
        rows = [
            row
            for row, event in enumerate(events)
            if event is not None
            and self._decoder.type_index[type(event)] == self._index
            and getattr(event, field) == wanted
        ]
        self._taps = set(rows)
        self._ends = {row for row in rows if getattr(events[row], rule.end)}
        accepted = [row for row in rows if judged.outcome[row] == COUNTED]
        ends, progress, timed_out = self.state.fold(
            self._read(accepted, events, values), judged.watermarks.tolist()
        )
        self._part = {end.row: end.booked for end in ends if end.booked is not None}
        # Progress is no money, yet it is a record: with all of it booked already, it adds 0.
        self._part |= {row: getattr(events[row], rule.count) for row in progress}
        judged.outcome[list(progress)] = PROGRESS
        if not timed_out:
            return None
        booked = [
            msgspec.structs.replace(self._decoder.one(one.value), **{rule.count: one.count}) for one in timed_out
        ]
        frame = self._framer.frame(self.event, range(len(booked)), booked)
        closed = pl.Series("watermark", [one.closed_at for one in timed_out], dtype=pl.Int64)
        return self._columns(frame.with_columns(closed, pl.lit(0).alias(_BOOKED)), timed_out=1)

    def made(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Accepted rows with the columns that the rule makes."""
        part = [self._part.get(row, 0) for row in frame[ROW].to_list()]
        return self._columns(frame.with_columns(pl.Series(_BOOKED, part, dtype=pl.Int64)), timed_out=0)

    def made_late(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Late rows likewise: they stand alone, so an end counts in full and progress not at all."""
        stay = [row not in self._taps or row in self._ends for row in frame[ROW].to_list()]
        frame = frame.filter(pl.Series(stay, dtype=pl.Boolean))
        return self._columns(frame.with_columns(pl.lit(0).alias(_BOOKED)), timed_out=0)

    def _read(
        self, rows: list[int], events: Sequence[Event | None], values: Sequence[bytes | None]
    ) -> Iterator[Tap]:
        rule = self._rule
        for row in rows:
            event, value = events[row], values[row]
            assert event is not None
            assert value is not None
            yield Tap(
                row,
                getattr(event, rule.group),
                getattr(event, rule.end),
                getattr(event, rule.count),
                event.event_time,
                value,
            )

    def _columns(self, frame: pl.DataFrame, *, timed_out: int) -> pl.DataFrame:
        rule = self._rule
        number, product, capped, over = rule.made
        unit, count, booked = pl.col(rule.unit), pl.col(rule.count), pl.col(_BOOKED)
        cap = pl.lit(rule.cap, dtype=pl.Int64)
        return frame.with_columns(
            pl.when(booked > 0).then(0).otherwise(1).cast(pl.Int64).alias(number),
            (unit * pl.max_horizontal(count - booked, pl.lit(0, dtype=pl.Int64))).alias(product),
            pl.max_horizontal(
                pl.min_horizontal(unit * count, cap) - pl.min_horizontal(unit * booked, cap),
                pl.lit(0, dtype=pl.Int64),
            ).alias(capped),
            pl.lit(timed_out, dtype=pl.Int64).alias(over),
        )
