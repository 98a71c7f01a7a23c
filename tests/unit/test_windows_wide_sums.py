"""Sums of the largest values that the contract allows: by identity, by label, in lanes and in formulas."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from creator_pulse.stream.catalog.declaration.declare import LARGEST_NARROW
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.ingestion.group_by import _summed
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.rows import LOW_BITS, Rows, added, column, total, unpacked
from creator_pulse.stream.panes.tables import Table, tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.hash_key import HASH_KEY, identity
from tests.support.records import batch, cells, record

TABLES = tables_of(CATALOGUE)
LARGEST_GIFT = 10**13
"""Coins: ``unit_coins`` to 10^7, ``repeat_count`` to 10^6."""


def summed_by(measure: str, key: str, commits: list[list[bytes]]) -> int:
    """What a gift lane's commits add up to for one identity."""
    lane = Topology(Settings(), HASH_KEY).source_lane("gift")
    table, parts, first = TABLES[measure], [], 0
    for values in commits:
        lane.apply(batch(*values, first=first))
        first += len(values)
        checkpoint = lane.checkpoint(0)
        assert checkpoint is not None
        panes = [
            pane_record.decode(record.value or b"")
            for record in checkpoint.outgoing
            if record.topic == PANE_TOPIC
        ]
        parts += [part for pane in panes for part in pane.parts if part.table == table.name]
    whole = added([unpacked(part.rows, part.keys, part.sums, table.columns) for part in parts], table.lows)
    (row,) = np.flatnonzero(whole.keys[:, 0] == identity(key))
    return int(column(table, whole.sums, measure)[row])


@pytest.mark.parametrize("each", [185, 37])
def test_a_creators_sum_does_not_wrap(each: int) -> None:
    """185 gifts of 10^13 coins at 5,000 micro-USD are 9.25 x 10^18, more than 2^63; in one commit or five."""
    largest = {"unit_coins": 10**7, "repeat_count": 10**6, "creator_id": "c"}
    values = [record("gift", "gift_sent", event_id=f"e{at}", **largest) for at in range(185)]
    commits = [values[at : at + each] for at in range(0, 185, each)]
    assert summed_by("creator_gift_usd_by_creator", "c", commits) == 185 * LARGEST_GIFT * 5_000 > 2**63


def parts_of(table: Table, measure: str, value: int, times: int) -> list[Rows]:
    """Rows of one identity: as many, of a value each."""
    places = table.places(measure)
    sums = np.zeros((times, len(table.columns)), dtype=np.int64)
    for limb, place in enumerate(places):
        low = value >> (LOW_BITS * limb)
        sums[:, place] = low if limb == len(places) - 1 else low & ((1 << LOW_BITS) - 1)
    keys = np.full((times, len(table.keys)), 7, dtype=np.uint64)
    return [Rows(keys, sums)]


@pytest.mark.parametrize(
    ("measure", "largest"),
    [
        ("gifter_coins", LARGEST_GIFT),
        ("pair_coins", LARGEST_GIFT),
        ("viewer_watch_ms", 2 * 86_400_000),
        ("viewers_by_room", 10**12),
        ("creator_ad_usd_by_creator", 10**14 * 10**6 * 10**4),
        ("gifter_sends", 1),
    ],
)
def test_sums_by_identity_have_room(measure: str, largest: int) -> None:
    """Of 100,000 sums of 10,000 records each with the largest value, one identity's is right."""
    table, value = TABLES[measure], 10_000 * largest
    whole = added(parts_of(table, measure, value, 100_000), table.lows)
    assert column(table, whole.sums, measure).tolist() == [100_000 * value]
    assert total(table, whole.sums, measure) == 100_000 * value


def test_one_column_is_for_small_values() -> None:
    """A sum by identity has one column where a row adds at most 2^20, so that 2^43 rows fit."""
    columns = {"gifts": [1], "account_age_days": [2**60]}
    for name, table in TABLES.items():
        if table.keys and len(table.places(name)) == 1:
            value = CATALOGUE.measures[name].value
            known = {name: columns[name] for name in value.meta.root_names()}
            made = pl.DataFrame(known or {"": [0]}).select(value.alias("made")).to_series()
            assert made[0] <= LARGEST_NARROW, name


def test_small_sums_stay_plain_integers() -> None:
    """Sums that are below 2^53 together are of 64 bits, so that formulas are fast; larger ones are exact."""
    table = TABLES["gifter_coins"]
    small = added(parts_of(table, "gifter_coins", 2**40, 2), table.lows)
    large = added(parts_of(table, "gifter_coins", 2**53, 2), table.lows)
    assert column(table, small.sums, "gifter_coins").dtype == np.int64
    assert column(table, large.sums, "gifter_coins").tolist() == [2**54]
    assert column(table, large.sums, "gifter_coins").dtype == object


def test_sums_by_label_do_not_wrap_at_64_bits() -> None:
    """Three opportunities of 2^63 - 1 slots, of which two are of one pane of the watermark."""
    slots = [record("ad", "opportunity", event_id=f"e{at}", slots=2**63 - 1) for at in range(3)]
    assert cells("ad", *slots)["ad_slots", ("tiktok", "US")] == 3 * (2**63 - 1)


def test_sums_by_label_do_not_wrap_at_128_bits() -> None:
    """Rows of 2^126 and of -2^126 each, and a small column beside them: three of group 0, four of group 1."""
    made = pl.DataFrame(
        {
            "wide": pl.Series([2**126] * 3 + [-(2**126)] * 4, dtype=pl.Int128),
            "small": pl.Series([1] * 7, dtype=pl.Int64),
        }
    )
    sums = {row[0]: row[1:] for row in _summed(made, np.array([0, 0, 0, 1, 1, 1, 1]))}
    assert sums == {0: (3 * 2**126, 3), 1: (-(2**128), 4)}
