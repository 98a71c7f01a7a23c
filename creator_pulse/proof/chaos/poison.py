"""Records that no correct producer sends. The contract defines their outcomes, and the ledger knows them."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.faults import break_bytes, break_meaning

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from creator_pulse.proof.chaos.replaced import Replace
    from creator_pulse.stream.generator.model import Produced

SHARE = 0.01
"""Share of broken records."""
HUGE_BYTES = 10_000_000
HUGE_EVERY = 60_000
"""One record in so many is huge."""
_DEEP = 100_000
_NUMBER = re.compile(r'"(repeat_count|organic_ms|price_micros_cpm|value_micros|event_time)":\d+')
_EVENT_TIME = re.compile(r'"event_time":\d+')
_CREATOR = re.compile(r'"creator_id":"[^"]*"')
# Before 1970, 1970, 2001, 2096, 2100, beyond 64 bits, and 2001-01-01, which is old but valid.
_TIMES = (-1, 0, 999_999_999_999, 4_000_000_000_000, 4_102_444_800_000, 2**63, 978_307_200_000)
_INTEGERS = (2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, 10**400)

_TEXTS: tuple[Callable[[str, Random], bytes | None], ...] = (
    break_bytes,
    break_meaning,
    # A deletion, which no producer of events should write.
    lambda _text, _rng: None,
    lambda _text, _rng: b"\x00",
    # A byte order mark, as some editors write it.
    lambda text, _rng: b"\xef\xbb\xbf" + text.encode(),
    # NUL: escaped, which JSON allows, and bare, which it does not.
    lambda text, _rng: _CREATOR.sub('"creator_id":"c\\\\u0000c"', text).encode(),
    lambda text, _rng: _CREATOR.sub('"creator_id":"c\x00c"', text).encode(),
    # Half a surrogate pair: no text, though every byte is ASCII.
    lambda text, _rng: _CREATOR.sub('"creator_id":"\\\\ud800"', text).encode(),
    # No UTF-8.
    lambda text, _rng: text.encode().replace(b'"creator_id":"', b'"creator_id":"\xc3\x28\xff'),
    # Deep enough to end a recursive parser, alone and in a field that nobody reads.
    lambda _text, _rng: b"[" * _DEEP,
    lambda text, _rng: f'{text[:-1]},"deep":{"[" * _DEEP}{"]" * _DEEP}}}'.encode(),
    lambda text, rng: (
        # At the limit of 100 levels, the record itself being one, and just within it.
        f'{text[:-1]},"deep":{"[" * (levels := rng.choice((99, 100)))}{"]" * levels}}}'.encode()
    ),
    lambda text, rng: _EVENT_TIME.sub(f'"event_time":{rng.choice(_TIMES)}', text).encode(),
    lambda text, rng: _NUMBER.sub(rf'"\1":{rng.choice(_INTEGERS)}', text).encode(),
    lambda text, rng: f'{text[:-1]},"unlisted":{rng.choice(_INTEGERS)}}}'.encode(),
    # A float that is infinite for most readers, in a field of integers.
    lambda text, _rng: _NUMBER.sub(r'"\1":1e400', text).encode(),
)


def poisoning(rng: Random) -> Replace:
    """Break one record in a hundred, and one in 60,000 by making it 10 MB long.

    Args:
        rng: chooses which records are broken, and how.
    """
    numbers = itertools.count(1)

    def replace(record: Produced) -> list[Produced]:
        # The first huge record is the 1,000th, so that short runs have one too.
        if next(numbers) % HUGE_EVERY == 1_000:
            return [record._replace(value=huge(record.value, sound=bool(rng.getrandbits(1))))]
        return [poison(record, rng) if rng.random() < SHARE else record]

    return replace


def poison(record: Produced, rng: Random) -> Produced:
    """A broken version of a record: its value, its key or its timestamp.

    Args:
        record: a record of the generator, which may have broken it already.
        rng: chooses how it is broken.
    """
    # 10 % lose the key and 5 % get an old timestamp; the others get a broken value.
    roll = rng.random()
    if roll < 0.1:
        return record._replace(key=None)
    if roll < 0.15:
        return record._replace(timestamp_ms=rng.choice((0, 978_307_200_000)))
    if record.value is None:
        return record
    try:
        text = record.value.decode()
    except UnicodeDecodeError:
        return record
    return record._replace(value=rng.choice(_TEXTS)(text, rng))


def huge(value: bytes | None, *, sound: bool) -> bytes:
    """A record of 10 MB.

    Args:
        value: value of an ordinary record.
        sound: whether to extend that value by one long field that the contract does not list.
    """
    if value is None or not sound or not value.endswith(b"}"):
        return b"x" * HUGE_BYTES
    return value[:-1] + b',"unlisted":"' + b"x" * HUGE_BYTES + b'"}'
