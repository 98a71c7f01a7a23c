"""The most memory that a process has ever had, as the kernel remembers it."""

from __future__ import annotations

import re
from pathlib import Path

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak_memory_mib(pid: int, root: Path = Path("/proc")) -> float:
    """The largest resident size of a process so far, in MiB; 0 if it has ended.

    Args:
        pid: of the process.
        root: where the kernel's files are.
    """
    try:
        status = (root / str(pid) / "status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    peak = _PEAK.search(status)
    return int(peak[1]) / 1024 if peak else 0.0
