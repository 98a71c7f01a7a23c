"""Folders and files of the local stack: a full or closed disk is one clear line."""

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
    """Make a folder that can be written, with room for what will stand in it.

    Args:
        path: the folder; its parents are made too.
        purpose: what it is for, named in the error.
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
    """Make a folder and the ones above it that are missing; only the owner may look into them.

    One that is there stays as it is: its rights are somebody's choice.

    Raises:
        OSError: it cannot be made.
    """
    for folder in (*reversed(path.parents), path):
        # Another process may make it at the same time.
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)


def write_atomically(path: Path, content: bytes, purpose: str) -> None:
    """Replace a file at once, so that a reader sees the old content or the new, never a part.

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
def sole_user(folder: Path) -> Iterator[None]:
    """Hold a folder for this process; the system gives it back when the process dies.

    Raises:
        StackError: another process holds it.
    """
    with lock_file(folder).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError(
                f"another local stack is using {folder}: stop it or choose another data folder"
            ) from error
        yield


def lock_file(folder: Path) -> Path:
    """The file whose lock says that a folder is in use."""
    return folder / ".lock"


def cannot_write(path: Path, purpose: str, error: OSError) -> StackError:
    """The error for a folder or file that cannot be written."""
    return StackError(
        f"cannot write {purpose} at {path}: {error.strerror or error}; {ADVICE}",
    )
