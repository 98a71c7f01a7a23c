"""Runs the real command line in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from creator_pulse.proof.ledger.samples import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_POLL_SECONDS = 0.2
_PAUSE = threading.Event()


def wait_for(check: Callable[[], bool], seconds: float, what: str) -> None:
    """Ask until the answer is true, or fail with what was waited for."""
    for _ in range(round(seconds / _POLL_SECONDS)):
        if check():
            return
        _PAUSE.wait(_POLL_SECONDS)
    raise AssertionError(f"{what} did not come within {seconds:.0f} s")


def pulse(
    *words: str, seconds: float = 60.0, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``pulse`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "creator_pulse", *words],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env={**os.environ, **(environ or {})},
    )


class Running:
    """A ``pulse`` command that goes on; its output goes to a file."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path, endpoints: Path) -> None:
        self.process = process
        self._output = output
        self._endpoints = endpoints

    @property
    def said(self) -> str:
        """All output so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def endpoints(self, seconds: float = 90.0) -> dict[str, Any]:
        """The addresses, once they are written."""

        def there() -> bool:
            assert self.process.poll() is None, self.said
            return self._endpoints.exists()

        wait_for(there, seconds, "the endpoints file")
        answer: dict[str, Any] = json.loads(self._endpoints.read_text(encoding="utf-8"))
        return answer

    def samples(self, family: str) -> dict[frozenset[tuple[str, str]], float]:
        """A family summed over all workers, without the labels that say where it was counted."""
        sums: dict[frozenset[tuple[str, str]], float] = {}
        for worker in self.endpoints()["workers"]:
            with urllib.request.urlopen(worker["metrics"], timeout=5) as page:  # noqa: S310 - our own address
                for sample in parse(page.read().decode()):
                    if sample.name == family:
                        labels = frozenset(
                            pair for pair in sample.labels.items() if pair[0] not in {"partition", "instance"}
                        )
                        sums[labels] = sums.get(labels, 0) + sample.value
        return sums

    def total(self, family: str, **labels: str) -> float:
        """The sum of a family over the series that have these labels."""
        wanted = set(labels.items())
        return sum(value for have, value in self.samples(family).items() if wanted <= have)

    def owned(self, worker: dict[str, Any]) -> int:
        """The number of input partitions that a worker shows."""
        with urllib.request.urlopen(worker["metrics"], timeout=5) as page:  # noqa: S310 - our own address
            samples = list(parse(page.read().decode()))
        return sum(sample.name == "pulse_watermark_timestamp_seconds" for sample in samples)

    def interrupt(self, seconds: float = 60.0) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)


@contextmanager
def running(*words: str) -> Iterator[Running]:
    """Run ``pulse`` while the block lasts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        output, endpoints = folder / "output", folder / "endpoints.json"
        argv = [sys.executable, "-m", "creator_pulse", *words, "--endpoints", str(endpoints)]
        with output.open("wb") as target:
            process = subprocess.Popen(argv, stdout=target, stderr=subprocess.STDOUT)
        try:
            yield Running(process, output, endpoints)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)
