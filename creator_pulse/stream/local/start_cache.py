"""The broker's start cache: classes as a start has loaded and linked them, which saves most of its time.

Java calls it an AOT cache (JEP 483, in one step since JEP 514): a run that is told to writes it when it ends.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.folders import cannot_write, make_folder
from creator_pulse.stream.local.jars import STAGING, alone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from creator_pulse.stream.local.java import Java
    from creator_pulse.stream.local.maven import Say

    Train = Callable[[Path], Awaitable[None]]

OLDEST = 25
"""The oldest Java that writes such a cache in one step."""
ROOM = 192 << 20
"""Free bytes that a run which writes one needs."""
PURPOSE = "the start cache of Kafka"


async def ensure_start_cache(
    cache: Path, java: Java, arguments: Sequence[str], train: Train, say: Say
) -> Path | None:
    """The start cache for a Java and its arguments, written once by a run that does nothing else.

    Java looks by itself whether a cache is its own and whole, and starts without one that is not.

    Args:
        cache: folder for files that are made once.
        java: that runs the broker.
        arguments: of Java, the class path among them.
        train: runs a broker whose Java writes the cache into this file when it ends.
        say: takes progress lines.

    Returns:
        None if this Java has none, or if it could not be written: the broker starts without it then.
    """
    if java.version < OLDEST:
        return None
    # Not by where Java is: each checkout has its own copy of the same build.
    mark = crc32(f"{java.build} {arguments}".encode())
    path = cache / f"kafka-start-{mark:08x}.aot"
    if path.exists():
        return path
    try:
        async with alone(make_folder(cache, PURPOSE, room=ROOM), say):
            if not path.exists():
                say(f"writing what Kafka needs to start fast, once, into {path}")
                await _write(path, train)
    except (StackError, OSError) as error:
        say(f"Kafka starts as slowly as before: {error}")
        return None
    return path


async def _write(path: Path, train: Train) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=STAGING) as name:
        fresh = Path(name) / path.name
        await train(fresh)
        try:
            await asyncio.to_thread(fresh.replace, path)
        except OSError as error:
            raise cannot_write(path, PURPOSE, error) from error
