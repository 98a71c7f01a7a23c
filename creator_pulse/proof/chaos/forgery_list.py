"""The list of forged batches: each is listed before it is sent, and the reader of the log looks it up.

A batch is identified by its checksum, which a broker does not change. So the reader need not know the
batch's offset, and never meets a forged batch that is not listed yet.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.proof.chaos.forged_batches import Forged

FILE_NAME = "forged.jsonl"


class Listed(msgspec.Struct, frozen=True):
    """The expected outcome of one forged batch.

    Attributes:
        checksum: checksum in its header.
        reason: why its records are invalid; empty if they can be read.
        count: number of records that it claims to hold.
        values: values of the records; empty if they cannot be read.
    """

    checksum: int
    reason: str
    count: int
    values: tuple[bytes, ...] = ()


class ForgeryWriter:
    """Appends to the list, as a context manager.

    Args:
        path: file of the list; created if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, forged: Forged) -> None:
        """List a batch; call this before the batch is sent."""
        listed = Listed(forged.checksum, forged.reason, forged.records, forged.values)
        self._file.write(msgspec.json.encode(listed) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


class ForgeryReader:
    """Reads the list as it grows.

    Args:
        path: file of the list; if it does not exist, no batch is forged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._listed: dict[int, Listed] = {}

    def refresh(self) -> None:
        """Read the entries that were added since the last call."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # the writer has not finished this line
                listed = msgspec.json.decode(line, type=Listed)
                self._listed[listed.checksum] = listed
                self._read += len(line)

    def __getitem__(self, checksum: int) -> Listed | None:
        """The expected outcome of a batch with this checksum; None if it is not forged."""
        return self._listed.get(checksum)
