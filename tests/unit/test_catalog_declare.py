"""Declarations that contradict each other are refused by name; the catalogue's own do not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import polars as pl
import pytest

from creator_pulse.stream.catalog.declaration.check import check
from creator_pulse.stream.catalog.declaration.declare import WINDOWS, Measure, Metric, Ratio, Sum, Value
from creator_pulse.stream.catalog.declaration.firsts import First
from creator_pulse.stream.catalog.declaration.labels import combinations
from creator_pulse.stream.catalog.registry import MEASURES, METRICS, VALUES, topics_of
from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.settings import Settings

HERE = Measure("here", "gift", "gift_sent", pl.lit(1), "")
THERE = Measure("there", "gift", "gift_sent", pl.lit(1), "", labels=("topic",))


def metric(formula: Sum | Ratio, labels: tuple[str, ...] = ("app", "region"), window: str = "1m") -> Metric:
    """A metric of one value."""
    value = Value("v", formula, "short", (window,), "", labels)
    return Metric("X1", "", "", "core", "gift", (), "", "", "", (value,))


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (metric(Sum({"nowhere": 1})), "no measure 'nowhere'"),
        (metric(Sum({"here": 1}), ("surface",)), "has no label"),
        (metric(Ratio(Sum({"here": 1}), Sum({"there": 1})), ()), "different merge lanes"),
        (metric(Sum({"here": 1}), window="2m"), "no window '2m'"),
    ],
)
def test_a_contradiction_is_refused(wrong: Metric, what: str) -> None:
    """An unknown measure, label or window, or sums that never meet; the text names metric and value."""
    with pytest.raises(CatalogError, match=rf"X1 v: .*{what}"):
        check({"here": HERE, "there": THERE}, (wrong,))


def test_the_catalogue_holds_together() -> None:
    """Each measure that source lanes sum names an event type of its topic, each metric an id of its own."""
    for measure in MEASURES.values():
        if measure.topic != "*" and measure.first is None:
            assert measure.event in {"*", *TOPICS[measure.topic].types()}, measure.id
    assert len({metric.id for metric in METRICS}) == len(METRICS)


def test_measures_of_one_counter_share_labels_and_scale() -> None:
    """A family's series are added up: label names must agree, and what is shown must be one unit."""
    families = defaultdict(set)
    for measure in MEASURES.values():
        if measure.counter:
            families[measure.counter].add(tuple(sorted((*measure.labels, *measure.fixed))))
    assert {name: found for name, found in families.items() if len(found) > 1} == {}


def test_values_of_one_name_differ_in_a_label() -> None:
    """No two values write the same key: a fixed label tells them apart, or the topic that they are of."""
    keys = [
        (value.name, tuple(sorted(value.fixed.items())), topics_of(value) if "topic" in value.labels else ())
        for value in VALUES
    ]
    assert len(set(keys)) == len(keys)


def test_a_value_knows_its_topics() -> None:
    """The north star is made of all four inputs, in order; ad revenue per impression of ads alone."""
    named = {value.name: topics_of(value) for value in VALUES}
    assert named["creator_earnings_per_1000_hours_usd"] == ("ad", "gift", "purchase", "watch")
    assert named["ad_ecpm_usd"] == ("ad",)


def test_windows_are_whole_steps() -> None:
    """Every size is a multiple of its step, so that windows are unions of panes."""
    assert [window.label for window in WINDOWS.values() if window.size_ms % window.step_ms] == []


def test_label_combinations_are_the_configured_ones() -> None:
    """Two apps with 1 and 2 regions, each with ``other``: 5 places, times 3 surfaces."""
    settings = Settings(regions={"tiktok": ("US", "GB"), "douyin": ("CN",)})
    places = list(combinations(("app", "region"), settings, "gift"))
    assert sorted(places) == [
        ("douyin", "CN"),
        ("douyin", "other"),
        ("tiktok", "GB"),
        ("tiktok", "US"),
        ("tiktok", "other"),
    ]
    assert len(list(combinations(("app", "region", "surface"), settings, "watch"))) == 15


@pytest.mark.parametrize(
    ("first", "window", "what"),
    [
        (First(("nowhere",)), "24h", "no measure 'nowhere'"),
        (First(("here",)), "24h", "by the labels of here"),
        (First(("somebody",)), "1m", "known to the hour"),
    ],
)
def test_a_first_that_cannot_be_is_refused(first: First, window: str, what: str) -> None:
    """An unknown measure, one of other labels, and a window that ends within an hour."""
    labels = ("app", "creator_id")
    somebody = replace(HERE, id="somebody", labels=labels)
    measures = {"here": HERE, "somebody": somebody, "first": replace(somebody, id="first", first=first)}
    value = Value("v", Sum({"first": 1}), "short", (window,), "", ("app",))
    with pytest.raises(CatalogError, match=what):
        check(measures, (replace(METRICS[0], values=(value,)),))
