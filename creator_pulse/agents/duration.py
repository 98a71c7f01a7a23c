"""Lengths of time on the command line: ``90s``, ``5m``, ``2h``, or plain seconds."""

from __future__ import annotations

import re

import click

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType):
    """Seconds as a float."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds of a text such as ``90s``."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", str(value))
        if found is None:
            self.fail(f"{value!r} is not a length of time; write 90s, 5m or 2h", param, ctx)
        return float(found[1]) * _UNITS[found[2]]
