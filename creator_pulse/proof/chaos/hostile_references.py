"""Reference entries that no correct publisher writes. Each must be refused, and change no figure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_TOOLS = "gift:tiktok:US"
_ENTRIES: tuple[dict[str, object], ...] = (
    # Rates that would turn money around, away, or beyond 64 bits.
    {"kind": "fx", "id": "EUR", "usd_micros": -1_080_000},
    {"kind": "fx", "id": "EUR", "usd_micros": 0},
    {"kind": "fx", "id": "GBP", "usd_micros": 2**63},
    {"kind": "rate", "id": "creator:tiktok:US:*", "usd_micros": -5},
    {"kind": "rate", "id": "creator:tiktok:US:*", "usd_micros": 10**400},
    # An id without its parts.
    {"kind": "rate", "id": "price", "usd_micros": 14_300},
    # A gift that costs less than nothing.
    {"kind": "gift", "id": "rose", "unit_coins": -1, "gift_type": 1},
    # Shares below 0 and above the whole.
    {"kind": "take_rate", "id": _TOOLS, "bps": -5},
    {"kind": "take_rate", "id": _TOOLS, "bps": 10_001},
    # An entry that ends before it begins, and a factor that overflows any product.
    {"kind": "calendar", "id": "tiktok", "valid_until": 2, "factor": 1.5},
    {"kind": "calendar", "id": "tiktok", "factor": 1e308},
    # A day that no calendar has.
    {"kind": "ledger_day", "id": "gift:tiktok:2026-02-30", "usd_micros": 5},
    # An id longer than any id of the contract.
    {"kind": "campaign", "id": "c" * 300, "usd_micros": 5},
    # A kind that is no text, where a text chooses the rules.
    {"kind": ["fx"], "id": "EUR", "usd_micros": 1},
)
_BYTES: tuple[bytes, ...] = (
    b"",
    b"[]",
    b"null",
    b"[" * 100_000,
    b'{"kind":"fx","id":"\xff\xfe","valid_from":0,"usd_micros":1}',
    b'{"kind":"fx","id":"EUR","valid_from":1e400,"usd_micros":1}',
    b'{"kind":"fx","id":"\\ud800","valid_from":1796000000000,"usd_micros":1}',
    b"x" * 500_000,
)
# Share of the entries that are wrongly dated in seconds.
_SECONDS_NOT_MS = 0.2


def hostile_entry(now_ms: int, rng: Random) -> tuple[bytes, bytes | None]:
    """Key and value of an entry that must be refused.

    Args:
        now_ms: current time, epoch ms, from which entries are valid.
        rng: chooses the entry.
    """
    key = f"hostile:{rng.getrandbits(64):x}".encode()
    if rng.random() < 0.4:
        return key, rng.choice(_BYTES)
    entry = dict(rng.choice(_ENTRIES))
    sound_date = rng.random() >= _SECONDS_NOT_MS
    entry["valid_from"] = now_ms if sound_date else now_ms // 1000
    entry.setdefault("valid_until", entry["valid_from"])
    return key, json.dumps(entry).encode()
