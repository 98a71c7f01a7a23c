"""A real Prometheus, whose scrape targets may change while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from creator_pulse.stream.local.folders import make_folder, write_atomically
from creator_pulse.stream.local.part import StackPart, http_ready
from creator_pulse.stream.local.ports import HOST
from creator_pulse.stream.local.process import find_program
from creator_pulse.stream.monitoring.prometheus import FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TARGETS = "targets"
"""Folder of target files, beside the configuration."""


class PrometheusServer(StackPart):
    """Prometheus with 30 days of history.

    Args:
        folder: holds its data; created if it is missing.
        log: file for its output.
        port: TCP port on 127.0.0.1 where it listens.
        config: its configuration file; ``targets/<job>.json`` beside it is for ``file_sd_configs``.
    """

    title: ClassVar[str] = "Prometheus"
    flags: tuple[str, ...] = FLAGS
    """Options of its own."""

    def __init__(self, folder: Path, log: Path, port: int, config: Path) -> None:
        super().__init__(folder, log, port)
        self.config = config

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    async def prepare(self) -> tuple[str, ...]:
        """The command line.

        Raises:
            MissingPartError: Prometheus is not installed.
            StackError: the folder of targets cannot be made.
        """
        # Prometheus watches this folder only if it is there when it starts.
        make_folder(self.config.parent / TARGETS, "the scrape targets")
        return (
            find_program(("prometheus",), self.title, "prometheus"),
            f"--config.file={self.config}",
            f"--storage.tsdb.path={self.folder}",
            f"--web.listen-address={HOST}:{self.port}",
            *self.flags,
            "--log.level=warn",
        )

    async def answers(self) -> bool:
        """Whether it says that it is ready."""
        return await http_ready(f"{self.url}/-/ready")

    def set_targets(self, job: str, targets: Sequence[str]) -> None:
        """Replace the targets of a job; Prometheus notices within about 5 s, no reload is needed.

        Args:
            job: its ``file_sd_configs`` names ``targets/<job>.json``.
            targets: ``host:port`` of each worker's ``/metrics``.

        Raises:
            StackError: the file cannot be written.
        """
        content = msgspec.json.encode([{"targets": list(targets)}] if targets else [])
        path = self.config.parent / TARGETS / f"{job}.json"
        write_atomically(path, content, "the scrape targets")
