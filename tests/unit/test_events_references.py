"""Dated rates: the most specific entry that has begun, the newest of its versions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.proof.ledger.references import RateBook
from creator_pulse.stream.events.references import References, latest
from creator_pulse.stream.events.schema import Lookup

PRICE = Lookup("coin_price", "rate", ("app", "region", "platform"), ("gift_sent",), name="price")
FX = Lookup("fx_rate", "fx", ("currency",), ("impression",), required=True)
DEFAULT_PRICE = 14_300


def price(name: str, usd_micros: int, valid_from: int = 0) -> dict[str, Any]:
    """A reference entry."""
    return {"kind": "rate", "id": f"price:{name}", "valid_from": valid_from, "usd_micros": usd_micros}


def prices(references: References, *rows: tuple[str, str, str | None, int]) -> list[int | None]:
    """The price of each (app, region, platform, time)."""
    return [latest(references.timeline(PRICE, row[:3]), row[3]) for row in rows]


def fx(references: References, *rows: tuple[str, int]) -> list[int | None]:
    """The rate of each (currency, time)."""
    return [latest(references.timeline(FX, row[:1]), row[1]) for row in rows]


def test_the_entry_with_the_fewest_wildcards_wins() -> None:
    """Two parts named beat one; among equals app before region before platform."""
    references = References(
        [price("tiktok:*:*", 10), price("tiktok:US:*", 20), price("*:*:ios", 30), price("*:US:ios", 40)]
    )
    places = [
        ("tiktok", "US", "ios", 5),
        ("douyin", "US", "ios", 5),
        ("tiktok", "DE", "ios", 5),
        ("douyin", "CN", None, 5),
    ]
    assert prices(references, *places) == [20, 40, 10, DEFAULT_PRICE]


def test_a_missing_platform_matches_any_only() -> None:
    """Without a platform the entry of all platforms holds."""
    references = References([price("tiktok:US:web", 10), price("tiktok:US:*", 20)])
    assert prices(references, ("tiktok", "US", None, 5), ("tiktok", "US", "web", 5)) == [20, 10]


def test_a_rate_changes_within_a_batch() -> None:
    """From 1,000 on another rate: at 999 the old one, at 1,000 the new, in any order of rows."""
    references = References([{"kind": "fx", "id": "EUR", "valid_from": 1_000, "usd_micros": 2_000_000}])
    rates = fx(references, ("EUR", 1_000), ("EUR", 999), ("USD", 1_500), ("EUR", 5_000))
    assert rates == [2_000_000, 1_080_000, 1_000_000, 2_000_000]


def test_a_specific_entry_that_has_not_begun_is_passed_over() -> None:
    """Before its date the default holds."""
    references = References([price("tiktok:US:ios", 99, valid_from=1_000)])
    assert prices(references, ("tiktok", "US", "ios", 999), ("tiktok", "US", "ios", 1_000)) == [
        DEFAULT_PRICE,
        99,
    ]


def test_an_unknown_currency_has_no_rate() -> None:
    """Null, beside one that has; also alone, and before the first date."""
    references = References([{"kind": "fx", "id": "CHF", "valid_from": 1_000, "usd_micros": 1}])
    assert fx(references, ("XAU", 5), ("USD", 5)) == [None, 1_000_000]
    assert fx(references, ("XAU", 5)) == [None]
    assert fx(references, ("CHF", 999), ("CHF", 1_000)) == [None, 1]


def test_the_same_date_again_replaces_an_entry() -> None:
    """A correction by the same key holds from then on, and the version rises."""
    references = References()
    assert references.add(b'{"kind": "fx", "id": "USD", "valid_from": 0, "usd_micros": 7}')
    assert (fx(references, ("USD", 5)), references.version) == ([7], 1)


def test_a_new_entry_beyond_the_most_is_not_used() -> None:
    """With room for one: the second currency and the second date are not, and no built-in rate is lost."""
    references = References(most=References().size + 1)
    swiss = {"kind": "fx", "id": "CHF", "valid_from": 0, "usd_micros": 1}
    assert references.add(json.dumps(swiss).encode())
    assert not references.add(json.dumps(swiss | {"id": "XAU"}).encode())
    assert not references.add(json.dumps(swiss | {"valid_from": 946_684_800_000, "usd_micros": 2}).encode())
    assert fx(references, ("CHF", 10**12), ("XAU", 5), ("USD", 5)) == [1, None, 1_000_000]
    assert (references.overflowed, references.ignored, references.version) == (2, 0, 3)


def test_a_correction_by_the_same_key_needs_no_room() -> None:
    """At the most, an entry of the same kind, id and date still replaces the one before."""
    references = References(most=References().size)
    assert references.add(b'{"kind": "fx", "id": "USD", "valid_from": 0, "usd_micros": 7}')
    assert (fx(references, ("USD", 5)), references.overflowed) == ([7], 0)


@pytest.mark.parametrize(
    "value", [b"", b"[]", b'{"kind": "fx"}', b'{"kind": "fx", "id": 1, "valid_from": 0}']
)
def test_what_is_no_entry_is_told(value: bytes) -> None:
    """It changes no rate."""
    references = References()
    assert not references.add(value)
    assert fx(references, ("USD", 5)) == [1_000_000]


def test_what_is_refused_is_counted() -> None:
    """An unknown kind, as of a newer producer; an entry without its value; a deletion."""
    references = References()
    assert not references.add(b'{"kind": "moon", "id": "x", "valid_from": 0, "phase": 3}')
    assert not references.add(b'{"kind": "fx", "id": "CHF", "valid_from": 0}')
    assert not references.add(None)
    assert (references.ignored, references.version) == (3, 3)


def test_a_rate_ends() -> None:
    """Valid from 100 until 200: at 199 it holds, at 200 none does; nor does the built-in one come back."""
    euro = {"kind": "fx", "id": "EUR", "valid_from": 100, "valid_until": 200, "usd_micros": 7}
    assert fx(References([euro]), ("EUR", 99), ("EUR", 199), ("EUR", 200)) == [1_080_000, 7, None]


def test_where_a_special_price_ends_the_general_one_holds() -> None:
    """Of tiktok until 200, then the default of all; a version that begins meanwhile ends it earlier."""
    special = price("tiktok:*:*", 10) | {"valid_until": 200}
    rows = [("tiktok", "US", None, at) for at in (50, 150, 199, 200)]
    assert prices(References([special]), *rows) == [10, 10, 10, DEFAULT_PRICE]
    assert prices(References([special, price("tiktok:*:*", 20, 100)]), *rows) == [10, 20, 20, 20]


def test_a_gift_leaves_the_catalogue() -> None:
    """Of the season only: from 200 on there is no such gift, for whoever asks."""
    bell = {"kind": "gift", "id": "bell", "valid_from": 0, "valid_until": 200, "unit_coins": 3}
    references = References([bell])
    assert [references.entry("gift", "bell", at) is None for at in (199, 200)] == [False, True]
    timeline = references.timeline(Lookup("coins", "gift", ("gift_id",), (), field="unit_coins"), ("bell",))
    assert [latest(timeline, at) for at in (199, 200)] == [3, None]


def test_void_ranges_are_those_of_their_partition() -> None:
    """Two of gift 0, in any order; none of gift 1, and none of another topic."""
    references = References()
    for valid_from, first, last in ((1_796_000_000_000, 7, 9), (1_796_000_000_001, 2, 2)):
        entry = {"kind": "void", "id": "gift:0", "valid_from": valid_from}
        entry |= {"first_offset": first, "last_offset": last}
        assert references.add(json.dumps(entry).encode())
    ranges = [references.voids(*place) for place in (("gift", 0), ("gift", 1), ("ad", 0))]
    assert ranges == [((2, 2), (7, 9)), (), ()]


def test_a_gift_has_its_price_of_the_time() -> None:
    """The catalogue's rose is 1 coin until a version says 2."""
    references = References(
        [{"kind": "gift", "id": "rose", "valid_from": 100, "unit_coins": 2, "gift_type": 1}]
    )
    entries = [references.entry("gift", "rose", at) for at in (99, 100)]
    assert [entry.unit_coins for entry in entries if entry] == [1, 2]
    assert references.entry("gift", "no_such", 5) is None


parts = st.tuples(
    st.sampled_from(["tiktok", "douyin", "*"]), st.sampled_from(["US", "*"]), st.sampled_from(["ios", "*"])
)
entries = st.lists(
    st.builds(
        lambda name, at, rate, lasts: (
            price(":".join(name), rate, at) | ({} if lasts is None else {"valid_until": at + lasts})
        ),
        parts,
        st.integers(0, 50),
        st.integers(1, 99),
        st.none() | st.integers(1, 30),
    ),
    max_size=12,
)
places = st.lists(
    st.tuples(
        st.sampled_from(["tiktok", "douyin"]),
        st.sampled_from(["US", "DE"]),
        st.sampled_from(["ios", None]),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=12,
)


@given(entries, places)
def test_the_ledger_looks_up_the_same(
    found: list[dict[str, Any]], rows: list[tuple[str, str, str | None, int]]
) -> None:
    """Any entries, any places and times: the rate of the ledger's own look-up."""
    default = price("*:*:*", DEFAULT_PRICE)
    ledger = RateBook([default, *found])
    assert prices(References(found), *rows) == [ledger.rate("price", row[:3], row[3]) for row in rows]
