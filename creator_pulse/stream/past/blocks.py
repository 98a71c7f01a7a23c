"""Blocks of Prometheus' database, made by its own tool of samples as text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.process import find_program
from creator_pulse.stream.past.open_metrics import BLOCK_MS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

AT_ONCE = 2
"""So many run beside each other: each reads text in one thread, and waits for its disk."""

_GARBAGE = 400
"""Go collects garbage when the heap has grown by so many percent: by 100, as usual, a fifth of the time."""


async def make_blocks(files: Iterable[Path], data: Path) -> None:
    """Make blocks of files of samples; a Prometheus that runs takes them in within some minutes.

    Args:
        files: OpenMetrics text, each of one block's time.
        data: folder of the database, ``--storage.tsdb.path``.

    Raises:
        MissingPartError: promtool is not installed.
        StackError: it refuses a file.
    """
    promtool = find_program(("promtool",), "promtool", "prometheus")
    left = iter(tuple(files))

    async def make() -> None:
        for file in left:
            await _make_block(promtool, file, data)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(make())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _make_block(promtool: str, file: Path, data: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        "env",
        f"GOGC={_GARBAGE}",
        promtool,
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        "--quiet",
        f"--max-block-duration={BLOCK_MS // 1000}s",
        str(file),
        str(data),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise StackError(f"promtool cannot make blocks of {file}: {output.decode(errors='replace').strip()}")
