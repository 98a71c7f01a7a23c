"""Quantiles within their stated error, and figures over identities against direct ones."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.aggregates import (
    Breadth,
    Each,
    Flagged,
    Gini,
    Number,
    Per,
    Quantile,
    QuantileOf,
    Reach,
    TopK,
    TopShare,
)
from creator_pulse.stream.aggregates.buckets import bucket_of, middle
from creator_pulse.stream.aggregates.rules import Above, FewPartners, ManyPartners, YoungPartners
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import Measure, Ratio, Sum, Value
from creator_pulse.stream.panes.rows import Rows, added
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.windows.formula import Formula
from creator_pulse.stream.windows.sums import Sums
from tests.support.hash_key import HASH_KEY, identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.stream.aggregates import Aggregate
    from creator_pulse.stream.aggregates.result import Result
    from creator_pulse.stream.panes.tables import Table

Cells = dict[str, dict[Any, int]]
"""Measure id -> labels but for the app -> sum."""
APP = ("tiktok",)
STATED_ERROR = Fraction(2, 100)
"""Of a quantile over records, as the catalogue page states it."""


def measure(name: str, *labels: str) -> Measure:
    """A sum by app and further labels."""
    return Measure(name, "gift", "gift_sent", pl.col("coins"), "", labels=("app", *labels))


MEASURES = {
    declared.id: declared
    for declared in (
        measure("sizes", "bucket"),
        measure("coins", "viewer_id"),
        measure("watched", "viewer_id"),
        measure("pairs", "creator_id", "viewer_id"),
        measure("ages", "creator_id", "viewer_id"),
        measure("plain"),
    )
}
COINS = Each(("viewer_id",), Sum({"coins": 1}))


def results(
    formula: Aggregate, sums: Cells, labels: tuple[str, ...] = ("app",)
) -> dict[tuple[str, ...], Result]:
    """What a formula makes of sums of one app."""
    value = Value("v", formula, "short", ("1h",), "", labels)
    tables = tables_of(Catalogue(MEASURES, (value,)))
    plain: Cells = {name: {APP: of_one[()]} for name, of_one in sums.items() if not tables[name].keys}
    names = {
        HASH_KEY.identity_of(text.encode()): text
        for of_one in sums.values()
        for key in of_one
        for text in map(str, key)
    }
    rows: dict[str, list[Rows]] = {}
    keyed = {name: table for name, table in tables.items() if table.keys}
    for name, table in keyed.items():
        rows.setdefault(table.name, []).append(_rows(table, name, sums.get(name, {})))
    whole = {table.name: added(rows[table.name], table.lows) for table in keyed.values()}
    held: dict[str, Any] = {name: {APP: of_one} for name, of_one in whole.items() if len(of_one.keys)}
    return Formula(value, MEASURES, tables).results(Sums(plain, held, names))


def _rows(table: Table, name: str, sums: dict[Any, int]) -> Rows:
    """The sums of one measure as rows of its table."""
    keys = np.array(
        [[one if isinstance(one, int) else identity(one) for one in key] for key in sums],
        dtype=np.uint64,
    ).reshape(len(sums), len(table.keys))
    columns = np.zeros((len(sums), len(table.columns)), dtype=np.int64)
    columns[:, table.columns.index(name)] = list(sums.values())
    return Rows(keys, columns)


def number(formula: Aggregate, sums: Cells) -> Fraction | None:
    """The one number of an app."""
    exact = results(formula, sums)[APP]
    return None if exact.exact is None else Fraction(exact.exact) / exact.scale


def viewers(*coins: int) -> dict[tuple[str, ...], int]:
    """Viewers by number with their coins."""
    return {(f"v{place}",): one for place, one in enumerate(coins)}


SKEWED: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "lognormal": lambda rng: rng.lognormal(3, 2.7, 20_000),
    "heavy tail": lambda rng: rng.pareto(0.6, 20_000) * 10,
    "gift catalogue": lambda rng: rng.choice(
        [1, 5, 10, 99, 1_000, 44_999], 20_000, p=[0.6, 0.2, 0.1, 0.07, 0.02, 0.01]
    ),
    "micro-USD": lambda rng: rng.lognormal(17, 0.9, 20_000),
}


@pytest.mark.parametrize("kind", SKEWED)
@pytest.mark.parametrize("permille", [500, 950, 990, 999])
def test_a_quantile_is_within_its_stated_error(kind: str, permille: int) -> None:
    """At most 2 % from the exact one, on skewed data with a heavy tail."""
    sizes = np.minimum(SKEWED[kind](np.random.default_rng(7)), 1e15).astype(np.int64)
    places, counts = np.unique(bucket_of(sizes), return_counts=True)
    sums = {(int(place),): int(count) for place, count in zip(places, counts, strict=True)}
    exact = int(np.sort(sizes)[(len(sizes) - 1) * permille // 1000])
    shown = number(Quantile("sizes", permille), {"sizes": sums})
    assert shown is not None
    assert abs(shown - exact) <= exact * STATED_ERROR


@given(st.integers(0, 2**62))
def test_every_size_is_within_two_percent_of_its_bucket(size: int) -> None:
    """What stands for a bucket is at most 2 % from each integer in it, whatever its size."""
    (place,) = bucket_of(np.array([size]))
    top, bottom = middle(int(place))
    assert abs(Fraction(top, bottom) - size) <= size * STATED_ERROR


@pytest.mark.parametrize("size", [-5, 0, 1, 24])
def test_small_integers_are_exact(size: int) -> None:
    """Below 25 each integer has a bucket of its own; what is negative counts as 0."""
    (place,) = bucket_of(np.array([size]))
    assert Fraction(*middle(int(place))) == max(size, 0)


def test_the_same_set_gives_the_same_text_in_any_order() -> None:
    """Shuffled and cut elsewhere: equal buckets, and so equal bytes (replay law)."""
    sizes = np.random.default_rng(3).lognormal(5, 2, 5_000).astype(np.int64)
    shuffled = np.array(Random(1).sample(sizes.tolist(), len(sizes)))
    found = []
    for one in (sizes, shuffled):
        sums: dict[tuple[int, ...], int] = {}
        for part in np.array_split(one, 7):
            for place in bucket_of(part).tolist():
                sums[place,] = sums.get((place,), 0) + 1
        found.append(results(Quantile("sizes", 950), {"sizes": sums})[APP].exact)
    assert found[0] == found[1]


def test_no_record_has_no_quantile() -> None:
    """Absent, not 0."""
    assert results(Quantile("sizes", 500), {}) == {}


def test_the_tail_of_identities_is_exact() -> None:
    """Of 1 to 100 coins the 95th of the hundred, at place 94: 95 coins."""
    assert number(QuantileOf(COINS, 950), {"coins": viewers(*range(100, 0, -1))}) == 95


def test_who_has_nothing_or_no_id_is_not_counted() -> None:
    """Two viewers; no id, ``-`` and 0 coins are passed over."""
    sums = {("a",): 5, ("b",): 1, ("",): 9, ("-",): 9, ("c",): 0}
    assert number(Number(COINS), {"coins": sums}) == 2


def test_equal_incomes_have_a_gini_of_zero() -> None:
    """Ten times the same."""
    assert number(Gini(COINS), {"coins": viewers(*[7] * 10)}) == 0


def test_a_gini_by_hand() -> None:
    """1, 1, 1, 1, 96: 2 * (1 + 2 + 3 + 4 + 5 * 96) / (5 * 100) - 6 / 5 = 0.76."""
    assert number(Gini(COINS), {"coins": viewers(96, 1, 1, 1, 1)}) == Fraction(76, 100)


def test_the_top_percent_is_rounded_up() -> None:
    """Of 150 identities the top 1 % are two."""
    assert number(TopShare(COINS, percent=1), {"coins": viewers(*[1] * 148, 26, 26)}) == Fraction(52, 200)


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(0, 30))
def test_top_and_other_are_the_total(coins: list[int], unknown: int) -> None:
    """Whoever has no id is among the others."""
    sums = {**viewers(*coins), ("",): unknown}
    made = results(TopK(COINS, k=20), {"coins": sums}, ("app", "rank"))
    assert sum(int(value.exact or 0) for value in made.values()) == sum(coins) + unknown
    ranked = [
        int(made["tiktok", str(rank)].exact or 0) for rank in range(1, 21) if ("tiktok", str(rank)) in made
    ]
    assert ranked == sorted((one for one in coins if one), reverse=True)[:20]


def test_of_equal_figures_the_smaller_id_is_first() -> None:
    """So that the same sums give the same leaderboard."""
    made = results(TopK(COINS, k=2), {"coins": {("b",): 3, ("c",): 3, ("a",): 3}}, ("app", "rank"))
    assert [made["tiktok", rank].who for rank in ("1", "2", "other")] == [("a",), ("b",), ()]


def test_a_sum_by_the_number_of_somebody() -> None:
    """12 watched seconds of 3 viewers who gave: 4 each."""
    sums: Cells = {"coins": viewers(1, 1, 1), "watched": {("x",): 12}}
    assert number(Per(COINS, of=Sum({"watched": 1})), sums) == 4


def test_a_reach_is_a_number_by_a_number() -> None:
    """2 of 8 viewers with ten seconds or more gave."""
    watched = {(f"w{place}",): 10 for place in range(8)} | {("short",): 9}
    among = Each(("viewer_id",), Sum({"watched": 1}), {"watched": 10})
    assert number(Reach(COINS, among=among), {"coins": viewers(1, 1), "watched": watched}) == Fraction(1, 4)


def test_a_step_is_of_those_who_came_so_far() -> None:
    """Of a, b and c with coins only a watched for longer than it has coins; d watched without coins."""
    step = Each(("viewer_id",), Sum({"coins": 1}), also=(Sum({"watched": 1, "coins": -1}),))
    sums: Cells = {
        "coins": {("a",): 1, ("b",): 3, ("c",): 1},
        "watched": {("a",): 3, ("b",): 3, ("d",): 9},
    }
    assert number(Number(step), sums) == 1


def test_the_mean_number_of_ways() -> None:
    """Of a, b and c all have coins, and c watched, too: 4 ways of 3 viewers. d is below 0 in all."""
    all_of_them = Each(("viewer_id",), Sum({"coins": 2, "watched": -1}))
    ways = Breadth(all_of_them, ways=(COINS, Each(("viewer_id",), Sum({"watched": 1}))))
    sums: Cells = {"coins": {("a",): 9, ("b",): 9, ("c",): 9}, "watched": {("c",): 1, ("d",): 5}}
    assert number(ways, sums) == Fraction("1.33333333333333")
    assert number(ways, {"coins": {}, "watched": {("d",): 5}}) is None


def test_a_floor_is_in_the_unit_shown() -> None:
    """At least 3 coins: two of three."""
    each = Each(("viewer_id",), Sum({"coins": 1}), floor=3)
    assert number(Number(each), {"coins": viewers(2, 3, 4)}) == 2


def flagged(*when: Above | FewPartners | ManyPartners | YoungPartners, **pairs: dict[Any, int]) -> list[str]:
    """The creators that meet all conditions."""
    made = results(Flagged(("creator_id",), when), pairs)
    return [flag.who[0] for flag in made[APP].flags] if made else []


def test_few_partners_hold_more_than_a_share() -> None:
    """81 of 100 from one is over 80 %, 80 is not; who has no id is nobody's partner."""
    pairs = {("a", "v"): 81, ("a", "w"): 19, ("b", "v"): 80, ("b", "w"): 20, ("c", ""): 100}
    assert flagged(FewPartners("pairs", 1, 80), pairs=pairs) == ["a"]


