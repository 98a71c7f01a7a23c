"""Records that try to stop a lane or to distort what others count. The ledger judges each on its own.

They come in sequences, because a decoder that carries state from one record may misread the next.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from creator_pulse.proof.chaos.poison import poison

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from creator_pulse.stream.generator.model import Produced

_STRING = re.compile(r'"(\w+)":"([^"\\]*)"')
_INTEGER = re.compile(r'"(\w+)":(-?\d+)')
_EVENT_ID = re.compile(r'"event_id":"([^"\\]*)"')
_REGION = re.compile(r'"region":"([^"\\]*)"')
# Lengths in bytes around the limits of an id (256) and of other texts (4 KiB), and far above them.
_SIZES = (255, 256, 257, 4_095, 4_096, 4_097, 60_000, 200_000)
# The last ms of 2099, the largest 64-bit integer, a time in 2096, and the first ms of 2000.
_TIMES = (4_102_444_799_999, 2**63 - 1, 4_000_000_000_000, 946_684_800_000)
_DAY_MS = 86_400_000


def _surrogate(text: str, rng: Random) -> list[str | bytes]:
    """A lone surrogate where a number, or another text, is expected."""
    name, old = rng.choice(_INTEGER.findall(text) or [("event_time", "0")])
    return [text.replace(f'"{name}":{old}', f'"{name}":"\\ud800"', 1)]


def _latin1(text: str, _rng: Random) -> list[str | bytes]:
    """A byte that is not UTF-8, in a field that nothing reads."""
    return [text[:-1].encode() + b',"nick":"Jos\xe9"}']


def _escaped_then_plain(text: str, rng: Random) -> list[str | bytes]:
    """A text with an escaped quote, then the same bytes with a bare quote, which ends the text early."""
    mark = f"{rng.getrandbits(32):x}"
    return [
        _REGION.sub(f'"region":"{mark}\\\\"b"', _fresh(text, mark + "1")),
        _REGION.sub(f'"region":"{mark}"b"', _fresh(text, mark + "2")),
        _REGION.sub(f'"region":"{mark}\\\\", \\\\"platform\\\\": \\\\"ios"', _fresh(text, mark + "3")),
        _REGION.sub(f'"region":"{mark}", "platform": "ios"', _fresh(text, mark + "4")),
    ]


def _size(text: str, rng: Random) -> list[str | bytes]:
    """A text around the allowed length, or far longer."""
    names = [name for name, _ in _STRING.findall(text) if name not in {"event_type", "app"}]
    name, size = rng.choice(names or ["region"]), rng.choice(_SIZES)
    letter = rng.choice(("a", "ä", "€"))
    # Letters of one to three bytes: limits are in bytes, and a letter must not be cut.
    long = (letter * (size // len(letter.encode()))).ljust(size - size % len(letter.encode()), "a")
    return [re.sub(rf'"{name}":"[^"\\]*"', f'"{name}":"{long}"', text, count=1)]


def _clock(text: str, rng: Random) -> list[str | bytes]:
    """A clock that runs ahead: the event's, the gateway's or both; sometimes in a time record."""
    time_ms = rng.choice(_TIMES)
    ahead = re.sub(r'"event_time":\d+', f'"event_time":{time_ms}', text)
    both = f'{ahead[:-1]},"ingest_time":{time_ms}}}'
    gateway = f'{text[:-1]},"ingest_time":{time_ms}}}'
    chosen = rng.choice((ahead, both, gateway))
    return [f'{chosen[:-1]},"is_test":true}}' if rng.random() < 0.3 else chosen]


def _old(text: str, rng: Random) -> list[str | bytes]:
    """A random time in the past four days, so that nearly each record has its own minute."""
    return [
        re.sub(r'"event_time":(\d+)', lambda time: _earlier(time[1], rng), text),
    ]


def _earlier(time_ms: str, rng: Random) -> str:
    return f'"event_time":{int(time_ms) - rng.randrange(600_000, 4 * _DAY_MS)}'


def _other_region(text: str, rng: Random) -> list[str | bytes]:
    """A random region, which no setting lists."""
    return [_REGION.sub(f'"region":"r{rng.getrandbits(40):x}"', text)]


def _forged_separator(text: str, rng: Random) -> list[str | bytes]:
    """Ids and labels that contain possible separators of joined keys."""
    sign = rng.choice(("|", ":", ",", "=", "*", "\\u0000", "|gift|", "*:*"))
    name, old = rng.choice(_STRING.findall(text))
    # Words of a closed list would be refused: the sign must get into an id or a region.
    if name in {"event_type", "app", "currency"}:
        name, old = "region", (_REGION.search(text) or ["", ""])[1]
    return [text.replace(f'"{name}":"{old}"', f'"{name}":"{old}{sign}x"', 1)]


def _twice_with_other_content(text: str, rng: Random) -> list[str | bytes]:
    """One event id with two contents, of which only the first counts."""
    # One event id with two contents: a conflict, of which the first counts.
    return [text, _REGION.sub(f'"region":"t{rng.getrandbits(24):x}"', text)]


def _twice_named(text: str, _rng: Random) -> list[str | bytes]:
    """One JSON key twice in an object, with two values."""
    # JSON leaves open which of two equal names counts: the contract says the last.
    return [f'{text[:-1]},"region":"US","event_time":1}}']


def _wide_unknown(text: str, rng: Random) -> list[str | bytes]:
    """Thousands of fields that the contract does not list."""
    fields = ",".join(f'"u{at}":{at}' for at in range(rng.choice((10, 1_000, 5_000))))
    return [f"{text[:-1]},{fields}}}"]


_SEQUENCES: tuple[Callable[[str, Random], list[str | bytes]], ...] = (
    _surrogate,
    _latin1,
    _escaped_then_plain,
    _size,
    _clock,
    _old,
    _other_region,
    _forged_separator,
    _twice_with_other_content,
    _twice_named,
    _wide_unknown,
)


def hostile(record: Produced, rng: Random) -> list[Produced]:
    """A sequence of hostile records in place of a sound one.

    Args:
        record: a record of the generator.
        rng: chooses the sequence; one record in three is only broken, as in the plan ``poison``.
    """
    text = _text(record)
    if text is None or rng.random() < 0.33:
        return [poison(record, rng)]
    sequence = rng.choice(_SEQUENCES)(text, rng)
    return [
        record._replace(value=value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"))
        for value in sequence
    ]


def _text(record: Produced) -> str | None:
    """The text of the record; None if it is not one JSON object."""
    try:
        text = (record.value or b"").decode()
        return text if isinstance(json.loads(text), dict) else None
    except ValueError:
        return None


def _fresh(text: str, mark: str) -> str:
    """The record under another event id."""
    return _EVENT_ID.sub(f'"event_id":"h{mark}"', text)
