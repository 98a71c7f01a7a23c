"""A real Alertmanager."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.local.part import StackPart, http_ready
from creator_pulse.stream.local.ports import HOST
from creator_pulse.stream.local.process import find_program

if TYPE_CHECKING:
    from pathlib import Path


class Alertmanager(StackPart):
    """Alertmanager alone, without a cluster.

    Args:
        folder: holds its data; created if it is missing.
        log: file for its output.
        port: TCP port on 127.0.0.1 where it listens.
        config: the configuration file that it reads at its start.
    """

    title: ClassVar[str] = "Alertmanager"

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
            MissingPartError: Alertmanager is not installed.
        """
        names = ("prometheus-alertmanager", "alertmanager")
        return (
            find_program(names, self.title, "prometheus-alertmanager"),
            f"--config.file={self.config}",
            f"--storage.path={self.folder}",
            f"--web.listen-address={HOST}:{self.port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        )

    async def answers(self) -> bool:
        """Whether it says that it is ready."""
        return await http_ready(f"{self.url}/-/ready")
