"""What decoding an odd record costs, beside a plain one: ``python -m tests.support.odd_costs``."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.events.json_decoder import JsonDecoder
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.ingestion.source_lane import fields_read
from creator_pulse.stream.transport.batch import Batch
from tests.support.hash_key import HASH_KEY
from tests.support.records import sound

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 2_000
"""Records of a batch."""
_FIELDS = {
    "group_id": "group-1",
    "viewer_id": "viewer-1",
    "platform": "ios",
    "room_id": "room-1",
    "transaction_id": "transaction-1",
    "device_hash": "device-1",
}


def _gift(number: int, **fields: object) -> dict[str, object]:
    return sound("gift", "gift_sent") | _FIELDS | {"event_id": f"event-{number}"} | fields


def _plain(number: int) -> bytes:
    return json.dumps(_gift(number)).encode()


def _escaped(number: int) -> bytes:
    """Each character of each text is an escape."""
    written = {
        name: "".join(f"\\u{ord(character):04x}" for character in value) if isinstance(value, str) else value
        for name, value in _gift(number).items()
    }
    return json.dumps(written).replace("\\\\", "\\").encode()


def _more(text: bytes) -> Callable[[int], bytes]:
    return lambda number: _plain(number)[:-1] + b", " + text + b"}"


ODD: dict[str, Callable[[int], bytes]] = {
    "every character an escape": _escaped,
    "texts that are not ASCII": lambda number: json.dumps(
        _gift(number, room_id="été", viewer_id="日本" * 4, platform="ïos"), ensure_ascii=False
    ).encode(),
    "a text with quotes, then without": lambda number: json.dumps(
        _gift(number, region='U"S' if number % 2 else "US")
    ).encode(),
    "four fields that are not listed": _more(b'"a": 1, "b": "x", "c": [1, {"d": null}], "e": true'),
    "a hundred levels": _more(b'"a": ' + b"[" * 99 + b"]" * 99),
    "a field said thirty times": _more(b", ".join([b'"match_points": 1'] * 30)),
    "a number of 1,000 digits": _more(b'"match_points": ' + b"9" * 1_000),
    "fields in another order each": lambda number: json.dumps(
        dict(sorted(_gift(number).items(), key=lambda one: hash((one[0], number % 97))))
    ).encode(),
    "another text in each field": lambda number: json.dumps(
        _gift(number, region=f"r{number}", platform=f"p{number}", gift_id=f"g{number}", arm=f"a{number}")
    ).encode(),
    "not JSON at its end": lambda number: _plain(number)[:-1],
    "not UTF-8": _more(b'"a": "\xff"'),
    "half a pair of surrogates": _more(rb'"a": "\ud800"'),
    "a wrong type": lambda number: json.dumps(_gift(number, unit_coins="x")).encode(),
    "out of range in the last field": lambda number: json.dumps(
        _gift(number, gift_type=1, group_id="", tz_offset_min=1)
    ).encode(),
    "no event type": lambda number: json.dumps(_gift(number, event_type=None)).encode(),
    "a text that is too large": lambda number: json.dumps(_gift(number, region="x" * 257)).encode(),
    "nothing": lambda _: b"",
}


def costs(rounds: int = 15) -> dict[str, tuple[float, float]]:
    """Microseconds of CPU of a record, and how many plain ones that is, the least of some rounds by turns."""
    batches = {}
    for name, made in {"plain": _plain, **ODD}.items():
        batches[name] = Batch.of(range(COUNT), [0] * COUNT, [None] * COUNT, [made(at) for at in range(COUNT)])
    schema = TOPICS["gift"]
    decoders = {
        name: JsonDecoder(schema, HASH_KEY, fields_read(CATALOGUE.measures_of("gift"), schema.lookups))
        for name in batches
    }
    least = dict.fromkeys(batches, float("inf"))
    for _ in range(rounds):
        for name, batch in batches.items():
            began = time.process_time()
            decoders[name].decode(batch.data, batch.value_at, batch.value_length)
            least[name] = min(least[name], time.process_time() - began)
    return {name: (took / COUNT * 1e6, took / least["plain"]) for name, took in least.items()}


if __name__ == "__main__":
    for kind, (microseconds, ratio) in costs().items():
        sys.stdout.write(f"| {kind} | {microseconds:.2f} | {ratio:.1f} |\n")
