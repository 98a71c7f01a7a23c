"""Fetching pinned jars with Maven, the ordinary client of their repository."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from creator_pulse.stream.errors import MissingPartError, StackError
from creator_pulse.stream.local.folders import write_atomically
from creator_pulse.stream.local.process import Child, Program, find_program, tail

Say = Callable[[str], None]

COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
ATTEMPTS = 3
"""Runs of Maven; each continues where the one before was interrupted."""
BEAT = 1.0
"""Seconds between two progress lines."""
FETCHED = re.compile(rb"^.*Downloaded from .*/([^/ ]+\.jar) \(([\d.]+) ([kM]?B)\b", re.MULTILINE)
UNITS = {b"B": 1e-6, b"kB": 1e-3, b"MB": 1.0}


@dataclass(frozen=True)
class Pin:
    """One pinned jar."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in a folder of jars."""
        return f"{self.artifact}-{self.version}.jar"


async def fetch_with_maven(pins: Sequence[Pin], folder: Path, say: Say) -> None:
    """Put the pinned jars into ``folder``, without their dependencies.

    Maven keeps fetched jars in its own local repository, so an interrupted fetch continues.

    Raises:
        MissingPartError: Maven is not installed, or could not fetch them.
    """
    maven = find_program(("mvn",), "fetching Kafka's jars", "maven")
    with tempfile.TemporaryDirectory(prefix="pulse-maven-") as name:
        pom = Path(name, "pom.xml")
        write_atomically(pom, _pom(pins).encode(), "Maven's project file")
        log = Path(name, "maven.log")
        argv = (maven, "-B", "--strict-checksums", "-f", str(pom), COPY, f"-DoutputDirectory={folder}")
        program = Program(name="Maven", argv=argv, log=log)
        for attempt in range(1, ATTEMPTS + 1):
            if await _run(program, pins, say) == 0:
                return
            say(f"Maven could not fetch all jars (attempt {attempt} of {ATTEMPTS})")
        errors = [line for line in tail(log) if "ERROR" in line] or ["no reason given"]
        raise MissingPartError(
            f"Maven could not fetch Kafka's jars: {errors[0]}\n"
            "  Start again when the network is back (what is fetched is kept), or name a folder of the jars",
        )


async def _run(program: Program, pins: Sequence[Pin], say: Say) -> int:
    child = Child(program)
    await child.start()
    ended = asyncio.ensure_future(child.ended())
    last_line = ""
    try:
        while not (await asyncio.wait({ended}, timeout=BEAT))[0]:
            line = progress(await asyncio.to_thread(program.log.read_bytes), pins)
            if line and line != last_line:
                say(line)
                last_line = line
        return ended.result()
    finally:
        await child.stop()
        await asyncio.gather(ended, return_exceptions=True)


def progress(log: bytes, pins: Sequence[Pin]) -> str:
    """One line about Maven's progress, from its log; empty while nothing was fetched."""
    wanted = {pin.file_name.encode() for pin in pins}
    fetched = {name: float(size) * UNITS[unit] for name, size, unit in FETCHED.findall(log) if name in wanted}
    if not fetched:
        return ""
    megabytes = sum(fetched.values())
    return f"fetching Kafka's jars with Maven: {len(fetched)} of {len(pins)} jars, {megabytes:.1f} MB"


def parse_pin(line: str) -> Pin:
    """Parse one line of a lock, ``group:artifact:version sha256``.

    Raises:
        StackError: the line has another form.
    """
    match = re.fullmatch(r"([\w.-]+):([\w.-]+):([\w.-]+) ([0-9a-f]{64})", line.strip(), re.ASCII)
    if match is None:
        raise StackError(
            f"wrong line in the lock of Kafka's jars: {line!r}; expected group:artifact:version sha256"
        )
    return Pin(*match.groups())


def _pom(pins: Sequence[Pin]) -> str:
    return _POM.format("".join(_dependency(pin) for pin in pins))


def _dependency(pin: Pin) -> str:
    return _DEPENDENCY.format(escape(pin.group), escape(pin.artifact), escape(pin.version))


_POM = """<project>
<modelVersion>4.0.0</modelVersion>
<groupId>pulse</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
{}</dependencies>
</project>
"""

_DEPENDENCY = """<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>
<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>
"""
