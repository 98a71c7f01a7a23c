"""What all tests share."""

from __future__ import annotations

from creator_pulse.agents.garbage import settle


def pytest_collection_finish() -> None:
    """Imported modules outlive every test, and a log in memory lives to its test's end, as in a worker."""
    settle()
