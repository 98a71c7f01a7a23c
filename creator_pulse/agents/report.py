"""Output of the commands: lines for people on standard error, one JSON object for programs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def say(line: str) -> None:
    """A line for people."""
    click.echo(line, err=True)


def give(report: Mapping[str, object], target: Path | None) -> None:
    """Write a report as one line of JSON.

    Args:
        report: field -> a value that msgspec can encode.
        target: a file, ``-`` for standard output, None for nowhere.

    Raises:
        PulseError: the file cannot be written.
    """
    if target is None:
        return
    line = msgspec.json.encode(report).decode()
    if str(target) == "-":
        click.echo(line)
        return
    try:
        target.write_text(line + "\n", encoding="utf-8")
    except OSError as error:
        raise PulseError(f"cannot write {target}: {error.strerror}") from error


def give_last(report: Mapping[str, object], target: Path | None) -> None:
    """Write a report as the last line of standard output, and to a file if one is named.

    Args:
        report: field -> a value that msgspec can encode.
        target: a file besides standard output; None or ``-``: none.

    Raises:
        PulseError: the file cannot be written.
    """
    give(report, Path("-"))
    give(report, None if str(target) == "-" else target)


def width_of_lines(usual: int, least: int) -> int:
    """How many characters a line for people may have.

    Args:
        usual: if the output is no terminal.
        least: in a terminal that is narrower its lines wrap.
    """
    return max(shutil.get_terminal_size((usual, 24)).columns, least)


def progress_line() -> Callable[[str], None]:
    """A function that overwrites one line on a terminal; elsewhere it prints every fifth line only."""
    terminal, count = sys.stderr.isatty(), 0

    def show(line: str) -> None:
        nonlocal count
        if terminal:
            click.echo(f"\r\x1b[2K{line}", nl=False, err=True)
        elif count % 5 == 0:
            say(line)
        count += 1

    return show
