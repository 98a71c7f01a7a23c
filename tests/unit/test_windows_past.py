"""Formulas over earlier days, plans and pairs, against numbers counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.stream.aggregates import (
    DaysTo,
    Dependent,
    Each,
    Fallen,
    Paced,
    Reciprocal,
    RepeatShare,
    Retention,
    Volatility,
)
from creator_pulse.stream.aggregates.rules import FewPartners
from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import Measure, Sum, Value
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE
from creator_pulse.stream.events.references import References
from creator_pulse.stream.panes.rows import Rows
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.windows.formula import Formula
from creator_pulse.stream.windows.plans import Plans
from creator_pulse.stream.windows.sums import Sums
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates import OverEach

APP: tuple[str, ...] = ("tiktok",)
DAY = 20_000 * DAY_MS
"""The window's start."""


def measure(name: str, event: str, *labels: str) -> Measure:
    """A sum by app and identities."""
    return Measure(name, "gift", event, ONE, "", where=EVERY, labels=("app", *labels))


MEASURES = {
    declared.id: declared
    for declared in (
        measure("earned", "gift_sent", "creator_id"),
        measure("watched", "heartbeat", "creator_id"),
        measure("begun", "tool_enrolled", "creator_id"),
        measure("given", "gift_reversed", "creator_id", "viewer_id"),
        measure("spent", "impression", "campaign_id"),
    )
}
EARNED = Each(("creator_id",), Sum({"earned": 1}))
Day = dict[str, dict[str, int]]
"""Measure -> ids, with a space between them -> sum."""


def shown(
    formula: OverEach,
    now: Day,
    days: Mapping[int, Day] | None = None,
    size_ms: int = DAY_MS,
    plans: tuple[Mapping[str, object], ...] = (),
) -> str | None:
    """What a formula makes of a window and of the days around its start, by their distance."""
    value = Value("v", formula, "short", ("28d" if isinstance(formula, DaysTo) else "day",), "", ("app",))
    tables = tables_of(Catalogue(MEASURES, (value,)))

    def sums(day: Day, earlier: Mapping[int, Sums]) -> Sums:
        rows = {
            tables[name].name: {
                APP: Rows(
                    np.array(
                        [[HASH_KEY.identity_of(text.encode()) for text in ids.split()] for ids in of_one],
                        dtype=np.uint64,
                    ),
                    np.array([[total] for total in of_one.values()], dtype=np.int64),
                )
            }
            for name, of_one in day.items()
        }
        return Sums({}, rows, days=earlier, span=(DAY, DAY + size_ms))

    known = {DAY + distance * DAY_MS: sums(day, {}) for distance, day in (days or {}).items()}
    made = Formula(value, MEASURES, tables, Plans(References(plans), HASH_KEY))
    return made.results(sums(now, known))[APP].exact


def test_who_comes_back() -> None:
    """Of a, b and c of a week ago a and c are there; nobody without an id counts."""
    before = {"earned": {"a": 1, "b": 2, "c": 3, "-": 9}}
    assert (
        shown(Retention(EARNED), {"earned": {"a": 5, "c": 1, "d": 1, "-": 1}}, {-7: before})
        == "0.666666666666667"
    )


def test_nobody_a_week_ago_is_no_share() -> None:
    """The day before yesterday does not count."""
    assert shown(Retention(EARNED), {"earned": {"a": 5}}, {-6: {"earned": {"a": 1}}}) is None


def test_what_part_is_of_who_comes_back() -> None:
    """Of 5 + 1 + 2 now a and c, who were there a week ago, have 6; nobody without an id counts."""
    before = {"earned": {"a": 1, "c": 3, "e": 4, "-": 9}}
    assert shown(RepeatShare(EARNED), {"earned": {"a": 5, "c": 1, "d": 2, "-": 1}}, {-7: before}) == "0.75"


