"""The pinned jars of the broker: fetched once, checked at each start, never used if incomplete."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from creator_pulse.stream.errors import ChecksumError, MissingPartError, StackError
from creator_pulse.stream.local.folders import cannot_write, lock_file, make_folder
from creator_pulse.stream.local.maven import Pin, Say, fetch_with_maven, parse_pin

LOCK = Path(__file__).with_name("kafka_jars.lock")
NAME = "kafka-4.4.0"
STAGING = ".fetching-"
ROOM = 128 << 20
"""Free bytes that fetching needs."""
WAIT = 0.2
"""Seconds between two checks of whether another process is done."""

MAVEN_ADVICE = (
    "delete ~/.m2/repository/{} (Maven's local copy) and start again; "
    "if it comes back, do not use it: what is served is not what was pinned"
)

Fetch = Callable[[Sequence[Pin], Path, Say], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class JarSource:
    """Where the jars come from.

    Attributes:
        cache: folder for fetched jars; None: ``~/.cache/creator-pulse``.
        jar_dir: folder that already holds all jars; if it is set, nothing is fetched.
        lock: file with their versions and checksums.
        fetch: puts jars into a folder.
    """

    cache: Path | None = None
    jar_dir: Path | None = None
    lock: Path = LOCK
    fetch: Fetch = fetch_with_maven

    @property
    def cache_folder(self) -> Path:
        """The folder for files that are fetched, or made, once."""
        return self.cache or Path.home() / ".cache" / "creator-pulse"


def read_lock(path: Path = LOCK) -> list[Pin]:
    """The pinned jars of a lock file; lines that start with ``#`` are comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [parse_pin(line) for line in lines if line.strip() and not line.startswith("#")]


async def ensure_jars(source: JarSource, say: Say) -> list[Path]:
    """The broker's jars, fetched if the cache does not hold them yet.

    Their SHA-256 is compared with the lock at every start: that takes a tenth of a second for 45 jars.

    Raises:
        MissingPartError: Maven is missing or failed, or ``jar_dir`` lacks a jar.
        ChecksumError: a jar is not the pinned one.
        StackError: the cache cannot be written, or its disk is full.
    """
    pins = read_lock(source.lock)
    if source.jar_dir is not None:
        await asyncio.to_thread(_check_given, pins, source.jar_dir)
        return _paths(pins, source.jar_dir)
    folder = source.cache_folder / NAME
    if not await asyncio.to_thread(_holds, pins, folder):
        await _fill(pins, folder, source.fetch, say)
    return _paths(pins, folder)


async def _fill(pins: Sequence[Pin], folder: Path, fetch: Fetch, say: Say) -> None:
    """Fetch into a temporary folder, check, and only then rename it."""
    cache = make_folder(folder.parent, "the cache of Kafka's jars", room=ROOM)
    async with alone(cache, say):
        if await asyncio.to_thread(_holds, pins, folder):
            return
        try:
            with tempfile.TemporaryDirectory(dir=cache, prefix=STAGING) as name:
                say(f"fetching Kafka's {len(pins)} jars once, into {folder}")
                await fetch(pins, Path(name), say)
                await asyncio.to_thread(_install, pins, Path(name), folder)
        except OSError as error:
            raise cannot_write(cache, "the cache of Kafka's jars", error) from error


@asynccontextmanager
async def alone(cache: Path, say: Say) -> AsyncIterator[None]:
    """Wait until no other process writes into this cache, and remove the leftovers of a killed one."""
    with lock_file(cache).open("wb") as file:
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    say("another process is preparing Kafka, waiting for it")
                waiting = True
                await asyncio.sleep(WAIT)
        await asyncio.to_thread(_sweep, cache)
        yield


def _sweep(cache: Path) -> None:
    for left in cache.glob(f"{STAGING}*"):
        shutil.rmtree(left, ignore_errors=True)


def _install(pins: Sequence[Pin], fetched: Path, folder: Path) -> None:
    """Check the fetched jars, then move them to their place atomically."""
    _check(pins, fetched, MAVEN_ADVICE)
    # Only the pinned jars move: whatever else Maven has left in the folder stays behind.
    jars = fetched / "jars"
    jars.mkdir()
    for path in _paths(pins, fetched):
        path.rename(jars / path.name)
    if folder.exists():
        shutil.rmtree(folder)
    jars.rename(folder)


def _holds(pins: Sequence[Pin], folder: Path) -> bool:
    """Whether the cache has every pinned jar unchanged; if not, all are fetched again."""
    try:
        _check(pins, folder, "")
    except (MissingPartError, ChecksumError, OSError):
        return False
    return True


def _check_given(pins: Sequence[Pin], folder: Path) -> None:
    try:
        _check(pins, folder, "replace it by the pinned jar")
    except OSError as error:
        raise StackError(f"cannot read Kafka's jars in {folder}: {error.strerror or error}") from error


def _check(pins: Sequence[Pin], folder: Path, advice: str) -> None:
    missing = [pin.file_name for pin in pins if not (folder / pin.file_name).is_file()]
    if missing:
        names = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        raise MissingPartError(f"{folder} lacks {len(missing)} of {len(pins)} jars of Kafka: {names}")
    for pin in pins:
        path = folder / pin.file_name
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != pin.sha256:
            what = f"{path} is not the pinned jar: expected SHA-256 {pin.sha256}, found {digest}"
            raise ChecksumError(f"{what}; {advice.format(_repository_path(pin))}")


def _repository_path(pin: Pin) -> str:
    return f"{pin.group.replace('.', '/')}/{pin.artifact}/{pin.version}"


def _paths(pins: Sequence[Pin], folder: Path) -> list[Path]:
    return [folder / pin.file_name for pin in pins]
