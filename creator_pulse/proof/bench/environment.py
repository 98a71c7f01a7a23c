"""Environments of the competitors: installed with pip at first use, and again if requirements change."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import PulseError, StackError
from creator_pulse.stream.local.folders import make_folder
from creator_pulse.stream.local.process import Child, Program

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.proof.bench.competitor import Competitor
    from creator_pulse.proof.bench.place import Bench

_INSTALL_SECONDS = 900.0
PYTHONS = ("python3.12", "python3.11", "python3.13", "python3.10")
"""Tried in this order if no release of a requirement supports the running Python."""


async def python_of(bench: Bench, competitor: Competitor) -> str:
    """The Python of a competitor's environment, in which its requirements are installed.

    Raises:
        PulseError: no Python of this machine can install it; the text has the end of pip's output.
    """
    folder = bench.folder.parent / "venvs" / competitor.name
    needs, note = "\n".join(competitor.needs), folder / "installed.txt"
    python = str(folder / "bin" / "python")
    if note.exists() and note.read_text(encoding="utf-8") == needs:
        return python
    failures = []
    for base in (sys.executable, *filter(None, map(shutil.which, PYTHONS))):
        try:
            await _make(bench, competitor, base, folder)
        except StackError as error:
            failures.append(str(error))
        else:
            note.write_text(needs, encoding="utf-8")
            return python
    raise PulseError(f"{competitor.title} cannot be installed: {failures[0]}")


async def _make(bench: Bench, competitor: Competitor, base: str, folder: Path) -> None:
    bench.say(f"installing {competitor.title} once, into {folder}")
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    make_folder(folder, f"the environment of {competitor.title}", room=1 << 29)
    log = bench.folder / "logs" / f"install-{competitor.name}.log"
    pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *competitor.needs)
    for argv in ((base, "-m", "venv", str(folder)), pip):
        child = Child(Program(name=f"the installation of {competitor.title}", argv=argv, log=log))
        await child.start()
        await child.finish(_INSTALL_SECONDS)
