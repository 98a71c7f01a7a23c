"""However many creators and region codes there are, each family keeps within its budget of series."""

from __future__ import annotations

import dataclasses
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import polars as pl
import pytest

from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import Measure, Sum, Value
from creator_pulse.stream.catalog.declaration.labels import OTHER
from creator_pulse.stream.catalog.pipeline.worker_alerts import SERIES_BUDGET
from creator_pulse.stream.catalog.series_budget import series_budget
from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.lanes.lane import Sample

SETTINGS = Settings(partitions=1, quiet_partitions=1, merge_partitions=1)
BUDGET = series_budget(SETTINGS)
BAD_REGIONS = 300
BATCH = 20_000
FEW, MANY, MILLION = 6, 20_000, 1_000_000
HEAD, TAIL = record("gift", "gift_sent", creator_id="#", region="RR", unit_coins=2).split(b'"#"')
START, REST = HEAD.split(b'"gift-gift_sent"')
BETWEEN, END = TAIL.split(b'"RR"')
"""A gift of 2 coins around its event id, its creator and its region."""


def region(number: int) -> str:
    """Where the gift with a number comes from: every third from one of two countries, others from nowhere."""
    return ("US", "GB")[number % 2] if number % 3 == 0 else f"Q{number % BAD_REGIONS}"


def batches(creators: int) -> Iterator[Batch]:
    """A gift to each creator."""
    for first in range(0, creators, BATCH):
        numbers = range(first, min(first + BATCH, creators))
        values = [
            b'%b"e%d"%b"c%d"%b"%b"%b' % (START, number, REST, number, BETWEEN, region(number).encode(), END)
            for number in numbers
        ]
        yield Batch.of(numbers, [T0] * len(numbers), [b"k"] * len(numbers), values)


class Shown(NamedTuple):
    """The series of the gift lane, and of the merge lane."""

    source: tuple[Sample, ...]
    merge: tuple[Sample, ...]

    @property
    def families(self) -> Counter[str]:
        """Series by family."""
        return Counter(sample.family for sample in (*self.source, *self.merge))


@cache
def shown(creators: int) -> Shown:
    """What is shown after so many creators got a gift, when the minute is over."""
    source = Topology(SETTINGS, HASH_KEY).source_lane("gift")
    merge = Topology(SETTINGS, HASH_KEY).merge_lane()
    offset = 0
    later = record("gift", "gift_sent", event_time=T0 + 120_000, is_test=True)
    for batch in (*batches(creators), Batch.of([creators], [T0 + 120_000], [b"k"], [later])):
        source.apply(batch)
        checkpoint = source.checkpoint(0)
        assert checkpoint is not None
        for sent in checkpoint.outgoing:
            if sent.topic == PANE_TOPIC:
                merge.apply(Batch.of([offset], [T0], [sent.key], [sent.value]))
                offset += 1
    merge.checkpoint(0)
    return Shown(tuple(source.snapshot().samples), tuple(merge.snapshot().samples))


CREATORS = pytest.mark.parametrize("creators", [MANY, pytest.param(MILLION, marks=pytest.mark.slow)])


@CREATORS
def test_each_family_keeps_within_its_budget(creators: int) -> None:
    """Of those that are declared; 300 region codes that nobody configured come with the creators."""
    families = shown(creators).families
    assert {name: number for name, number in families.items() if number > BUDGET.get(name, number)} == {}
    assert families["pulse_gift_coins_total"] == BUDGET["pulse_gift_coins_total"] == 6 + 1 + 1 + 1


@CREATORS
def test_a_creator_adds_no_series(creators: int) -> None:
    """Six creators of both countries and of none, or many: the same series, those of the lanes too."""
    few = shown(FEW).families
    assert {name: (few[name], now) for name, now in shown(creators).families.items() if now > few[name]} == {}


@CREATORS
def test_totals_are_exact(creators: int) -> None:
    """2 coins for each creator, a third of them from two countries, all others from ``other``."""
    counts: Counter[str] = Counter()
    for sample in shown(creators).source:
        if sample.family == "pulse_gift_coins_total":
            counts[dict(sample.labels)["region"]] += round(sample.value)
    wanted = Counter(place if place in {"US", "GB"} else OTHER for place in map(region, range(creators)))
    assert +counts == Counter({place: 2 * number for place, number in wanted.items()})


@CREATORS
def test_windows_are_exact(creators: int) -> None:
    """The minute's gifts by region: as many as there are creators."""
    gifts = {
        dict(sample.labels)["region"]: sample.value
        for sample in shown(creators).merge
        if sample.family == "pulse_gift_count"
        and {("app", "tiktok"), ("state", "provisional"), ("window", "5m")} <= set(sample.labels)
    }
    assert sum(gifts.values()) == creators
    assert gifts["US"] == sum(region(number) == "US" for number in range(creators))


def test_all_families_together_keep_within_what_pages() -> None:
    """With the default regions and 32 partitions of each busy topic."""
    assert sum(series_budget(Settings(partitions=32, merge_partitions=32)).values()) < SERIES_BUDGET


def test_a_region_more_costs_its_series() -> None:
    """A counter by app and region over four partitions: eight places of tiktok and two of douyin."""
    regions = {"tiktok": ("US", "GB", "DE", "BR", "ID", "JP", "FR"), "douyin": ("CN",)}
    assert series_budget(Settings(partitions=4, regions=regions))["pulse_gifts_total"] == 4 * (8 + 2)


COINS = Measure("coins", "gift", "gift_sent", pl.col("coins"), "", labels=("app", "arm"))
VALUE = Value("coins", Sum({"coins": 1}), "short", ("5m",), "", ("app", "arm"))


@pytest.mark.parametrize(
    "catalogue",
    [
        pytest.param(
            Catalogue({"coins": dataclasses.replace(COINS, counter="coins_total")}, ()), id="counter"
        ),
        pytest.param(Catalogue({"coins": COINS}, (VALUE,)), id="window"),
    ],
)
def test_a_label_without_a_bound_is_refused(catalogue: Catalogue) -> None:
    """A free text of a record as a label would have as many series as there are texts."""
    with pytest.raises(CatalogError, match="arm"):
        series_budget(SETTINGS, catalogue)
