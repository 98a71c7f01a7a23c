"""An in-memory Redis with the commands that ``Views`` uses, and the law that no offset in it falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import ConnectionError as RedisConnectionError

from creator_pulse.proof.simulation.network import REDIS
from creator_pulse.stream.tables.views import CURRENT, GENERATION, KEYS, OFFSETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.simulation.process import Process
    from creator_pulse.proof.simulation.story import Story


def reached(stored: bytes | None) -> tuple[int, int]:
    """Decode a field of ``OFFSETS``: begin of the lane on the log, its source offset; -1, -1 if absent."""
    if stored is None:
        return -1, -1
    began, offset = stored.split(b":")
    return int(began), int(offset)


class MemoryRedis:
    """The server that all workers share.

    Args:
        story: records a broken law.
    """

    def __init__(self, story: Story) -> None:
        self._story = story
        self._texts: dict[str, bytes] = {}
        self._hashes: dict[str, dict[str, bytes]] = {}

    def flush(self) -> None:
        """Delete all keys."""
        self.evict(KEYS)

    def evict(self, keys: Iterable[str]) -> None:
        """Delete some keys."""
        for key in keys:
            self._texts.pop(key, None)
            self._hashes.pop(key, None)

    def whole(self) -> bool:
        """Whether every key exists; a hash without fields does not."""
        return GENERATION in self._texts and CURRENT in self._hashes and OFFSETS in self._hashes

    def set(self, name: str, value: bytes) -> None:
        """Set a string key."""
        self._texts[name] = value

    def get(self, name: str) -> bytes | None:
        """The value of a string key; None if it does not exist."""
        return self._texts.get(name)

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
    """The client of one worker, with the commands that ``Views`` uses.

    The publishing script is not run but emulated; a test runs the same calls on a real Redis.

    Args:
        server: the Redis that all workers share.
        process: the process that sends the requests.
    """

    def __init__(self, server: MemoryRedis, process: Process) -> None:
        self._server = server
        self._process = process

    async def hset(self, name: str, field: str, value: bytes) -> None:
        """Set a field of a hash."""
        await self._request()
        self._server.hset(name, field, value)
        await self._process.answer()

    async def eval(self, script: str, numkeys: int, *keys_and_args: str | int | bytes) -> bytes | None:
        """Publish views, as ``views.PUBLISH`` says; a lower offset writes nothing."""
        del script
        await self._request()
        server, (fresh, *flat) = self._server, keys_and_args[numkeys:]
        assert isinstance(fresh, bytes)
        if not server.whole():
            server.set(GENERATION, fresh)
        parts = iter(flat)
        for field, began, offset, view in zip(parts, parts, parts, parts, strict=True):
            assert isinstance(field, str)
            assert isinstance(began, int)
            assert isinstance(offset, int)
            assert isinstance(view, bytes)
            stands_for = b"%d:%d" % (began, offset)
            if reached(server.hgetall(OFFSETS).get(field)) <= reached(stands_for):
                server.hset(CURRENT, field, view)
                server.hset(OFFSETS, field, stands_for)
        generation = server.get(GENERATION)
        await self._process.answer()
        return generation

    async def aclose(self) -> None:
        """Do nothing: no connection is held."""

    async def _request(self) -> None:
        if not await self._process.request(REDIS):
            raise RedisConnectionError("Redis does not answer")
