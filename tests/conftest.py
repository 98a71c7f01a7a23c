"""What all tests share."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Imported modules outlive every test, and a log in memory lives to its test's end, as in a worker."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
