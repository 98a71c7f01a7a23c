"""What a producer process is told, and what it reports."""

from __future__ import annotations

from typing import Literal

import msgspec


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One producer process.

    Attributes:
        kind: ``steady``, ``poison`` (one in a hundred broken), ``burst`` (ten copies of each record) or
            ``hostile`` (every one broken or bent, with forged batches and reference entries beside them).
        seed: of the generator.
        rate: records a second.
        seconds: until it ends by itself; None: until SIGTERM.
        report: file for its ``Done``.
    """

    kind: Literal["steady", "poison", "burst", "hostile"]
    seed: int
    rate: float
    seconds: float | None = None
    report: str


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a producer process has done.

    Attributes:
        records: acknowledged ones.
        seconds: from the first chunk to the last acknowledgement.
    """

    records: int
    seconds: float

    @property
    def rate(self) -> float:
        """Acknowledged records a second; 0 where there was no time."""
        return self.records / self.seconds if self.seconds else 0.0
