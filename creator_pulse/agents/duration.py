"""Lengths of time on the command line: ``90s``, ``5m``, ``2h``, or plain seconds."""

from __future__ import annotations

import re

import click

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


_MOST = 366 * 86_400.0


class Duration(click.ParamType):
    """Seconds as a float, up to a year: ``90s`` is 90.0, ``5m`` is 300.0.

    Args:
        least: the shortest length that is accepted, in seconds.
    """

    name = "duration"

    def __init__(self, least: float = 1.0) -> None:
        self._least = least

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds of a text such as ``90s``."""
        if isinstance(value, float):
            return value
        parts = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smh]?)", str(value))
        if parts is None:
            self.fail(f"{value!r} is not a length of time; write 90s, 5m or 2h", param, ctx)
        seconds = float(parts[1]) * _UNITS[parts[2]]
        if not self._least <= seconds <= _MOST:
            self.fail(f"{value!r} is less than {self._least:g} s or more than a year", param, ctx)
        return seconds
