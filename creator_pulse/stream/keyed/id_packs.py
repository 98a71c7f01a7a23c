"""The packs of a dedup horizon as entries of the changelog, numbered so that they come back in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.keyed.dedup import DedupHorizon
    from creator_pulse.stream.lanes.lane import Entry


class IdPacks:
    """One horizon's entries: the prefix, then eight bytes of a number that rises.

    Args:
        prefix: first byte of the keys in the changelog.
        horizon: the accepted ids whose packs are entries.

    Example:
        >>> import numpy as np
        >>> from creator_pulse.stream.keyed.dedup import DedupHorizon
        >>> packs, marks = IdPacks(b"d", DedupHorizon(1_000)), np.array([0])
        >>> _ = packs.horizon.check(np.array([[1, 2]], dtype=np.uint64), np.arange(1), marks, marks)
        >>> [(key[:1], len(value)) for key, value in packs.drain(watermark=0)]
        [(b'd', 32)]
    """

    def __init__(self, prefix: bytes, horizon: DedupHorizon) -> None:
        self.prefix = prefix
        self.horizon = horizon
        self._numbers: list[int] = []
        self._restored: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self.horizon)

    def drain(self, watermark: int) -> Iterator[Entry]:
        """Packs of the ids accepted since the last call, and removals of those beyond the horizon.

        Args:
            watermark: after the last record.
        """
        for packed in self.horizon.drain():
            number = self._numbers[-1] + 1 if self._numbers else 0
            self._numbers.append(number)
            yield self._key(number), packed
        for _ in range(self.horizon.expire(watermark)):
            yield self._key(self._numbers.pop(0)), None

    def take(self, rest: bytes, packed: bytes) -> None:
        """Take an entry back, in any order; ``restore`` follows.

        Args:
            rest: its key without the prefix.
            packed: its value, the bytes of a pack.
        """
        self._restored[int.from_bytes(rest, "big")] = packed

    def restore(self) -> None:
        """Rebuild the horizon from the entries that were taken back.

        Raises:
            ValueError: an entry is no pack.
        """
        for number in sorted(self._restored):
            self.horizon.restore(self._restored[number])
            self._numbers.append(number)
        self._restored.clear()

    def _key(self, number: int) -> bytes:
        # Big-endian, so that keys sort as the numbers do.
        return self.prefix + number.to_bytes(8, "big")
