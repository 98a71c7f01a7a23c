"""The dedup horizon: which event ids were accepted, with what content, and at which watermark.

Ids are kept as 128-bit hashes in one compiled table, contents as 64-bit fingerprints. An id is a duplicate
while the watermark has advanced by at most the horizon since it was accepted.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.native.ids import NEW, Ids
from creator_pulse.stream.transport.record_size import LARGEST_PACK

if TYPE_CHECKING:
    from creator_pulse.stream.lanes.arrays import Times

Contents = npt.NDArray[np.uint64]
"""Shape (n,)."""
Hashes = npt.NDArray[np.uint64]
"""Shape (n, 2)."""
_HASH_BYTES = 16
_CONTENT_BYTES = 8
_MARK_BYTES = 8
MOST_IDS = LARGEST_PACK // (_HASH_BYTES + _CONTENT_BYTES + _MARK_BYTES)
"""Ids of one pack."""


class DedupHorizon:
    """Accepted ids, and the packs in which the changelog has them.

    Args:
        horizon_ms: how far the watermark may advance before an id is forgotten.
        most: ids that are remembered: with one more, the oldest is forgotten early.

    Example:
        >>> ids, marks = np.array([[1, 2], [1, 2]], dtype=np.uint64), np.array([0, 0])
        >>> DedupHorizon(1_000).check(ids, np.arange(2), marks, marks) == NEW
        array([ True, False])
    """

    def __init__(self, horizon_ms: int, most: int = 2**60) -> None:
        self._horizon_ms = horizon_ms
        self.most = most
        self.overflowed = 0
        """Ids that were forgotten early."""
        self._accepted = Ids(horizon_ms, most)
        # Of each pack the watermarks at which its ids were accepted.
        self._packs: deque[Times] = deque()
        self._packed_ids = 0
        self._fresh: list[tuple[Hashes, Contents, Times]] = []

    def __len__(self) -> int:
        return self._packed_ids + sum(len(marks) for *_, marks in self._fresh)

    def check(
        self,
        hashes: Hashes,
        rows: npt.NDArray[np.intp],
        before: Times,
        after: Times,
        contents: Contents | None = None,
    ) -> npt.NDArray[np.uint8]:
        """Say which rows are duplicates, and accept the others.

        Args:
            hashes: of every row of the batch.
            rows: the candidates, in log order.
            before: the watermark before each row of the batch, never falling.
            after: the watermark after each row: the one at which its id is accepted.
            contents: shape of ``rows``; None where an id has none.

        Returns:
            shape of ``rows``: ``NEW``, ``AGAIN`` or ``CONFLICTING``.
        """
        verdicts = np.empty(len(rows), dtype=np.uint8)
        if contents is None:
            contents = np.zeros(len(rows), dtype=np.uint64)
        self._accepted.check(
            hashes, contents, rows, np.ascontiguousarray(before), np.ascontiguousarray(after), verdicts
        )
        new = verdicts == NEW
        accepted = rows[new]
        if len(accepted):
            self._fresh.append((hashes[accepted], contents[new], after[accepted]))
            self.overflowed += self._forgotten_early(before[accepted])
        return verdicts

    def drain(self) -> list[bytes]:
        """The ids accepted since the last call, in packs for the changelog."""
        if not self._fresh:
            return []
        hashes, contents, marks = (np.concatenate(column) for column in zip(*self._fresh, strict=True))
        self._fresh = []
        packs = []
        for at in range(0, len(marks), MOST_IDS):
            part = slice(at, at + MOST_IDS)
            self._add_pack(marks[part])
            # Column by column: whoever restores them cuts one array of 64-bit numbers into slices.
            columns = hashes[part].astype("<u8"), contents[part].astype("<u8"), marks[part].astype("<i8")
            packs.append(b"".join(column.tobytes() for column in columns))
        return packs

    def restore(self, packed: bytes) -> None:
        """Take back a pack that ``drain`` gave, oldest first.

        Raises:
            ValueError: it is not such a pack.
        """
        count, rest = divmod(len(packed), _HASH_BYTES + _CONTENT_BYTES + _MARK_BYTES)
        if rest or not count:
            raise ValueError(f"{len(packed)} bytes are no pack of ids")
        # All three columns have 8 bytes a number: 2n of hashes, n of contents, n of marks.
        numbers = np.frombuffer(packed, dtype="<u8").astype(np.uint64)
        hashes, contents, marks = numbers[: 2 * count], numbers[2 * count : 3 * count], numbers[3 * count :]
        times: Times = marks.view(np.int64)
        self._accepted.restore(hashes.reshape(count, 2), contents, times)
        self._add_pack(times)

    def expire(self, watermark: int) -> int:
        """Forget the ids that have left the horizon.

        Args:
            watermark: after the last record.

        Returns:
            how many drained packs left; they are the oldest ones.
        """
        expired = 0
        while self._packs and (
            # A pack goes as a whole: marks never fall, so its last one decides.
            watermark - int(self._packs[0][-1]) > self._horizon_ms
            or self._packed_ids - len(self._packs[0]) >= self.most
        ):
            self._packed_ids -= len(self._packs.popleft())
            expired += 1
        return expired

    def _forgotten_early(self, before: Times) -> int:
        """How many ids the newest ones pushed out that were still within the horizon.

        Args:
            before: the watermark before each of the newest ids.
        """
        number = len(self)
        if number <= self.most:
            return 0
        marks = np.concatenate([*self._packs, *(pack for *_, pack in self._fresh)])
        # The id at place p is pushed out by the one at place p + most.
        places = np.arange(number - len(before), number) - self.most
        pushing = places >= 0
        return int(np.count_nonzero(before[pushing] - marks[places[pushing]] <= self._horizon_ms))

    def _add_pack(self, marks: Times) -> None:
        self._packs.append(marks)
        self._packed_ids += len(marks)
