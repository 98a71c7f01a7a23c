"""The file with the addresses of a running stack, for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.local.folders import write_atomically

if TYPE_CHECKING:
    from pathlib import Path


class WorkerEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One worker process and its metrics' address."""

    pid: int
    metrics: str


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses as contract section 5 names them; empty for a part that does not run."""

    kafka: str = ""
    """``host:port``."""
    redis: str = ""
    prometheus: str = ""
    alertmanager: str = ""
    board: str = ""
    api: str = ""
    workers: tuple[WorkerEndpoint, ...] = ()


def write_endpoints(path: Path, endpoints: Endpoints) -> None:
    """Write the file atomically; again whenever a worker is replaced.

    Raises:
        StackError: the file cannot be written.
    """
    write_atomically(path, msgspec.json.format(msgspec.json.encode(endpoints)) + b"\n", "the endpoints")
