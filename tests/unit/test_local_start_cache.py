"""The broker's start cache: written once, whole or absent, and no start fails for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.java import Java
from creator_pulse.stream.local.start_cache import OLDEST, ensure_start_cache

if TYPE_CHECKING:
    from pathlib import Path

JAVA = Java("/usr/bin/java", OLDEST, "25.0.2+10")
ARGUMENTS = ("-Xms256m", "-cp", "one.jar:two.jar")


def silent(_line: str) -> None:
    """Take a progress line."""


class FakeRun:
    """Writes a file as Java would when it ends, and counts how often it ran."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.runs = 0

    async def __call__(self, output: Path) -> None:
        """Write the file, then fail if told to."""
        self.runs += 1
        await asyncio.to_thread(output.write_bytes, b"classes")
        if self.fails:
            raise StackError("the port is taken")


def left_over(folder: Path) -> list[str]:
    """The names in the cache besides its lock file."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


async def test_a_run_writes_it_once(tmp_path: Path) -> None:
    """The second start uses what the first has written, and says nothing of it."""
    run, said = FakeRun(), list[str]()
    paths = [await ensure_start_cache(tmp_path, JAVA, ARGUMENTS, run, said.append) for _ in range(2)]
    assert paths[0] is not None
    assert paths[0] == paths[1]
    assert paths[0].read_bytes() == b"classes"
    assert (run.runs, len(said), left_over(tmp_path)) == (1, 1, [paths[0].name])


async def test_another_java_or_class_path_has_its_own(tmp_path: Path) -> None:
    """A cache fits only the build of Java, its flags and the jars that it was written with."""
    run = FakeRun()
    paths = {
        await ensure_start_cache(tmp_path, java, arguments, run, silent)
        for java in (JAVA, JAVA._replace(build="25.0.3+9"))
        for arguments in (ARGUMENTS, (*ARGUMENTS[:-1], "one.jar:three.jar"))
    }
    assert (len(paths), run.runs) == (4, 4)


async def test_another_copy_of_the_same_java_shares_it(tmp_path: Path) -> None:
    """Each checkout has its own copy, and Java takes a cache that another copy of its build wrote."""
    run = FakeRun()
    copies = (JAVA, JAVA._replace(path="/elsewhere/bin/java"))
    paths = {await ensure_start_cache(tmp_path, java, ARGUMENTS, run, silent) for java in copies}
    assert (len(paths), run.runs) == (1, 1)


async def test_an_older_java_has_none(tmp_path: Path) -> None:
    """Such a Java would not start with the argument."""
    run = FakeRun()
    older = JAVA._replace(version=OLDEST - 1)
    assert await ensure_start_cache(tmp_path, older, ARGUMENTS, run, silent) is None
    assert run.runs == 0


async def test_a_run_that_fails_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """Kafka starts without it then: it is only slower."""
    said = list[str]()
    cache = await ensure_start_cache(tmp_path, JAVA, ARGUMENTS, FakeRun(fails=True), said.append)
    assert (cache, left_over(tmp_path)) == (None, [])
    assert said[-1] == "Kafka starts as slowly as before: the port is taken"
