"""Reference entries that hold if the reference topic has none: facts of the field.

They are dated 0, but for terms of other platforms, which have a date of their own (``benchmarks.py``).

Each is one JSON object of the topic ``<prefix>.reference``; see ``references.py`` for the kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.events.benchmarks import BENCHMARKS

if TYPE_CHECKING:
    from collections.abc import Mapping

# Micro-USD per unit.
_FX = {
    "USD": 1_000_000,
    "GBP": 1_270_000,
    "EUR": 1_080_000,
    "BRL": 180_000,
    "IDR": 62,
    "JPY": 6_700,
    "CNY": 140_000,
    "MXN": 55_000,
    "VND": 40,
    "KRW": 730,
    "PHP": 17_500,
    "THB": 28_000,
}

# Basis points that the platform keeps: of a gift's net value, of ads that pay a creator, of an order.
_TAKEN = {
    "gift:*:*": 5_000,
    "ad:*:*": 5_000,
    "commerce:*:*": 750,
    "commerce:tiktok:US": 600,
    "commerce:tiktok:GB": 900,
    "commerce:tiktok:DE": 900,
    "commerce:tiktok:FR": 900,
    "deal:*:*": 0,
}

# Coins; up to 99 coins a gift can streak.
_GIFTS = {
    "rose": 1,
    "finger_heart": 5,
    "panda": 5,
    "rosa": 10,
    "love_bang": 25,
    "doughnut": 30,
    "sun_cream": 50,
    "hat_and_moustache": 99,
    "rainbow_puke": 100,
    "concert": 500,
    "galaxy": 1_000,
    "drama_queen": 5_000,
    "interstellar": 10_000,
    "planet": 15_000,
    "castle": 20_000,
    "lion": 29_999,
    "universe": 44_999,
}

DEFAULTS: tuple[Mapping[str, object], ...] = (
    # 0.50 US cents a coin reach the creator, 1.43 cents is the usual in-app price.
    {"kind": "rate", "id": "creator:*:*:*", "valid_from": 0, "usd_micros": 5_000},
    {"kind": "rate", "id": "price:*:*:*", "valid_from": 0, "usd_micros": 14_300},
    *({"kind": "fx", "id": code, "valid_from": 0, "usd_micros": rate} for code, rate in _FX.items()),
    *({"kind": "take_rate", "id": place, "valid_from": 0, "bps": bps} for place, bps in _TAKEN.items()),
    *(
        {
            "kind": "gift",
            "id": name,
            "valid_from": 0,
            "unit_coins": coins,
            "gift_type": 1 if coins <= 99 else 2,
        }
        for name, coins in _GIFTS.items()
    ),
    *(
        {
            "kind": "benchmark",
            "id": f"{term.platform}:{term.tool}:{term.what}",
            "valid_from": term.since_ms,
            "value": term.value,
            "unit": term.unit,
            "source": term.source,
        }
        for term in BENCHMARKS
    ),
)
