"""How long a fault was felt: until everything that stood in the log at its moment has been counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.demo.deferred_ledger import Place


@dataclass
class _Fault:
    at: float
    ends: Mapping[Place, int]
    seconds: float | None = None


class Recovery:
    """Times faults by the committed offsets of the input partitions.

    A fault is over when every partition's committed offset has reached the end that the partition's
    log had at the moment of the fault. Under load that takes about a second with no fault at all
    (the commit interval and one look).
    """

    def __init__(self) -> None:
        self._faults: list[_Fault] = []

    def fault(self, at: float, ends: Mapping[Place, int]) -> None:
        """A fault begins.

        Args:
            at: monotonic seconds.
            ends: where the log of each partition ends now.
        """
        self._faults.append(_Fault(at, dict(ends)))

    def committed(self, at: float, offsets: Mapping[Place, int]) -> None:
        """What is committed.

        Args:
            at: monotonic seconds.
            offsets: by place; a place that is absent has committed nothing.
        """
        for fault in self._faults:
            if fault.seconds is None and all(
                offsets.get(place, 0) >= end for place, end in fault.ends.items()
            ):
                fault.seconds = at - fault.at

    def seconds(self, at: float) -> list[float]:
        """One figure per fault, in their order; of one that is not over, the time so far.

        Args:
            at: monotonic seconds.
        """
        return [round(at - one.at if one.seconds is None else one.seconds, 1) for one in self._faults]
