"""Memory, CPU time, file handles and threads of a process, read from the kernel's ``/proc``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from creator_pulse.stream.errors import StackError

PROC = Path("/proc")
# The kernel counts memory in KiB.
_MIB = 1024
_STATUS = re.compile(r"^(VmRSS|VmHWM|Threads):\s+(\d+)", re.MULTILINE)
_TICKS = os.sysconf("SC_CLK_TCK")
# Columns of ``stat`` after the name of the program.
_UTIME, _STIME = 11, 12


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """One process at one moment.

    Attributes:
        memory: resident memory, MiB.
        files: open file handles.
        threads: all threads, including those of libraries.
    """

    memory: float
    files: int
    threads: int


def process_usage(pid: int, root: Path = PROC) -> ProcessUsage:
    """Read the usage of a process.

    Args:
        pid: id of the process.
        root: folder of the kernel's files.

    Raises:
        StackError: the process has ended.
    """
    status = _status(pid, root)
    try:
        files = len(list((root / str(pid) / "fd").iterdir()))
    except OSError as error:
        raise StackError(f"process {pid} has ended") from error
    return ProcessUsage(status["VmRSS"] / _MIB, files, status["Threads"])


def peak_memory_mib(pid: int, root: Path = PROC) -> float:
    """The largest resident size of a process so far, MiB; 0 if the process has ended.

    Args:
        pid: id of the process.
        root: folder of the kernel's files.
    """
    try:
        return _status(pid, root)["VmHWM"] / _MIB
    except StackError:
        return 0.0


def cpu_seconds(pid: int, root: Path = PROC) -> float:
    """User and system CPU time of all threads of a process, seconds.

    Args:
        pid: id of the process.
        root: folder of the kernel's files.

    Raises:
        StackError: the process has ended.
    """
    # The name of the program is in brackets and may hold blanks; the fields after it are numbers.
    fields = _read(pid, root, "stat").rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS


def _status(pid: int, root: Path) -> dict[str, int]:
    """Memory in KiB and number of threads; a process that has just ended still has a file without memory."""
    status = {name: int(value) for name, value in _STATUS.findall(_read(pid, root, "status"))}
    if "VmHWM" not in status:
        raise StackError(f"process {pid} has ended")
    return status


def _read(pid: int, root: Path, name: str) -> str:
    try:
        return (root / str(pid) / name).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise StackError(f"process {pid} has ended") from error
