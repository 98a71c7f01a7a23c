"""Double bookings: records that were booked before under another event id. Shown, never dropped.

A producer that books twice gives the copy an id of its own, so the dedup horizon lets it through. Here a
record's *business key* is remembered as ids are: by a 128-bit hash, for the dedup horizon, counted from
where the key was first accepted. Only the log decides, in the order of its records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.keyed.dedup import DedupHorizon
from creator_pulse.stream.native.hash_key import NOBODY
from creator_pulse.stream.native.ids import NEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.events.schema import KeyRule, TopicSchema
    from creator_pulse.stream.keyed.outcomes import Judged
    from creator_pulse.stream.lanes.arrays import Mask
    from creator_pulse.stream.native.hash_key import HashKey


class BusinessKeys:
    """The keys that one partition has accepted.

    Args:
        schema: of the topic: its rules, its event types, and the streaks whose progress is no booking.
        horizon_ms: how far the watermark may go on until a key is forgotten, ms.
        key: the installation's secret, under which ids are hashed.
        most: keys that are remembered.

    Attributes:
        horizon: the keys, and their packs for the changelog.

    Example::

        keys = BusinessKeys(schema, horizon_ms=86_400_000, key=key)
        keys.repeated(decoded, judged)  # True where another event id booked the same
    """

    def __init__(self, schema: TopicSchema, horizon_ms: int, key: HashKey, most: int = 2**60) -> None:
        self.horizon = DedupHorizon(horizon_ms, most)
        self._key = key
        self._streaks = schema.streaks
        events = tuple(schema.types())
        # Each with which event types have it: their places in the schema, plus 1.
        self._rules: Sequence[tuple[KeyRule, npt.NDArray[np.bool_]]] = [
            (rule, np.array([False, *(event in (rule.events or events) for event in events)]))
            for rule in schema.keyed
        ]
        # The event type, then 128 bits of each field: two columns of 64; shorter rules leave zeros behind.
        self._width = 1 + 2 * max(len(rule.fields) for rule in schema.keyed)

    def repeated(self, decoded: Decoded, judged: Judged) -> Mask:
        """Say which accepted records have a key that was accepted before, and accept the others' keys.

        Args:
            decoded: the batch as columns, a place for each record.
            judged: its outcomes; duplicates of an event id are not asked for.

        Returns:
            shape (n,).
        """
        accepted = judged.accepted & ~self._progress(decoded)
        hashes = np.zeros((len(decoded), 2), dtype=np.uint64)
        keyed = np.zeros(len(decoded), dtype=np.bool_)
        for rule, has in self._rules:
            rows = np.flatnonzero(accepted & has[decoded.kind + 1])
            if len(rows):
                parts = self._parts(rule, decoded, rows)
                hashes[rows] = self._key.hashes_of_rows(parts)
                # Column 1 is the first half of the rule's own id: nobody's id is a hash that no text has.
                keyed[rows] = parts[:, 1] > max(NOBODY)
        rows = np.flatnonzero(keyed)
        repeated = np.zeros(len(decoded), dtype=np.bool_)
        again = self.horizon.check(hashes, rows, judged.watermarks[:-1], judged.watermarks[1:])
        repeated[rows] = again != NEW
        return repeated

    def _progress(self, decoded: Decoded) -> Mask:
        """The records of a streak except the last: together they are one booking."""
        rule = self._streaks
        if rule is None:
            return np.zeros(len(decoded), dtype=np.bool_)
        field, wanted = rule.when
        open_ones: Mask = (decoded.ints(field) == wanted) & (decoded.ints(rule.end) == 0)
        return open_ones

    def _parts(self, rule: KeyRule, decoded: Decoded, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.uint64]:
        """Numbers that stand for the event type, the id and what tells its records apart, a row each.

        All rows of a topic are of one width, so that no key can pose as one of another rule.
        """
        parts = np.zeros((len(rows), self._width), dtype=np.uint64)
        parts[:, 0] = decoded.kind[rows]
        for place, name in enumerate(rule.fields):
            parts[:, 1 + 2 * place : 3 + 2 * place] = decoded.numbers(name, rows).T
        return parts
