"""The ways in which producers break the contract."""

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
    """The record as something that is not one JSON object: cut, UTF-16, empty, a list, null.

    Args:
        text: the sound record.
        rng: chooses the way.
    """
    return rng.choice(_BYTES)(text)


def break_meaning(text: str, rng: Random) -> bytes:
    """The record as an object that the contract refuses: each reason but two occurs.

    A time in the future is made elsewhere; a currency without a rate is no fault of a record.

    Args:
        text: the sound record.
        rng: chooses the way.
    """
    return rng.choice(_MEANING)(text).encode()
