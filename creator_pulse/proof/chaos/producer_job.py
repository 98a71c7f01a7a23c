"""The job of a producer process, and its report."""

from __future__ import annotations

from typing import Literal

import msgspec


class ProducerJob(msgspec.Struct, frozen=True, kw_only=True):
    """The job of one producer process.

    Attributes:
        kind: ``steady``, ``poison`` (one record in a hundred is broken), ``burst`` (ten copies of each) or
            ``hostile`` (every record is broken, with forged batches and reference entries beside them).
        seed: seed of the generator.
        rate: records per second.
        seconds: how long to send; None: until SIGTERM.
        report: path of the file to which the process writes its ``Done``.
    """

    kind: Literal["steady", "poison", "burst", "hostile"]
    seed: int
    rate: float
    seconds: float | None = None
    report: str


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a producer process.

    Attributes:
        records: number of acknowledged records.
        seconds: from the first chunk to the last acknowledgement.
        refused: number of forged batches and reference entries that the broker refused.
    """

    records: int
    seconds: float
    refused: int = 0

    @property
    def rate(self) -> float:
        """Acknowledged records per second; 0 if no time has passed."""
        return self.records / self.seconds if self.seconds else 0.0
