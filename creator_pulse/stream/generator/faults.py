"""Faulty records: the ways in which producers break the contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_VERSION = '"schema_version":1,'
_APP = re.compile(r'"app":"\w+"')
_REGION = re.compile(r'"region":"\w+"')
_TYPE = re.compile(r'"event_type":"\w+"')
_TIME = re.compile(r'"event_time":(\d+)')

_BYTES: tuple[Callable[[str], bytes | None], ...] = (
    lambda text: text[: len(text) // 2].encode(),
    lambda text: text.encode("utf-16"),
    lambda _: b"",
    lambda text: f"[{text}]".encode(),
    lambda _: None,
)
_MEANING: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace(_VERSION, '"schema_version":2,'),
    lambda text: text.replace(_VERSION, '"schema_version":true,'),
    lambda text: text.replace(_VERSION, ""),
    lambda text: _REGION.sub('"region":null', text),
    lambda text: _REGION.sub('"region":""', text),
    lambda text: _APP.sub('"app":"kuaishou"', text),
    lambda text: _TYPE.sub('"event_type":"something_else"', text),
    lambda text: _TIME.sub(r'"event_time":"\1"', text),
    lambda text: _TIME.sub(r'"event_time":\1.0', text),
    lambda text: _TIME.sub(r'"event_time":-\1', text),
    lambda text: text.replace(_VERSION, '"schema_version":0,'),
)


def break_bytes(text: str, rng: Random) -> bytes | None:
    """A version of a record that is not one JSON object: truncated, UTF-16, empty, a list or null.

    Args:
        text: JSON of the valid record.
        rng: chooses one of the faults.
    """
    return rng.choice(_BYTES)(text)


def break_meaning(text: str, rng: Random) -> bytes:
    """A version of a record that the contract refuses, for any reason but two.

    Times in the future are made in the send queue; an unknown currency is not a fault of the record.

    Args:
        text: JSON of the valid record.
        rng: chooses one of the faults.
    """
    return rng.choice(_MEANING)(text).encode()
