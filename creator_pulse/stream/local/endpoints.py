"""The file that tells other programs where the parts of a running stack are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.local.folders import write_atomically

if TYPE_CHECKING:
    from pathlib import Path


class WorkerEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One worker process and the address of its metrics."""

    pid: int
    metrics: str


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses as contract section 5 names them; empty for what does not run."""

    kafka: str = ""
    """``host:port``."""
    redis: str = ""
    prometheus: str = ""
    alertmanager: str = ""
    board: str = ""
    api: str = ""
    workers: tuple[WorkerEndpoint, ...] = ()


def write_endpoints(path: Path, endpoints: Endpoints) -> None:
    """Write the file at once; again whenever a worker is replaced.

    Raises:
        StackError: the file cannot be written.
    """
    write_atomically(path, msgspec.json.format(msgspec.json.encode(endpoints)) + b"\n", "the endpoints")
