"""A real Redis without persistence, because its content can be rebuilt."""

from __future__ import annotations

from typing import ClassVar

import redis.asyncio
from redis.exceptions import RedisError

from creator_pulse.stream.local.part import StackPart
from creator_pulse.stream.local.ports import HOST
from creator_pulse.stream.local.process import find_program


class RedisServer(StackPart):
    """``redis-server`` without persistence."""

    title: ClassVar[str] = "Redis"

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://{HOST}:{self.port}/0"

    async def prepare(self) -> tuple[str, ...]:
        """The command line; Redis needs no file.

        Raises:
            MissingPartError: Redis is not installed.
        """
        program = find_program(("redis-server",), self.title, "redis-server")
        options = {
            "bind": HOST,
            "port": self.port,
            "dir": self.folder,
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
        }
        return (program, *(str(word) for name, value in options.items() for word in (f"--{name}", value)))

    async def answers(self) -> bool:
        """Whether it answers a PING."""
        client = redis.asyncio.Redis(host=HOST, port=self.port, socket_timeout=5)
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False
        finally:
            await client.aclose()
