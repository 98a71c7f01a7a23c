"""The worker of a benchmark: ``pulse worker`` with the benchmark's declarations in place of the product's.

Run as ``python -m creator_pulse.proof.bench.worker READY-FILE MINUTES``; settings come from the environment.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from creator_pulse.agents.cli import LOG_FORMAT
from creator_pulse.agents.worker import run
from creator_pulse.proof.bench.gift_job import gift_job
from creator_pulse.stream.settings import load


def main(ready: str, minutes: str) -> None:
    """Count gifts until SIGTERM.

    Args:
        ready: file for the process id and the address of ``/metrics``.
        minutes: size of the window.
    """
    settings = load()
    logging.basicConfig(level=settings.log_level.upper(), format=LOG_FORMAT)
    run(settings, Path(ready), gift_job(int(minutes)))


if __name__ == "__main__":
    main(*sys.argv[1:])
