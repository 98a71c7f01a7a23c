"""The garbage collector, tuned for a process with many lasting objects."""

from __future__ import annotations

import gc


def settle() -> None:
    """Exclude all objects that the start has created, modules above all, from later garbage collections.

    Otherwise each full collection walks through a hundred thousand objects that live forever, and stops all
    threads for 70 ms: about every ninth second if commits create 10,000 samples each.
    """
    # First what is garbage already: frozen objects are never looked at again.
    gc.collect()
    gc.freeze()
    # Lanes make hundreds of thousands of objects with each commit and no cycles: looking for those after
    # every 700 takes a third of the time where there are many keys.
    gc.set_threshold(50_000, 20, 50)
