"""What the tests of rules share: the generated files on disk, and promtool."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from creator_pulse.stream.monitoring.build import generate

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all files under ``grafana/``, as generated now."""
    root = tmp_path_factory.mktemp("grafana")
    for name, content in generate().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a tool to its end and give what it printed; a tool that is not installed is an error."""

    def _run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)

    return _run
