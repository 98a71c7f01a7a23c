"""Redis in memory: what ``Views`` needs of it, and the law that no offset in it falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import ConnectionError as RedisConnectionError

from creator_pulse.stream.simulation.weather import REDIS
from creator_pulse.stream.tables.views import CURRENT, OFFSETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.simulation.process import Process
    from creator_pulse.stream.simulation.story import Story


def reached(stored: bytes | None) -> tuple[int, int]:
    """What a field of ``OFFSETS`` stands for: when its lane began on the log, and the source offset."""
    if stored is None:
        return -1, -1
    began, offset = stored.split(b":")
    return int(began), int(offset)


class MemoryRedis:
    """The server.

    Args:
        story: where a broken law is told.
    """

    def __init__(self, story: Story) -> None:
        self._story = story
        self._texts: dict[str, bytes] = {}
        self._hashes: dict[str, dict[str, bytes]] = {}

    def flush(self) -> None:
        """Forget everything."""
        self._texts.clear()
        self._hashes.clear()

    def set(self, name: str, value: bytes, *, nx: bool, get: bool) -> bytes | None:
        """Set a text; with ``nx`` only where there is none, with ``get`` the former one is returned."""
        former = self._texts.get(name)
        if former is None or not nx:
            self._texts[name] = value
        return former if get else None

    def hgetall(self, name: str) -> Mapping[str, bytes]:
        """All fields of a hash."""
        return dict(self._hashes.get(name, {}))

    def hset(self, name: str, field: str, value: bytes) -> None:
        """Set a field of a hash; a source offset must never fall."""
        fields = self._hashes.setdefault(name, {})
        if name == OFFSETS and reached(fields.get(field)) > reached(value):
            self._story.broken("Redis", f"{field} goes from {fields[field]!r} back to {value!r}")
        fields[field] = value


class WorkerRedis:
    """The client of one worker, as far as ``Views`` uses it.

    The publishing script is not run, but done as it says; a test runs the same calls on a real Redis.

    Args:
        server: what all workers share.
        process: whose requests these are.
    """

    def __init__(self, server: MemoryRedis, process: Process) -> None:
        self._server = server
        self._process = process

    async def set(self, name: str, value: bytes, *, nx: bool = False, get: bool = False) -> bytes | None:
        """Set a text."""
        await self._request()
        former = self._server.set(name, value, nx=nx, get=get)
        await self._process.answer()
        return former

    async def hset(self, name: str, field: str, value: bytes) -> None:
        """Set a field of a hash."""
        await self._request()
        self._server.hset(name, field, value)
        await self._process.answer()

    async def eval(self, script: str, keys: int, *rest: str | int | bytes) -> None:
        """Publish views: field, what it stands for (two numbers), and value; a lower one writes nothing."""
        del script
        await self._request()
        parts = iter(rest[keys:])
        for field, began, offset, view in zip(parts, parts, parts, parts, strict=True):
            assert isinstance(field, str)
            assert isinstance(began, int)
            assert isinstance(offset, int)
            assert isinstance(view, bytes)
            stands_for = b"%d:%d" % (began, offset)
            if reached(self._server.hgetall(OFFSETS).get(field)) <= reached(stands_for):
                self._server.hset(CURRENT, field, view)
                self._server.hset(OFFSETS, field, stands_for)
        await self._process.answer()

    async def aclose(self) -> None:
        """Nothing is held."""

    async def _request(self) -> None:
        if not await self._process.request(REDIS):
            raise RedisConnectionError("Redis does not answer")
