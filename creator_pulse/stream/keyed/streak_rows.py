"""Streaks meet rows: which rows of a batch count, and with how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.events.fields import EVENT_TIME
from creator_pulse.stream.keyed.outcomes import COUNTED, PROGRESS, Judged
from creator_pulse.stream.native.streaks import Streaks

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.events.decoder import Decoder
    from creator_pulse.stream.events.schema import StreakRule
    from creator_pulse.stream.lanes.arrays import Indexes
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import Batch


class TimedOut(NamedTuple):
    """Streaks that count without their end records.

    Attributes:
        decoded: of each, its record with the largest count.
        closed_at: the watermarks that closed them, ms.
    """

    decoded: Decoded
    closed_at: npt.NDArray[np.int64]


class StreakRows:
    """Applies a topic's streak rule to its batches.

    Args:
        rule: of the topic, with the names of the fields that it reads.
        settings: with the allowed lateness, within which a closed streak is known.
        decoder: reads the stored records of streaks that time out.
    """

    def __init__(self, rule: StreakRule, settings: Settings, decoder: Decoder) -> None:
        self._rule = rule
        self.event = rule.event
        self.state = Streaks(rule.timeout_ms, settings.allowed_lateness_ms, settings.most_streaks)
        self._decoder = decoder

    def fold(
        self, decoded: Decoded, rows: Indexes, batch: Batch, judged: Judged
    ) -> tuple[npt.NDArray[np.int64], TimedOut | None]:
        """Fold a batch: mark progress in its outcomes.

        Args:
            decoded: the batch as columns, a place for each record.
            rows: those of the rule's event type.
            batch: the same, as bytes.
            judged: the outcome of each record; progress is written into it.

        Returns:
            the part of each row's count that was booked before, and the streaks that timed out.
        """
        rule = self._rule
        # Only rows that count are taps: a duplicate or a late one moves no streak.
        streaked = rows[self._in_streak(decoded, rows)]
        taps = streaked[judged.outcome[streaked] == COUNTED]
        booked, progress = np.zeros(len(decoded), dtype=np.int64), np.zeros(len(decoded), dtype=np.uint8)
        timed_out = self.state.fold(
            taps,
            self._groups(decoded, taps),
            np.stack([decoded.ints(name)[taps] for name in (rule.end, rule.count, EVENT_TIME)]),
            judged.watermarks,
            self._value_of(batch),
            booked,
            progress,
        )
        # Progress is no money, yet it is a record: with all of it booked already, it adds 0.
        at = np.flatnonzero(progress)
        booked[at] = decoded.ints(rule.count)[at]
        judged.outcome[at] = PROGRESS
        if not timed_out:
            return booked[rows], None
        # A timed-out streak counts once, with the largest count of its records, whose columns stand for it.
        again = self._decoder.again([streak.value for streak in timed_out])
        again.ints(rule.count)[:] = [streak.count for streak in timed_out]
        return booked[rows], TimedOut(
            again, np.array([streak.closed_at for streak in timed_out], dtype=np.int64)
        )

    def stand_alone(self, decoded: Decoded, rows: Indexes) -> npt.NDArray[np.bool_]:
        """Which late rows count: an end does in full, progress not at all."""
        ends: npt.NDArray[np.bool_] = decoded.ints(self._rule.end)[rows] != 0
        return ends | ~self._in_streak(decoded, rows)

    def derived(
        self, decoded: Decoded, rows: Indexes, booked: npt.NDArray[np.int64], *, timed_out: bool
    ) -> dict[str, npt.NDArray[np.int64]]:
        """The columns that the rule makes.

        Args:
            decoded: the batch that the rows are of.
            rows: of the rule's event type.
            booked: shape of ``rows``, the part of each count that was booked before.
            timed_out: whether these are streaks that timed out.
        """
        rule = self._rule
        number, product, capped, over = rule.columns
        unit, count = decoded.ints(rule.unit)[rows], decoded.ints(rule.count)[rows]
        # The cap is of the whole streak: what this row adds is the capped product now less that at the row
        # before.
        before = np.minimum(unit * booked, rule.cap)
        return {
            number: (booked == 0).astype(np.int64),
            product: unit * np.maximum(count - booked, 0),
            capped: np.maximum(np.minimum(unit * count, rule.cap) - before, 0),
            over: np.full(len(rows), int(timed_out), dtype=np.int64),
        }

    def _groups(self, decoded: Decoded, rows: Indexes) -> list[bytes]:
        """The key of each row's streak: hashes of the two parties and of the group, 32 bytes.

        A viewer who is not named is one like others. As each part has its own width, no id can pose as two.
        """
        rule = self._rule
        parts = [decoded.identities(name, rows) for name in rule.between]
        # 8 bytes a column in a fixed order: one slice of the bytes is the key of a row's streak.
        named = np.stack([*parts, *decoded.numbers(rule.group, rows)], axis=1).astype("<u8")
        data, width = named.tobytes(), 8 * named.shape[1]
        return [data[at : at + width] for at in range(0, len(data), width)]

    def _in_streak(self, decoded: Decoded, rows: Indexes) -> npt.NDArray[np.bool_]:
        field, wanted = self._rule.when
        inside: npt.NDArray[np.bool_] = decoded.ints(field)[rows] == wanted
        return inside

    def _value_of(self, batch: Batch) -> Callable[[int], bytes]:
        """The bytes of a row in the form in which they are stored."""
        # Asked for every other streak: numbers of a list are read faster than those of an array.
        data, starts, lengths = batch.data, batch.value_at.tolist(), batch.value_length.tolist()
        return lambda row: self._decoder.stored(data[starts[row] : starts[row] + max(lengths[row], 0)])
