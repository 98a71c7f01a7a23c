"""One real Kafka, Redis, Prometheus and Alertmanager for all tests of a run.

Starting Kafka takes seconds, so a part starts when the first test asks for it and stops when the run ends.
Tests keep apart by names of their own (topics, groups, keys), never by a fresh broker. Only who runs a worker
has a stack of its own: the topics ``pulse.*`` have fixed names, and one Kafka holds one installation.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from creator_pulse.stream.local.addresses import Addresses
from creator_pulse.stream.local.stack import PARTS, Stack, StackOptions

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from contextlib import AbstractContextManager

Result = TypeVar("Result")
ANY_PORT = dict.fromkeys(PARTS, 0)


class SharedParts:
    """Parts that run beside the tests, on an event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="shared stack", daemon=True)
        self._thread.start()
        self._stacks: dict[str, Stack] = {}

    def stack(self, part: str) -> Stack:
        """The stack that runs this part alone, started at the first call."""
        if part not in self._stacks:
            stack = Stack(StackOptions(parts=frozenset({part}), ports=ANY_PORT))
            self._stacks[part] = self._run(stack.__aenter__())
        return self._stacks[part]

    @contextmanager
    def own(self, *parts: str) -> Iterator[Addresses]:
        """A stack of these parts that nobody else uses."""
        stack = Stack(StackOptions(parts=frozenset(parts), ports=ANY_PORT))
        self._run(stack.__aenter__())
        try:
            yield stack.addresses
        finally:
            self._run(stack.__aexit__(None, None, None))

    def close(self) -> None:
        """Stop all parts."""
        for stack in self._stacks.values():
            self._run(stack.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@functools.cache
def shared_parts() -> SharedParts:
    """The parts of this test run."""
    parts = SharedParts()
    atexit.register(parts.close)
    return parts


def running_stack(*parts: str) -> Addresses:
    """Addresses of these parts, which answer when this returns; all parts when none is named."""
    wanted = parts or PARTS
    return Addresses(**{part: getattr(shared_parts().stack(part).addresses, part) for part in wanted})


def own_stack(*parts: str) -> AbstractContextManager[Addresses]:
    """Addresses of these parts while a block lasts: who runs a worker needs a Kafka of its own."""
    return shared_parts().own(*parts)


@pytest.fixture(scope="session")
def kafka() -> str:
    """``host:port`` of the run's broker."""
    return running_stack("kafka").kafka


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Address of the run's Redis."""
    return running_stack("redis").redis
