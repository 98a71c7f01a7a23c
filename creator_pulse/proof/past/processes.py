"""What all processes share that make a part of a past."""

from __future__ import annotations

import gc
from signal import SIG_IGN, SIGINT, signal

_NEW_OBJECTS = 100_000


def begin_process() -> None:
    """Prepare a process: the one that has started it hears of Ctrl-C.

    Windows are made of millions of small objects without cycles, and to look for these each 700 objects, as
    Python does, took an eighth of the time.
    """
    signal(SIGINT, SIG_IGN)
    gc.set_threshold(_NEW_OBJECTS)


def idle() -> None:
    """Do nothing: a pool starts a process once it has work for it."""
