"""One reading of everything that may grow: the workers' processes, and what their lanes keep."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from creator_pulse.proof.soak.expected import expected_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.demo.live_check import Look
    from creator_pulse.proof.ledger.ledger import Ledger
    from creator_pulse.stream.settings import Settings

_ENTRIES = "pulse_table_entries"
_STALL = "pulse_loop_stall_seconds"
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Process:
    """One worker process, as the kernel sees it.

    Attributes:
        memory: resident, MiB.
        files: open file handles.
        threads: of all kinds, also those of libraries.
    """

    memory: float
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class Reading:
    """All of it at one moment.

    Attributes:
        seconds: since the run began.
        processes: by process id.
        lag: records behind, all stages.
        stall: longest wait for the event loop in the last minute, seconds.
        entries: what the lanes keep by kind, over all lanes.
        expected: what the ledger says of some kinds at the same offsets.
    """

    seconds: float
    processes: Mapping[int, Process]
    lag: int = 0
    stall: float = 0.0
    entries: Mapping[str, int] = field(default_factory=dict)
    expected: Mapping[str, int] = field(default_factory=dict)

    @property
    def memory(self) -> float:
        """MiB of all workers."""
        return sum(one.memory for one in self.processes.values())


def process(pid: int, root: Path = Path("/proc")) -> Process:
    """Read a process.

    Args:
        pid: its id.
        root: where the kernel's files are.

    Raises:
        OSError: it has gone, or this is no Linux.
    """
    folder = root / str(pid)
    status = (folder / "status").read_text(encoding="ascii", errors="replace")
    found = {
        name: int(value) for name, value in re.findall(r"^(VmRSS|Threads):\s+(\d+)", status, re.MULTILINE)
    }
    return Process(found["VmRSS"] * 1024 / _MIB, len(list((folder / "fd").iterdir())), found["Threads"])


def read(seconds: float, pids: Iterable[int], seen: Look, ledger: Ledger, settings: Settings) -> Reading:
    """Take a reading; the ledger has counted just what the look shows.

    Args:
        seconds: since the run began.
        pids: of the workers.
        seen: their pages, every partition shown.
        ledger: at the offsets of the look.
        settings: of the workers.
    """
    entries: Counter[str] = Counter()
    for sample in seen.samples:
        if sample.name == _ENTRIES:
            entries[sample.labels["kind"]] += round(sample.value)
    stalls = [sample.value for sample in seen.samples if sample.name == _STALL]
    return Reading(
        seconds,
        {pid: process(pid) for pid in pids},
        seen.lag(),
        max(stalls, default=0.0),
        dict(entries),
        expected_entries(ledger, settings),
    )
