"""Binds a program's life to its parent's, then becomes that program.

Run as ``python tether.py PARENT PROGRAM ARGUMENT...``. A function run between fork and exec would save a
process start, but could deadlock if the parent has threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, argv: list[str]) -> None:
    """Ask the kernel for SIGKILL if the parent dies, then run ``argv`` in place of this process.

    SIGKILL and not SIGTERM, because a program that takes its time to stop would still hold its data folder
    when the command is started again.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        sys.exit(1)
    os.execvp(argv[0], argv)  # noqa: S606 - the caller names the program; no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
