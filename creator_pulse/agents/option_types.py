"""Types of command-line options that click lacks: a wrong value is reported before anything starts."""

from __future__ import annotations

import math
import os
from pathlib import Path

import click

from creator_pulse.stream import setting_rules as rules
from creator_pulse.stream.secret import Address


class BoundedNumber(click.ParamType):
    """A finite number between two bounds, inclusive. click's own range accepts ``nan``.

    Args:
        least: the smallest number that is accepted.
        most: the largest number that is accepted.
    """

    name = "number"

    def __init__(self, least: float, most: float) -> None:
        self._least, self._most = least, most

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number of a text."""
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not self._least <= number <= self._most:
            self.fail(f"{value!r} is no number from {self._least:g} to {self._most:g}", param, ctx)
        return number


RATE = BoundedNumber(0.001, 1_000_000)
"""Records per second."""
SHARE = BoundedNumber(0.0, 1.0)
SEED = click.IntRange(0, 2**32 - 1)
PORT = click.IntRange(0, 65_535)


class Host(click.ParamType):
    """A host name or an IP address to bind to."""

    name = "host"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text, if it is one."""
        try:
            rules.host(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


class HttpAddress(click.ParamType):
    """``http://host:port``; an error does not quote it, because it may hold a password."""

    name = "url"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """The address of a text."""
        address = value if isinstance(value, Address) else Address(str(value))
        try:
            rules.http_address(address)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return address


class Servers(click.ParamType):
    """``host:port``, several separated by commas."""

    name = "servers"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The servers as a tuple of ``host:port``."""
        if isinstance(value, tuple):
            return value
        try:
            rules.servers(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


class Output(click.ParamType):
    """A file that is written at the end, maybe hours later: whether it can be written is checked before.

    Args:
        dash: whether ``-`` stands for standard output.
    """

    name = "file"

    def __init__(self, *, dash: bool = False) -> None:
        self._dash = dash

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path of the file."""
        path = Path(str(value))
        if self._dash and str(value) == "-":
            return path
        if path.is_dir() or not path.name:
            self.fail(f"{path} is a folder", param, ctx)
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}", param, ctx)
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            self.fail(f"{path} cannot be written to", param, ctx)
        return path


class Folder(click.ParamType):
    """A folder that can be written to, or created."""

    name = "folder"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Its path."""
        try:
            rules.folder(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return Path(str(value))
