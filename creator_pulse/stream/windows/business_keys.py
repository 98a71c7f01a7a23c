"""What was booked before under another event id: shown, never dropped.

A producer that books twice gives the copy an id of its own, so the dedup horizon lets it through. Here a
record's *business key* is remembered as ids are: by a 128-bit hash, for the dedup horizon, counted from
where the key was first accepted. Only the log decides, in the order of its records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.native.ids import hash_of
from creator_pulse.stream.windows.combined import distinct
from creator_pulse.stream.windows.dedup import DedupHorizon

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.events.schema import KeyRule, TopicSchema
    from creator_pulse.stream.windows.outcomes import Judged
    from creator_pulse.stream.windows.watermark import Mask


class BusinessKeys:
    """The keys that one partition has accepted.

    Args:
        rule: which records have a key.
        schema: of the topic: its event types, and the streaks whose progress is no booking.
        horizon_ms: the dedup horizon.

    Attributes:
        horizon: the keys, and their packs for the changelog.
    """

    def __init__(self, rule: KeyRule, schema: TopicSchema, horizon_ms: int) -> None:
        self.horizon = DedupHorizon(horizon_ms)
        self._rule = rule
        self._events = tuple(schema.types())
        self._streaks = schema.streaks
        named = [place for place, event in enumerate(self._events) if event in (rule.events or self._events)]
        self._keyed = np.isin(np.arange(-1, len(self._events)), named)

    def known(self, decoded: Decoded, judged: Judged) -> Mask:
        """Say which accepted records have a key that was accepted before, and accept the others' keys.

        Args:
            decoded: the batch.
            judged: its outcomes; duplicates of an event id are not asked for.

        Returns:
            shape (n,).
        """
        hashes, there = decoded.hashed(self._rule.field)
        rows = np.flatnonzero(
            judged.accepted & there & self._keyed[decoded.kind + 1] & ~self._progress(decoded)
        )
        hashes[rows] ^= self._marks(decoded, rows)
        before, after = judged.watermarks[:-1], judged.watermarks[1:]
        found = np.zeros(len(decoded), dtype=np.bool_)
        found[rows] = self.horizon.check(hashes, rows, before, after)
        return found

    def _progress(self, decoded: Decoded) -> Mask:
        """The records of a streak but its end: all of them are one booking."""
        rule = self._streaks
        if rule is None:
            return np.zeros(len(decoded), dtype=np.bool_)
        field, wanted = rule.when
        open_ones: Mask = (decoded.ints(field) == wanted) & (decoded.ints(rule.end) == 0)
        return open_ones

    def _marks(self, decoded: Decoded, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.uint64]:
        """What tells the records of one id apart, hashed: event type and part; shape (rows, 2)."""
        texts, place = self._parts(decoded, rows)
        size = len(texts) + 1
        mixed = decoded.kind[rows].astype(np.int64) * size + place
        codes, of_row = distinct(mixed, len(self._events) * size)
        words = [f"{self._events[code // size]}|{_text(texts, code % size)}" for code in codes.tolist()]
        marks = np.array([hash_of(word.encode()) for word in words], dtype=np.uint64).reshape(-1, 2)
        found: npt.NDArray[np.uint64] = marks[of_row]
        return found

    def _parts(
        self, decoded: Decoded, rows: npt.NDArray[np.intp]
    ) -> tuple[Sequence[object], npt.NDArray[np.int64]]:
        """The distinct values of the part, and of each row its place among them plus 1; 0 where null."""
        name = self._rule.part
        if not name:
            return (), np.zeros(len(rows), dtype=np.int64)
        if decoded.is_text(name):
            return decoded.texts(name), decoded.codes(name)[rows].astype(np.int64) + 1
        values, place = np.unique(decoded.ints(name)[rows], return_inverse=True)
        return values.tolist(), np.where(decoded.there(name)[rows], place + 1, 0)


def _text(texts: Sequence[object], place: int) -> str:
    return str(texts[place - 1]) if place else ""
