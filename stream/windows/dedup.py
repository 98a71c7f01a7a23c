"""The dedup horizon: which event ids were accepted, and at which watermark.

Ids are kept as 128-bit hashes (xxh3) in a dict of integers keyed to the watermark at acceptance. An
id is a duplicate while the watermark has advanced by at most the horizon since then.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xxhash

if TYPE_CHECKING:
    from collections.abc import Sequence

_HASH_BYTES = 16
_MARK_BYTES = 8
MOST_IDS = 16_384
"""Ids of one pack: 400 KB, well below the largest record that Kafka takes."""


def hash_id(event_id: str) -> bytes:
    """A 16-byte hash that is the same in every process and version."""
    return xxhash.xxh3_128_digest(event_id.encode())


class DedupHorizon:
    """Accepted ids, in the order of acceptance.

    Args:
        horizon_ms: how far the watermark may advance before an id is forgotten.
    """

    def __init__(self, horizon_ms: int) -> None:
        self._horizon_ms = horizon_ms
        self._accepted: dict[bytes, int] = {}
        self._order: deque[tuple[int, list[bytes]]] = deque()
        self._fresh: list[tuple[bytes, int]] = []

    def __len__(self) -> int:
        return len(self._accepted)

    def check(self, hashes: Sequence[bytes], before: Sequence[int], after: Sequence[int]) -> list[bool]:
        """Say which ids are duplicates, and accept the others.

        Args:
            hashes: of the candidates, in log order.
            before: the watermark before each of them, never falling.
            after: the watermark after each of them: the one at which its id is accepted.
        """
        accepted, horizon, fresh = self._accepted, self._horizon_ms, self._fresh
        duplicate: list[bool] = []
        for key, watermark, mark in zip(hashes, before, after, strict=True):
            since = accepted.get(key)
            again = since is not None and watermark - since <= horizon
            duplicate.append(again)
            if not again:
                accepted[key] = mark
                fresh.append((key, mark))
        return duplicate

    def drain(self) -> list[bytes]:
        """The ids accepted since the last call, in packs for the changelog."""
        packs = []
        for at in range(0, len(self._fresh), MOST_IDS):
            part = self._fresh[at : at + MOST_IDS]
            keys = [key for key, _ in part]
            marks = np.fromiter((mark for _, mark in part), dtype="<i8", count=len(keys))
            self._order.append((int(marks[-1]), keys))
            packs.append(b"".join(keys) + marks.tobytes())
        self._fresh = []
        return packs

    def restore(self, packed: bytes) -> None:
        """Take back a pack that ``drain`` gave, oldest first.

        Raises:
            ValueError: it is not such a pack.
        """
        count, rest = divmod(len(packed), _HASH_BYTES + _MARK_BYTES)
        if rest or not count:
            raise ValueError(f"{len(packed)} bytes are no pack of ids")
        marks: npt.NDArray[np.int64] = np.frombuffer(packed, dtype="<i8", offset=count * _HASH_BYTES)
        keys = [packed[index : index + _HASH_BYTES] for index in range(0, count * _HASH_BYTES, _HASH_BYTES)]
        self._accepted.update(zip(keys, marks.tolist(), strict=True))
        self._order.append((int(marks[-1]), keys))

    def expire(self, watermark: int) -> int:
        """Forget what has left the horizon.

        Args:
            watermark: after the last record.

        Returns:
            how many drained packs left; they are the oldest ones.
        """
        gone = 0
        while self._order and watermark - self._order[0][0] > self._horizon_ms:
            newest, keys = self._order.popleft()
            for key in keys:
                if self._accepted.get(key, newest + 1) <= newest:
                    del self._accepted[key]
            gone += 1
        return gone
