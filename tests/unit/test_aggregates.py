"""What each kind of aggregate says of itself: what adds up or grows, its series, the labels it asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from creator_pulse.stream.aggregates import (
    BUCKET,
    Aggregate,
    Breadth,
    DaysTo,
    Dependent,
    Each,
    Fallen,
    Flagged,
    Gini,
    Number,
    OverEach,
    Paced,
    Per,
    Quantile,
    QuantileOf,
    Ratio,
    Reach,
    Reciprocal,
    RepeatShare,
    Retention,
    Sum,
    TopK,
    TopShare,
    Volatility,
)
from creator_pulse.stream.aggregates.rules import (
    Above,
    AbovePeers,
    Below,
    FewPartners,
    ManyAlike,
    ManyPartners,
    RuleCondition,
    YoungPartners,
)
from creator_pulse.stream.catalog.declaration.check import check
from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.errors import CatalogError

COINS, WATCHED = Sum({"coins": 1}), Sum({"watched": 1})
EACH, VIEWERS = Each(("creator_id",), COINS), Each(("viewer_id",), WATCHED)
RULE = Flagged(("viewer_id",), (Above(COINS, 10),))
OTHERS: tuple[Aggregate, ...] = (
    Ratio(COINS, WATCHED),
    Quantile("sizes", 950),
    QuantileOf(EACH),
    Gini(EACH),
    TopShare(EACH, count=1),
    Per(EACH, of=WATCHED),
    Reach(EACH, among=VIEWERS),
    Retention(EACH),
    RepeatShare(EACH),
    Volatility(EACH),
    Breadth(EACH, ways=(EACH, VIEWERS)),
    Fallen(EACH, active=EACH),
    Dependent(EACH, active=EACH, on=FewPartners("pairs", 1, 50)),
    DaysTo(EACH, begin="joined"),
    Reciprocal(EACH),
    Paced(EACH, plan="campaign"),
)
"""Shares, quantiles and quotients: none of them is the sum of its parts."""


@pytest.mark.parametrize(
    ("aggregate", "addable", "grows"),
    [
        (COINS, True, True),
        (Number(EACH), False, True),
        (TopK(EACH), True, True),
        (TopK(EACH, share=True), False, False),
        (RULE, True, True),
        (replace(RULE, share=True), False, False),
        *((aggregate, False, False) for aggregate in OTHERS),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_adds_up_and_what_grows(aggregate: Aggregate, addable: bool, grows: bool) -> None:
    """Sums add up over labels; viewers of two regions may be the same ones, but more of them is more."""
    assert (aggregate.addable, aggregate.grows) == (addable, grows)


@pytest.mark.parametrize(
    ("aggregate", "series"),
    [(COINS, 1), (RULE, 1), (TopK(EACH, k=3), 4), *((aggregate, 1) for aggregate in OTHERS)],
    ids=lambda one: type(one).__name__,
)
def test_series_of_one_set_of_labels(aggregate: Aggregate, series: int) -> None:
    """One number has one; a leaderboard has its ranks and the others."""
    assert aggregate.series == series


def test_labels_that_nobody_counts_are_refused() -> None:
    """A kind that makes labels says how many values they have, or its family has no budget."""

    class Unbounded(TopK):
        series = Aggregate.series

    with pytest.raises(CatalogError, match=r"nobody says how many values \['rank'\] may have"):
        _ = Unbounded(EACH).series


@pytest.mark.parametrize(
    ("aggregate", "named"),
    [
        (COINS, False),
        (TopK(EACH), True),
        (RULE, True),
        (replace(RULE, cases=False), False),
        (OTHERS[0], False),
    ],
)
def test_whose_names_are_wanted(aggregate: Aggregate, named: bool) -> None:
    """Live views name the ranks, and cases the flagged; all else counts hashes."""
    assert aggregate.names_somebody is named


@pytest.mark.parametrize(
    ("aggregate", "measure", "labels"),
    [
        (COINS, "coins", ()),
        (Quantile("sizes", 950), "sizes", (BUCKET,)),
        (Number(EACH), "coins", ("creator_id",)),
        (Per(EACH, of=WATCHED), "watched", ()),
        (Reach(EACH, among=VIEWERS), "watched", ("viewer_id",)),
        (Fallen(EACH, active=VIEWERS), "watched", ("viewer_id",)),
        (DaysTo(EACH, begin="joined"), "joined", ("creator_id",)),
        (RULE, "coins", ("viewer_id",)),
        (
            Flagged(("room_id", "viewer_id"), (Below(("room_id",), WATCHED, 5, "readings"),)),
            "readings",
            ("room_id",),
        ),
    ],
)
def test_labels_that_a_measure_must_have(aggregate: Aggregate, measure: str, labels: tuple[str, ...]) -> None:
    """Those that name the identities, or the sizes, that are looked at."""
    assert aggregate.hidden_of(measure) == labels


@pytest.mark.parametrize(
    ("condition", "measures"),
    [
        (Above(Ratio(COINS, WATCHED), 5), ("coins", "watched")),
        (AbovePeers("coins", "viewers", "readings", 999, 1, 1), ("coins", "viewers", "readings")),
        (Below(("room_id",), Ratio(COINS, WATCHED), 5, "coins"), ("coins", "watched")),
        (FewPartners("pairs", 3, 90), ("pairs",)),
        (ManyAlike("equal", 20), ("equal",)),
        (ManyPartners("pairs", 5), ("pairs",)),
        (YoungPartners("ages", "pairs", 30), ("ages", "pairs")),
    ],
)
def test_measures_of_a_rule(condition: RuleCondition, measures: tuple[str, ...]) -> None:
    """Each once, in the order in which they are named."""
    assert condition.measures == measures
    assert Flagged(("viewer_id",), (condition, condition)).measures == measures


@pytest.mark.parametrize(
    "aggregate",
    [aggregate for aggregate in OTHERS if isinstance(aggregate, OverEach)],
    ids=lambda aggregate: type(aggregate).__name__,
)
def test_every_measure_is_named_once(aggregate: OverEach) -> None:
    """What is read twice, as of those that are and of those that could have been, is one measure."""
    assert len(set(aggregate.measures)) == len(aggregate.measures)
    assert set(aggregate.measures) >= set(aggregate.each.measures)


@pytest.mark.parametrize("label", [BUCKET, "amount"])
def test_a_label_of_sizes_needs_a_bucket(label: str) -> None:
    """Without ``Measure.bucket`` nobody says what its value is."""
    measure = replace(MEASURES["gift_coins"], labels=("app", label))
    with pytest.raises(
        CatalogError, match=r"^gift_coins: a label amount or bucket and a bucket go together$"
    ):
        check({"gift_coins": measure}, ())