def test_none_of_it_is_of_who_comes_back() -> None:
    """Somebody was there a week ago, and nobody of them is there now: 0. Nobody was there: no number."""
    now = {"earned": {"a": 5}}
    assert shown(RepeatShare(EARNED), now, {-7: {"earned": {"b": 1}}}) == "0"
    for days in ({-6: {"earned": {"a": 1}}}, {-7: {"earned": {"-": 1}}}):
        assert shown(RepeatShare(EARNED), now, days) is None


def test_by_how_much_figures_change() -> None:
    """From 10, 20 and 40 over a week to 15, 20 and 0: 0.5, 0 and 1. Who is new has no change."""
    days = {-7: {"earned": {"a": 4, "b": 20}}, -1: {"earned": {"a": 6, "c": 40}}, -8: {"earned": {"d": 99}}}
    assert shown(Volatility(EARNED), {"earned": {"a": 15, "b": 20, "d": 1}}, days) == "0.5"


def test_of_two_changes_the_median_is_the_lower() -> None:
    """From 3 to 4 and from 1 to 2: a third, cut after nine digits, and 1."""
    days = {-1: {"earned": {"a": 3, "b": 1}}}
    assert shown(Volatility(EARNED), {"earned": {"a": 4, "b": 2}}, days) == "0.333333333"


def test_without_a_week_before_there_is_no_change() -> None:
    """Not yet is not 0."""
    assert shown(Volatility(EARNED), {"earned": {"a": 4}}, {-8: {"earned": {"a": 4}}}) is None


def test_small_figures_before_do_not_count() -> None:
    """A floor of 3: that 2 stay 2 does not count; from 3 to 6 is 1."""
    floored = Volatility(Each(("creator_id",), Sum({"earned": 1}), floor=3))
    days = {-1: {"earned": {"a": 2, "b": 3}}}
    assert shown(floored, {"earned": {"a": 2, "b": 6}}, days) == "1"


def test_who_fell() -> None:
    """Of four with a median day of 10 two earn less than 5, one of them nothing; a fifth is not watched."""
    days = {-back: {"earned": dict.fromkeys("abcde", 10 if back > 9 else 99)} for back in range(1, 29)}
    now = {"earned": {"a": 4, "b": 5, "c": 40}, "watched": dict.fromkeys("abcd", 1)}
    fallen = Fallen(EARNED, active=Each(("creator_id",), Sum({"watched": 1})))
    assert shown(fallen, now, days) == "0.5"


@pytest.mark.parametrize(("days", "wanted"), [(14, None), (15, "1")])
def test_who_has_no_usual_day_is_not_of_the_panel(days: int, wanted: str | None) -> None:
    """Who has earned on fewer than 15 of 28 days has a median day of 0: no share, rather than one of 0."""
    before = {-back: {"earned": {"a": 10}} for back in range(1, days + 1)}
    fallen = Fallen(EARNED, active=Each(("creator_id",), Sum({"watched": 1})))
    assert shown(fallen, {"watched": {"a": 1}}, before) == wanted


def test_a_median_day_below_zero_is_no_usual_day() -> None:
    """Of a, with 10 a day, and b, with -1 on 15 days and 99 on 13, a fell: 1 of 1, not of 2."""
    days = {-back: {"earned": {"a": 10, "b": -1 if back <= 15 else 99}} for back in range(1, 29)}
    fallen = Fallen(EARNED, active=Each(("creator_id",), Sum({"watched": 1})))
    assert shown(fallen, {"earned": {"a": 4, "b": -9}, "watched": {"a": 1, "b": 1}}, days) == "1"


def test_the_panel_is_the_largest() -> None:
    """With a panel of one only the larger creator counts."""
    days = {-back: {"earned": {"a": 10, "b": 9}} for back in range(1, 29)}
    now = {"earned": {"a": 10, "b": 0}, "watched": {"a": 1, "b": 1}}
    fallen = Fallen(EARNED, active=Each(("creator_id",), Sum({"watched": 1})), panel=1)
    assert shown(fallen, now, days) == "0"


