"""The list of forged batches: written before each is sent, read by whoever checks the log afterwards.

A batch is named by its checksum, which a broker leaves as it is. So the reader need not know where the
batch came to stand, and cannot meet one that is not listed yet.
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
    """What one forged batch counts as.

    Attributes:
        checksum: of its header.
        reason: why its records are invalid.
        count: how many they are.
        values: of the records; none if nobody can read them.
    """

    checksum: int
    reason: str
    count: int
    values: tuple[bytes, ...] = ()


class ForgeryWriter:
    """Appends to the list, as a context manager.

    Args:
        path: of the list; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, forged: Forged) -> None:
        """Note a batch; call it before the batch is sent."""
        listed = Listed(forged.checksum, forged.reason, forged.records, forged.values)
        self._file.write(msgspec.json.encode(listed) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


class ForgeryReader:
    """Reads the list as it grows.

    Args:
        path: of the list; where it is missing, nothing is forged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._listed: dict[int, Listed] = {}

    def refresh(self) -> None:
        """Take in what was written since the last call."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # half a line: its writer goes on
                listed = msgspec.json.decode(line, type=Listed)
                self._listed[listed.checksum] = listed
                self._read += len(line)

    def __getitem__(self, checksum: int) -> Listed | None:
        """What a batch with this checksum counts as; None where it was not forged."""
        return self._listed.get(checksum)