def test_many_partners() -> None:
    """Five known senders, not four and one without an id."""
    pairs = (
        {("a", f"v{number}"): 1 for number in range(5)}
        | {("b", f"v{number}"): 1 for number in range(4)}
        | {("b", ""): 1}
    )
    assert flagged(ManyPartners("pairs", 5), pairs=pairs) == ["a"]


def test_the_median_partner_is_young() -> None:
    """Mean ages 10, 29 and 400 have the median 29; 10, 30 and 400 have 30, which is not below 30."""
    count = {(who, viewer): 2 for who in "ab" for viewer in "xyz"}
    ages = {("a", "x"): 20, ("a", "y"): 58, ("a", "z"): 800, ("b", "x"): 20, ("b", "y"): 60, ("b", "z"): 800}
    assert flagged(YoungPartners("ages", "pairs", 30), pairs=count, ages=ages) == ["a"]


def test_every_condition_must_be_met() -> None:
    """Much, and from one: the other is dependent on one, but of little."""
    pairs = {("a", "v"): 1_000, ("b", "v"): 10}
    when = (Above(Sum({"pairs": 1}), 500), FewPartners("pairs", 1, 80))
    assert flagged(*when, pairs=pairs) == ["a"]


def test_a_ratio_of_an_identity_is_a_figure() -> None:
    """Coins per watched second over 2: 5 / 2 is, 4 / 2 is not."""
    rule = Flagged(("viewer_id",), (Above(Ratio(Sum({"coins": 1}), Sum({"watched": 1})), 2),))
    made = results(rule, {"coins": viewers(5, 4), "watched": viewers(2, 2)})[APP]
    assert [(flag.who, flag.evidence) for flag in made.flags] == [
        (("v0",), (("coins+watched", "2.5", "> 2"),))
    ]


def test_a_share_is_of_those_with_any_sum() -> None:
    """One of four."""
    rule = Flagged(("viewer_id",), (Above(Sum({"coins": 1}), 10),), share=True)
    assert number(rule, {"coins": viewers(11, 1, 1, 1)}) == Fraction(1, 4)
