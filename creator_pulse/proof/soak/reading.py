"""One reading of everything that may grow: the workers' processes, and the entries that their lanes keep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from creator_pulse.proof.demo.process_usage import ProcessUsage, process_usage
from creator_pulse.proof.soak.expected import expected_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.demo.live_check import PageSnapshot
    from creator_pulse.proof.ledger.ledger import Ledger
    from creator_pulse.stream.settings import Settings

_ENTRIES = "pulse_table_entries"
_STALL = "pulse_loop_stall_seconds"


@dataclass(frozen=True, slots=True)
class SoakReading:
    """Usage and entries at one moment.

    Attributes:
        seconds: since the run began.
        processes: usage by process id.
        lag: records behind, all stages.
        stall: longest wait for the event loop in the last minute, seconds.
        entries: number of entries that the lanes keep, by kind, over all lanes.
        expected: number of entries by kind according to the ledger at the same offsets.
    """

    seconds: float
    processes: Mapping[int, ProcessUsage]
    lag: int = 0
    stall: float = 0.0
    entries: Mapping[str, int] = field(default_factory=dict)
    expected: Mapping[str, int] = field(default_factory=dict)

    @property
    def memory(self) -> float:
        """Resident memory of all workers, MiB."""
        return sum(process.memory for process in self.processes.values())


def read(
    seconds: float, pids: Iterable[int], snapshot: PageSnapshot, ledger: Ledger, settings: Settings
) -> SoakReading:
    """Take a reading; the ledger must have counted exactly up to the offsets of the snapshot.

    Args:
        seconds: since the run began.
        pids: process ids of the workers.
        snapshot: the workers' pages, on which every partition is shown.
        ledger: the ledger at the offsets of the snapshot.
        settings: settings of the workers.

    Raises:
        StackError: a worker has ended.
    """
    entries: Counter[str] = Counter()
    for sample in snapshot.samples:
        if sample.name == _ENTRIES:
            entries[sample.labels["kind"]] += round(sample.value)
    stalls = [sample.value for sample in snapshot.samples if sample.name == _STALL]
    return SoakReading(
        seconds,
        {pid: process_usage(pid) for pid in pids},
        snapshot.lag(),
        max(stalls, default=0.0),
        dict(entries),
        expected_entries(ledger, settings),
    )
