"""The garbage collector, as a process of many lasting objects needs it."""

from __future__ import annotations

import gc


def settle() -> None:
    """Take what the start has made, modules above all, out of every later garbage collection.

    Else each full one walks through a hundred thousand objects that stay for ever, and stops all threads
    for 70 ms: about every ninth second where commits make 10,000 samples anew.
    """
    gc.collect()
    gc.freeze()
    # Lanes make hundreds of thousands of objects with each commit and no cycles: looking for those after
    # every 700 takes a third of the time where there are many keys.
    gc.set_threshold(50_000, 20, 50)
