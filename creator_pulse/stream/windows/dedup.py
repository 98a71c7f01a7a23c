"""The dedup horizon: which event ids were accepted, and at which watermark.

Ids are kept as 128-bit hashes in one compiled table. An id is a duplicate while the watermark has
advanced by at most the horizon since it was accepted.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.native.ids import Ids
from creator_pulse.stream.transport.record_size import LARGEST_PACK

if TYPE_CHECKING:
    from creator_pulse.stream.windows.watermark import Mask, Times

Hashes = npt.NDArray[np.uint64]
"""Shape (n, 2)."""
_HASH_BYTES = 16
_MARK_BYTES = 8
MOST_IDS = LARGEST_PACK // (_HASH_BYTES + _MARK_BYTES)
"""Ids of one pack."""


class DedupHorizon:
    """Accepted ids, and the packs in which the changelog has them.

    Args:
        horizon_ms: how far the watermark may advance before an id is forgotten.
    """

    def __init__(self, horizon_ms: int) -> None:
        self._horizon_ms = horizon_ms
        self._accepted = Ids(horizon_ms)
        self._packs: deque[tuple[int, int]] = deque()
        self._kept = 0
        self._fresh: list[tuple[Hashes, Times]] = []

    def __len__(self) -> int:
        return self._kept + sum(len(marks) for _, marks in self._fresh)

    def check(self, hashes: Hashes, rows: npt.NDArray[np.intp], before: Times, after: Times) -> Mask:
        """Say which rows are duplicates, and accept the others.

        Args:
            hashes: of every row of the batch.
            rows: the candidates, in log order.
            before: the watermark before each row of the batch, never falling.
            after: the watermark after each row: the one at which its id is accepted.

        Returns:
            shape of ``rows``.
        """
        duplicate = np.empty(len(rows), dtype=np.uint8)
        self._accepted.check(
            hashes, rows, np.ascontiguousarray(before), np.ascontiguousarray(after), duplicate
        )
        again: Mask = duplicate.view(np.bool_)
        taken = rows[~again]
        if len(taken):
            self._fresh.append((hashes[taken], after[taken]))
        return again

    def drain(self) -> list[bytes]:
        """The ids accepted since the last call, in packs for the changelog."""
        if not self._fresh:
            return []
        hashes = np.concatenate([one for one, _ in self._fresh]).astype("<u8", copy=False)
        marks = np.concatenate([one for _, one in self._fresh]).astype("<i8", copy=False)
        self._fresh = []
        packs = []
        for at in range(0, len(marks), MOST_IDS):
            part = marks[at : at + MOST_IDS]
            self._keep(part)
            packs.append(hashes[at : at + MOST_IDS].tobytes() + part.tobytes())
        return packs

    def restore(self, packed: bytes) -> None:
        """Take back a pack that ``drain`` gave, oldest first.

        Raises:
            ValueError: it is not such a pack.
        """
        count, rest = divmod(len(packed), _HASH_BYTES + _MARK_BYTES)
        if rest or not count:
            raise ValueError(f"{len(packed)} bytes are no pack of ids")
        marks: Times = np.frombuffer(packed, dtype="<i8", offset=count * _HASH_BYTES).astype(np.int64)
        hashes: Hashes = (
            np.frombuffer(packed, dtype="<u8", count=2 * count).astype(np.uint64).reshape(count, 2)
        )
        self._accepted.restore(hashes, marks)
        self._keep(marks)

    def expire(self, watermark: int) -> int:
        """Forget what has left the horizon.

        Args:
            watermark: after the last record.

        Returns:
            how many drained packs left; they are the oldest ones.
        """
        gone = 0
        while self._packs and watermark - self._packs[0][0] > self._horizon_ms:
            self._kept -= self._packs.popleft()[1]
            gone += 1
        return gone

    def _keep(self, marks: Times) -> None:
        self._packs.append((int(marks[-1]), len(marks)))
        self._kept += len(marks)
