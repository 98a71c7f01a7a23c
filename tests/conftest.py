"""What all tests share."""

from __future__ import annotations

import gc
import inspect
import logging
from typing import TYPE_CHECKING

import pytest

from creator_pulse.agents.garbage import settle

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Told(logging.Handler):
    """The texts of records: the records themselves would keep alive what their exceptions hold."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take one."""
        self.texts.append(record.getMessage())


def pytest_collection_finish() -> None:
    """Imported modules outlive every test, and a log in memory lives to its test's end, as in a worker."""
    settle()


@pytest.fixture(autouse=True)
def _leaves_nothing_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """What an asynchronous test leaves open is that test's error, and not that of a later one.

    A connection that nobody closed warns when it is collected, and a task or future that nobody looked at
    is told to asyncio's logger: both at once, as soon as the event loop of the test is closed.
    """
    if not inspect.iscoroutinefunction(request.function):
        yield
        return
    told, asyncio_log = _Told(), logging.getLogger("asyncio")
    asyncio_log.addHandler(told)
    try:
        yield
        # Of the young generations: what a test has left open is young. All objects of a run of thousands of
        # tests take seconds to look through, after each of them.
        gc.collect(1)
    finally:
        asyncio_log.removeHandler(told)
    assert told.texts == []
