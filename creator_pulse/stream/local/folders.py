"""Folders and files of the local stack; if the disk is full or read-only, the error is one clear line."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Iterator

ADVICE = "free some space or choose another folder"


def make_folder(path: Path, purpose: str, *, room: int = 0) -> Path:
    """Create a folder if it is missing, and make sure that it can be written and has room.

    Args:
        path: the folder; missing parents are created.
        purpose: of the folder, named in the error.
        room: bytes that must be free.

    Raises:
        StackError: the folder cannot be written, or its disk is too full.
    """
    try:
        make_private(path)
        with tempfile.TemporaryFile(dir=path):
            free = shutil.disk_usage(path).free
    except OSError as error:
        raise cannot_write(path, purpose, error) from error
    if free < room:
        raise StackError(
            f"only {free >> 20} MB are free in {path}, {purpose} needs {room >> 20} MB; {ADVICE}",
        )
    return path


def make_private(path: Path) -> None:
    """Create a folder and its missing parents; only their owner may access them.

    A folder that exists keeps its rights.

    Raises:
        OSError: it cannot be created.
    """
    for folder in (*reversed(path.parents), path):
        # Another process may make it at the same time.
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)


def write_atomically(path: Path, content: bytes, purpose: str) -> None:
    """Replace a file atomically, so that a reader sees the old content or the new one, never a part.

    Raises:
        StackError: the file cannot be written.
    """
    try:
        make_private(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes files that only the owner may read: they may hold an address with a password.
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(path, purpose, error) from error


@contextlib.contextmanager
def sole_user(folder: Path, uses: str = "is using") -> Iterator[None]:
    """Lock a folder for this process; the system releases the lock if the process dies.

    Args:
        folder: it exists.
        uses: what another local stack that has locked it does with it.

    Raises:
        StackError: another process has locked it.
    """
    with lock_file(folder).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError(
                f"another local stack {uses} {folder}: stop it or choose another data folder"
            ) from error
        yield


def lock_file(folder: Path) -> Path:
    """The file whose lock marks a folder as in use."""
    return folder / ".lock"


def cannot_write(path: Path, purpose: str, error: OSError) -> StackError:
    """The error for a folder or file that cannot be written."""
    return StackError(
        f"cannot write {purpose} at {path}: {error.strerror or error}; {ADVICE}",
    )
