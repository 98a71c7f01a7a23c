"""Live views in Redis: absolute values, written after the commit, that can always be rebuilt.

Each field carries its version: when its lane began on the log, and the source offset. A lower offset never
replaces a higher one of the same log, nor does a former log's value replace a later log's. If Redis has lost
any of its keys, the generation changes, and everything is written again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from creator_pulse.stream.errors import words
from creator_pulse.stream.transport.redis_client import REDIS_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

logger = logging.getLogger(__name__)

CURRENT = "pulse:current"
"""Hash: view key -> JSON of the value with its trust."""
OFFSETS = f"{{{CURRENT}}}:offsets"
"""Hash: view key -> ``began:offset``, see ``LaneRunner.reached``. The braces keep it in a cluster's slot of
``CURRENT``, so that one script may write both."""
GENERATION = f"{{{CURRENT}}}:generation"
"""Random text that changes each time a key was lost."""
KEYS = (CURRENT, OFFSETS, GENERATION)

PUBLISH = """
-- KEYS: values, offsets, generation. ARGV: a fresh generation, then of each view: key, began, offset, JSON.
local whole = redis.call('TYPE', KEYS[3]).ok == 'string'
for i = 1, 2 do
  if redis.call('TYPE', KEYS[i]).ok ~= 'hash' then
    redis.call('DEL', KEYS[i])
    whole = false
  end
end
if not whole then
  redis.call('SET', KEYS[3], ARGV[1])
end
for i = 2, #ARGV, 4 do
  local began, offset = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local known = redis.call('HGET', KEYS[2], ARGV[i]) or ''
  local since, last = string.match(known, '^(%d+):(%d+)$')
  since, last = tonumber(since or -1), tonumber(last or -1)
  if since < began or (since == began and last <= offset) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 3])
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1] .. ':' .. ARGV[i + 2])
  end
end
return redis.call('GET', KEYS[3])
"""
"""The same script that writes a lost key anew detects the loss, so no other writer can hide it by writing a
part of the key first.
"""
_CHUNK = 1_000
# Attempts to write everything within one commit interval, because keys may be lost again meanwhile.
_ROUNDS = 3


class RedisWriter(Protocol):
    """What ``Views`` needs of a ``RedisClient``."""

    async def eval(self, script: str, numkeys: int, *keys_and_args: str | int | bytes) -> Any:
        """Run a script."""
        ...

    async def aclose(self) -> None:
        """Let go of the connections."""
        ...


class Views:
    """Publishes current values.

    Args:
        redis: a client that gives up after a time-out.
        trouble: explains an error of the client in one line.
    """

    def __init__(self, redis: RedisWriter, trouble: Callable[[Exception], str] = words) -> None:
        self._redis = redis
        self._trouble = trouble
        self._published: dict[str, bytes] = {}
        self._generation: bytes | None = None
        self.up = False
        self._was_up: bool | None = None

    async def publish(self, views: Mapping[str, tuple[tuple[int, int], bytes]]) -> None:
        """Write the views that changed; if Redis has lost a key, write all.

        Counting goes on without Redis: the outage is logged once and exposed as ``pulse_redis_up``, and the
        missed views are written when Redis is back.

        Args:
            views: key -> version (began, offset) and JSON.
        """
        try:
            for _ in range(_ROUNDS):
                if await self._write(views):
                    break
        except REDIS_ERRORS as error:
            self._log_change(up=False, why=self._trouble(error))
        else:
            self._log_change(up=True)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._redis.aclose()

    async def _write(self, views: Mapping[str, tuple[tuple[int, int], bytes]]) -> bool:
        """Write the changed views; False if a key was lost since this worker last wrote, or meanwhile.

        Another worker may have noticed the loss first: each notices it by the generation.
        """
        # The JSON decides, not the version: a lane that goes on without a change of its numbers writes
        # nothing.
        changed = {key: view for key, view in views.items() if self._published.get(key) != view[1]}
        # Four arguments per view, key, began, offset and JSON: a chunk must end between two views.
        flat = [part for key, (reached, view) in changed.items() for part in (key, *reached, view)]
        for at in range(0, max(len(flat), 1), 4 * _CHUNK):
            if not await self._script(flat[at : at + 4 * _CHUNK]):
                self._published.clear()
                # With nothing to show there is nothing to write again.
                return not views
        self._published.update({key: view for key, (_, view) in changed.items()})
        return True

    async def _script(self, part: Sequence[str | int | bytes]) -> bool:
        """Write one chunk; whether the generation is still the one last seen."""
        former = self._generation
        self._generation = await self._redis.eval(PUBLISH, len(KEYS), *KEYS, uuid4().hex.encode(), *part)
        return self._generation == former

    def _log_change(self, *, up: bool, why: str = "") -> None:
        self.up = up
        if up != self._was_up:
            self._was_up = up
            if up:
                logger.info("Redis is there: live views are published")
            else:
                logger.warning("Redis does not answer (%s): counting goes on, live views stand still", why)
