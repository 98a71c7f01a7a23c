"""Records, sound and broken in the ways that JSON has, by a seed; in sequences that share their texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.fields import FIELDS
from tests.support.any_event import any_event
from tests.support.records import sound

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Pairs = list[tuple[str, bytes]]
"""Names, and values as they are written."""
_TEXTS = [
    "",
    "x",
    "US",
    "tiktok",
    "gift_sent",
    "ingest_time",
    '"ingest_time": 5',
    'U"S',
    'US", "platform": "ios',
    "a\\",
    "\\u0041",
    "\0",
    "a\0b",
    "tab\there",
    "\x7f",
    "é",
    "\u20ac uro",
    "\U0001f600",
    "\ud7ff\ue000\uffff\U0010ffff",
    "a/b",
    "-",
    *("x" * size for size in (7, 8, 9, 255, 256, 257, 4_095, 4_096, 4_097, 5_000)),
    *("é" * size for size in (127, 128, 129, 2_048, 2_049)),
    "x" * 250 + "\U0001f600" * 2,
    "x" * 4_094 + "€",
]
_SHORT_NUMBERS = """
0 -0 00 01 -01 1 -1 +1 .5 1. 1.0 1.5 1e0 1E+2 1e-2 1e 1e+ -e1 - 0x10 1_000 1e400 -1e400 NaN Infinity
-Infinity 946684799999 946684800000 1760000040000 4102444799999 4102444800000 10000 10001 1000000
1000001 10000000 10000001 86400000 86400001 100000000000000 100000000000001 999999999999999999
1000000000000000000 9223372036854775807 9223372036854775808 -9223372036854775808
-9223372036854775809 18446744073709551616 99999999999999999999 0.1e1 12e2.5 0e0 -0.0
"""
_NUMBERS = [
    *_SHORT_NUMBERS.split(),
    "9" * 100,
    "-" + "9" * 5_000,
    "0." + "1" * 5_000,
    "1" + "0" * 4_300,
]
_SOUND_NUMBERS = (
    *(
        0,
        1,
        -1,
        2,
        10**4,
        10**4 + 1,
        10**6,
        10**6 + 1,
        10**7,
        10**7 + 1,
        10**12,
        10**12 + 1,
        10**14,
        10**14 + 1,
    ),
    *(86_400_000, 86_400_001, 946_684_799_999, 946_684_800_000, 4_102_444_799_999, 4_102_444_800_000),
    *(10**18 - 1, 10**18, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64),
)
_OTHERS = [
    "null",
    "true",
    "false",
    "tru",
    "nul",
    "True",
    "[]",
    "{}",
    "[1]",
    '{"a":1}',
    "[1,]",
    '{"a":}',
    "[",
    "",
    "'x'",
]
_BAD_TEXTS = [
    b'"Jos\xe9"',
    b'"\xc0\xaf"',
    b'"\xc1\xbf"',
    b'"\xe0\x80\x80"',
    b'"\xed\xa0\x80"',
    b'"\xed\xa0\xbd\xed\xb8\x80"',
    b'"\xf0\x80\x80\x80"',
    b'"\xf4\x90\x80\x80"',
    b'"\xf5\x80\x80\x80"',
    b'"\xff"',
    b'"\x80"',
    b'"\xe2\x82"',
    b'"\xf0\x9f\x98"',
    b'"\xc3"',
    b'"\\ud800"',
    b'"\\udc00"',
    b'"\\ud800\\ud800"',
    b'"\\ud800x\\udc00"',
    b'"\\udc00\\ud800"',
    b'"\\ud83d\\ude00"',
    b'"\\uD83D\\u0041"',
    b'"\\u12"',
    b'"\\u12g4"',
    b'"\\u 123"',
    b'"\\x41"',
    b'"\\',
    b'"a\nb"',
    b'"\x1f"',
    b'"\\u0000\\u001f"',
    b'"open',
    b'"\\ud83d',
    b'"\\\\u0041"',
    b'"\\\\\\ud800"',
]
_BYTES = b'{}[]":,.\\ \t\r\n\x00\x1f\x7f\x80\xbf\xc3\xed\xf0\xff0123456789-+eE tfnaulrsd'
_BLANKS = ["", "", "", " ", "  ", "\t", "\n", "\r\n"]


class Source:
    """Gives records one after the other, many of them with texts of those before.

    Args:
        topic: without prefix.
        rng: chooses.
    """

    def __init__(self, topic: str, rng: Random) -> None:
        self._topic, self._rng = topic, rng
        self._kinds = list(FIELDS[topic])
        self._names = sorted({field.name for fields in FIELDS[topic].values() for field in fields})
        self._texts = rng.sample(_TEXTS, 6)
        self._given: list[bytes] = []

    def next(self) -> bytes | None:
        """The next record."""
        rng = self._rng
        if rng.random() < 0.01:
            return None
        value = self._twin() if self._given and rng.random() < 0.15 else self._fresh()
        for _ in range(rng.choice((0, 0, 0, 0, 0, 0, 0, 1, 2))):
            value = rng.choice(_DAMAGES)(value, rng)
        self._given = [*self._given[-20:], value]
        return value

    def _twin(self) -> bytes:
        """One of the records before, its escapes taken away, or put in, or its id changed, or as it was."""
        rng, value = self._rng, self._rng.choice(self._given)
        how = rng.randrange(5)
        if how == 4:
            # As if a gateway had taken it again.
            return value.replace(b'"ingest_time": 17', b'"ingest_time": 18')
        if how == 0:
            return value.replace(b'\\"', b'"')
        if how == 1:
            return value.replace(b"\\\\", b"\\")
        if how == 2:
            return value.replace(b"e", b"\\u0065")
        return value

    def _fresh(self) -> bytes:
        rng = self._rng
        kind = rng.choice(self._kinds)
        if rng.random() < 0.5:
            event = json.loads(any_event(self._topic, kind, rng.randrange(50), rng))
        else:
            event = sound(self._topic, kind)
        pairs = [(name, self._written(value)) for name, value in event.items()]
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
            self._change(pairs)
        if rng.random() < 0.3:
            rng.shuffle(pairs)
        return self._object(pairs)

    def _written(self, value: object) -> bytes:
        if isinstance(value, str):
            return self._quoted(value)
        return json.dumps(value).encode()

    def _quoted(self, text: str) -> bytes:
        """A text as JSON: as ASCII, as UTF-8, or with some characters escaped."""
        rng = self._rng
        how = rng.random()
        if how < 0.7:
            return json.dumps(text, ensure_ascii=how < 0.2).encode()
        escaped = [
            "".join(f"\\u{unit:04x}" for unit in _units(character))
            if rng.random() < 0.3
            else json.dumps(character)[1:-1]
            for character in text
        ]
        return ('"' + "".join(escaped).replace("/", "\\/") + '"').encode()

    def _change(self, pairs: Pairs) -> None:
        """Put another value into a field, take it away, say it twice, or add one."""
        rng = self._rng
        at = rng.randrange(len(pairs))
        how = rng.randrange(8)
        if how == 0 and len(pairs) > 1:
            del pairs[at]
        elif how == 1:
            pairs.insert(rng.randrange(len(pairs) + 1), (pairs[at][0], self._any()))
        elif how == 2:
            pairs.insert(rng.randrange(len(pairs) + 1), (rng.choice(self._names), self._any()))
        elif how == 3:
            pairs.insert(rng.randrange(len(pairs) + 1), (rng.choice([*_TEXTS, "later"]), self._nested()))
        elif how == 4:
            pairs[at] = (pairs[at][0], self._quoted(rng.choice(self._texts)))
        else:
            pairs[at] = (pairs[at][0], self._any())

    def _any(self) -> bytes:
        rng = self._rng
        choice = rng.randrange(20)
        if choice < 7:
            return str(rng.choice(_SOUND_NUMBERS)).encode()
        if choice < 9:
            return rng.choice(_NUMBERS).encode()
        if choice < 12:
            return rng.choice(_OTHERS[: 3 if choice < 11 else None]).encode()
        if choice < 13:
            return rng.choice(_BAD_TEXTS)
        if choice < 14:
            return self._nested()
        return self._quoted(rng.choice(self._texts if choice < 17 else _TEXTS))

    def _nested(self) -> bytes:
        rng = self._rng
        inner = self._quoted(rng.choice(_TEXTS))
        if rng.random() < 0.3:
            inner = rng.choice((rng.choice(_BAD_TEXTS), rng.choice(_NUMBERS).encode()))
        depth = rng.choice((0, 1, 1, 2, 2, 3, 97, 98, 99, 100, 101, 300))
        before, after = b"", b""
        for _ in range(depth):
            if rng.random() < 0.5:
                before, after = before + b"[", b"]" + after
            else:
                name = b'"a"' if rng.random() < 0.99 else rng.choice(_BAD_TEXTS)
                before, after = before + b"{" + name + b":", b"}" + after
        return before + inner + after

    def _object(self, pairs: Pairs) -> bytes:
        rng = self._rng
        odd = rng.random() < 0.2

        def blank() -> bytes:
            return rng.choice(_BLANKS).encode() if odd else b""

        parts = [
            blank()
            + (self._quoted(name) if odd else json.dumps(name).encode())
            + blank()
            + b":"
            + blank()
            + one
            + blank()
            for name, one in pairs
        ]
        return blank() + b"{" + b",".join(parts) + b"}" + blank()


def _units(character: str) -> list[int]:
    """The UTF-16 units of a character."""
    raw = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]


def _put(value: bytes, rng: Random, piece: bytes, taken: int) -> bytes:
    at = rng.randrange(len(value) + 1)
    return value[:at] + piece + value[at + taken :]


_DAMAGES: list[Callable[[bytes, Random], bytes]] = [
    lambda value, rng: value[: rng.randrange(len(value) + 1)],
    lambda value, rng: value[rng.randrange(len(value) + 1) :],
    lambda value, rng: _put(value, rng, rng.choice(_BYTES).to_bytes(), 1),
    lambda value, rng: _put(value, rng, rng.choice(_BYTES).to_bytes(), 0),
    lambda value, rng: _put(value, rng, b"", 1),
    lambda value, rng: _put(value, rng, rng.choice(_BAD_TEXTS), 0),
    lambda value, rng: _put(value, rng, rng.choice(_BAD_TEXTS)[1:-1], 0),
    lambda value, rng: value + rng.choice((b"\0", b" ", b",", b"}", b"{}", b"x")),
    lambda value, rng: rng.choice((b"\xef\xbb\xbf", b"[", b" ", b"\0")) + value,
    lambda value, _: b"[" + value + b"]",
    lambda value, rng: value.replace(b'"', b"'", rng.randrange(3)),
    lambda value, rng: value.ljust(rng.choice((262_143, 262_144, 262_145))) if rng.random() < 0.05 else value,
]