def test_who_lives_on_one() -> None:
    """Of a, b, c and d a has 81 of 100 from x, b 80, c nothing, and d 9 of nobody; e is not of the panel."""
    days = {-1: {"earned": dict.fromkeys("abcd", 1)}}
    given = {"a x": 81, "a y": 19, "b x": 80, "b y": 20, "d -": 9, "e x": 50}
    now = {"given": given, "watched": dict.fromkeys("abcde", 1)}
    formula = Dependent(
        EARNED, active=Each(("creator_id",), Sum({"watched": 1})), on=FewPartners("given", 1, 80)
    )
    assert shown(formula, now, days) == "0.25"


def test_who_is_not_watched_is_not_asked_on_whom_they_live() -> None:
    """Of a, who lives on one, and b, who does not, a is watched; without a day before there is no panel."""
    given = {"given": {"a x": 5, "b x": 5, "b y": 5}, "watched": {"a": 1}}
    active = Each(("creator_id",), Sum({"watched": 1}))
    formula = Dependent(EARNED, active=active, on=FewPartners("given", 1, 80))
    assert shown(formula, given, {-1: {"earned": {"a": 1, "b": 1}}}) == "1"
    assert shown(formula, given) is None


def test_days_to_the_first_dollar() -> None:
    """Who: a takes 0 days, b 3, c 5; d is one short of it, and e began before the window: the median is 3."""
    days = {
        0: {"begun": {"a": 1, "b": 1, "d": 1}, "earned": {"a": 10, "b": 4, "c": 99, "e": 50}},
        2: {"begun": {"c": 1}, "earned": {"b": 5, "d": 9}},
        3: {"earned": {"b": 1}},
        7: {"earned": {"c": 10}},
    }
    now = {"begun": {"a": 1, "b": 1, "c": 1, "d": 1}, "earned": {"a": 10, "b": 10, "c": 109, "d": 9, "e": 50}}
    formula = DaysTo(Each(("creator_id",), Sum({"earned": 1}), floor=10), begin="begun")
    assert shown(formula, now, days, 28 * DAY_MS) == "3"


def test_what_flows_both_ways() -> None:
    """The pair a, b: 30 of 30 and 50; c gave to c: 5 of 5; of 100 coins, 15 of which carry no viewer."""
    given = {"a b": 30, "b a": 50, "c c": 5, "- a": 15}
    assert shown(Reciprocal(Each(("creator_id", "viewer_id"), Sum({"given": 1}))), {"given": given}) == "0.35"


def plan(begin_h: int, end_h: int, usd: int) -> Mapping[str, object]:
    """What k plans to spend between two hours of the window's day."""
    at = {"valid_from": DAY + begin_h * HOUR_MS, "valid_until": DAY + end_h * HOUR_MS}
    return {"kind": "campaign", "id": "k", "usd_micros": usd * 10**6, **at}


@pytest.mark.parametrize(
    ("plans", "wanted"),
    [
        ((plan(0, 24, 20),), "1.5"),
        ((plan(-24, 24, 40),), "1.5"),
        ((plan(12, 48, 60),), "1.5"),
        ((plan(0, 24, 40), plan(12, 36, 20)), "1"),
        ((plan(24, 48, 20),), None),
        ((), None),
    ],
)
def test_spend_by_plan(plans: tuple[Mapping[str, object], ...], wanted: str | None) -> None:
    """30 USD by a plan of 20 for the day: in all, half of 40, a third of 60, 20 + 10; or by none."""
    formula = Paced(Each(("campaign_id",), Sum({"spent": 1})), plan="campaign")
    assert shown(formula, {"spent": {"k": 30, "nobody": 7}}, plans=plans) == wanted


def test_how_far_back_a_formula_reads() -> None:
    """A week, or 28 days and what is left of the last; others read their window only."""
    assert Retention(EARNED).past == (("earned",), 7 * DAY_MS)
    assert RepeatShare(EARNED).past == (("earned",), 7 * DAY_MS)
    assert Volatility(EARNED).past == (("earned",), 7 * DAY_MS)
    assert Fallen(EARNED, active=EARNED).past == (("earned",), 29 * DAY_MS)
    assert Reciprocal(EARNED).past == ((), 0)
