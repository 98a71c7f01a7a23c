"""Live views in Redis: absolute values, written after the commit, that can always be rebuilt.

Each field carries what it stands for: when its lane began on the log, and the source offset. A lower
offset never replaces a higher one of the same log, nor a former log's value a later log's. When Redis
was flushed its generation key is gone, and everything is written again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

CURRENT = "pulse:current"
"""Hash: view key -> JSON of the value with its trust."""
OFFSETS = "pulse:current:offsets"
"""Hash: view key -> ``began:offset``, see ``LaneRunner.reached``."""
GENERATION = "pulse:generation"

_PUBLISH = """
for i = 1, #ARGV, 4 do
  local began, offset = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local known = redis.call('HGET', KEYS[2], ARGV[i]) or ''
  local since, last = string.match(known, '^(%d+):(%d+)$')
  since, last = tonumber(since or -1), tonumber(last or -1)
  if since < began or (since == began and last <= offset) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 3])
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1] .. ':' .. ARGV[i + 2])
  end
end
"""
_CHUNK = 1_000


class Views:
    """Publishes current values.

    Args:
        url: of Redis.
    """

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0), protocol=2
        )
        self._published: dict[str, bytes] = {}
        self._generation: str | bytes | bool | None = None
        self.up = False
        self._told: bool | None = None

    async def publish(self, views: Mapping[str, tuple[tuple[int, int], bytes]]) -> None:
        """Write the views that changed; all of them where Redis has lost its data.

        Counting goes on without Redis: it is said once, shown as ``pulse_redis_up``, and what was
        missed is written when it is back.
        """
        try:
            fresh = uuid4().hex.encode()
            generation = await self._redis.set(GENERATION, fresh, nx=True, get=True) or fresh
            if generation != self._generation:
                # Another worker may have found out first: by the key's value each one does.
                self._published.clear()
                self._generation = generation
            changed = {key: view for key, view in views.items() if self._published.get(key) != view[1]}
            flat = [part for key, (reached, view) in changed.items() for part in (key, *reached, view)]
            for at in range(0, len(flat), 4 * _CHUNK):
                await self._redis.eval(_PUBLISH, 2, CURRENT, OFFSETS, *flat[at : at + 4 * _CHUNK])
            self._published.update({key: view for key, (_, view) in changed.items()})
        except (RedisError, OSError) as error:
            self._tell(up=False, why=str(error))
        else:
            self._tell(up=True)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._redis.aclose()

    def _tell(self, *, up: bool, why: str = "") -> None:
        self.up = up
        if up != self._told:
            self._told = up
            if up:
                logger.info("Redis is there: live views are published")
            else:
                logger.warning("Redis does not answer (%s): counting goes on, live views stand still", why)
