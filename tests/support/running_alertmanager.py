"""A real Alertmanager with a configuration of the test's."""

from __future__ import annotations

import socket
import subprocess
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def running_alertmanager(folder: Path, config: bytes) -> Iterator[str]:
    """Start one, give its address, and end it.

    Args:
        folder: for its configuration and data.
        config: YAML or JSON.
    """
    path = folder / "alertmanager.yml"
    path.write_bytes(config)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        "prometheus-alertmanager",
        f"--config.file={path}",
        f"--storage.path={folder}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        started = next((line for line in process.stderr if "Listening on" in line or "err=" in line), "")
        assert "Listening on" in started, started
        reader = Thread(target=process.stderr.read, daemon=True)
        reader.start()
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        reader.join()
