"""Recovery times: from a fault until all records that were in the log at that moment are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.demo.deferred_ledger import LogPlace


@dataclass
class _FaultTime:
    at: float
    ends: Mapping[LogPlace, int]
    seconds: float | None = None


class Recovery:
    """Times faults by the committed offsets of the input partitions.

    A fault is over as soon as every partition's committed offset has reached the end that its log had at
    the moment of the fault. Under load that takes about a second even without a fault, because of the
    commit interval and the polling.
    """

    def __init__(self) -> None:
        self._faults: list[_FaultTime] = []

    def fault(self, at: float, ends: Mapping[LogPlace, int]) -> None:
        """Note that a fault begins.

        Args:
            at: time in monotonic seconds.
            ends: end offset of each partition's log at that moment.
        """
        self._faults.append(_FaultTime(at, dict(ends)))

    def committed(self, at: float, offsets: Mapping[LogPlace, int]) -> None:
        """Note the committed offsets.

        Args:
            at: time in monotonic seconds.
            offsets: committed offset by partition; an absent partition has committed nothing.
        """
        for fault in self._faults:
            if fault.seconds is None and all(
                offsets.get(place, 0) >= end for place, end in fault.ends.items()
            ):
                fault.seconds = at - fault.at

    def seconds(self, at: float) -> list[float]:
        """Recovery time of each fault, in order; the time so far if a fault is not over yet.

        Args:
            at: time in monotonic seconds.
        """
        return [round(at - fault.at if fault.seconds is None else fault.seconds, 1) for fault in self._faults]
