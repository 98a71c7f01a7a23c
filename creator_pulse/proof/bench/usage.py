"""What a process has used: CPU time and memory, by the kernel's books."""

from __future__ import annotations

import os
from pathlib import Path

from creator_pulse.stream.errors import StackError

_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all its threads together.

    Raises:
        StackError: it is gone.
    """
    # The name, in brackets, may hold blanks; the fields after it are numbers.
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS


def peak_mb(pid: int) -> float:
    """The most resident memory it has had, in 10^6 bytes.

    Raises:
        StackError: it is gone.
    """
    for line in _read(pid, "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise StackError(f"process {pid} has ended")


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")
    except OSError as error:
        raise StackError(f"process {pid} has ended") from error
