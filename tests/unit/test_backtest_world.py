"""Synthetic worlds: what happens in them, and what stays as it was."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.proof.backtest.change import touched
from creator_pulse.proof.backtest.flows import Flows, stream
from creator_pulse.proof.backtest.places import APPS, PLACES, largest
from creator_pulse.proof.backtest.sums import DAY, HOUR, WEEK, MinuteSums, SeriesKey
from creator_pulse.proof.backtest.synthetic import START, happen, is_clean, synthetic
from creator_pulse.proof.backtest.unusual import unusual
from creator_pulse.proof.backtest.wrong import percent, wrong

if TYPE_CHECKING:
    from creator_pulse.proof.backtest.plan import IncidentPlan

MINUTES = 3 * HOUR
BEGIN, SHORT = 40, 30
PLANS = (*wrong(), *unusual())


@cache
def quiet_world() -> MinuteSums:
    """Three hours in which nothing happens."""
    return Flows(5, 2000.0, 0.0, START, MINUTES).draw()


def copied(sums: MinuteSums) -> MinuteSums:
    """Sums of their own."""
    copy = MinuteSums(sums.minutes)
    for key in sums:
        copy[key] = sums[key].copy()
    return copy


def after(plan: IncidentPlan, minutes: int) -> tuple[MinuteSums, MinuteSums, set[SeriesKey]]:
    """The quiet world, the same after a plan has happened in it, and the series that it names."""
    before, sums = quiet_world(), copied(quiet_world())
    short = replace(plan, minutes=minutes)
    apps = APPS if plan.scope == "platform" else APPS[:1]
    happen(sums, START, short, apps, START + BEGIN, stream(1, "test"))
    places = [largest(APPS[0])] if plan.scope == "region" else None
    named = set[SeriesKey]()
    for place in PLACES:
        if place.app in apps and (places is None or place.region in places):
            named |= touched(plan.changes(minutes), place.app, place.region)
    return before, sums, named


@pytest.mark.parametrize("plan", PLANS, ids=[f"{plan.name} {plan.size}" for plan in PLANS])
def test_a_plan_changes_only_what_it_names(plan: IncidentPlan) -> None:
    """Series that it does not name, and minutes outside of it, are as they were."""
    before, sums, named = after(plan, SHORT)
    inside = slice(BEGIN, BEGIN + SHORT)
    for key in before:
        changed = before[key] != sums[key]
        if key in named:
            changed[inside] = False
        assert not changed.any(), key


@pytest.mark.parametrize(
    "plan",
    [plan for plan in PLANS if not plan.stalls and plan.minutes < DAY],
    ids=[f"{plan.name} {plan.size}" for plan in PLANS if not plan.stalls and plan.minutes < DAY],
)
def test_a_plan_changes_something(plan: IncidentPlan) -> None:
    """A label without a change would be a lie."""
    before, sums, named = after(plan, SHORT)
    assert any((before[key] != sums[key]).any() for key in named)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.15])
def test_gifts_vanish_by_their_share(share: float) -> None:
    """Of some 60,000 gifts within half an hour, what remains is 1 - share to within 2 %."""
    (plan,) = (plan for plan in wrong() if plan.name == "gifts vanish" and plan.size == percent(share))
    before, sums, _ = after(plan, SHORT)
    inside = slice(BEGIN, BEGIN + SHORT)
    regions = before.places("tiktok", "gifts")
    old, new = (
        sum(int(world[SeriesKey("gifts", "tiktok", region)][inside].sum()) for region in regions)
        for world in (before, sums)
    )
    assert old > 20_000
    assert abs(new / old - (1 - share)) < 0.02


def test_failures_move_and_do_not_vanish() -> None:
    """Completed and failed checkouts together are as many as before."""
    (plan,) = (plan for plan in wrong() if (plan.name, plan.size) == ("checkout fails", "30 %"))
    before, sums, _ = after(plan, SHORT)
    for region in before.places("tiktok", "gifts"):
        completed, failed = (
            SeriesKey(measure, "tiktok", region) for measure in ("checkouts_completed", "checkouts_failed")
        )
        assert (before[completed] + before[failed] == sums[completed] + sums[failed]).all()


def test_lost_gifts_are_lost_records() -> None:
    """Records of the topic fall by the gifts that vanish, of one app."""
    (plan,) = (plan for plan in wrong() if (plan.name, plan.size) == ("gifts vanish", "50 %"))
    before, sums, _ = after(plan, SHORT)
    lost = sum(before[key] - sums[key] for key in before if (key.measure, key.app) == ("gifts", "tiktok"))
    records = SeriesKey("records_read", "", "gift")
    assert (before[records] - sums[records] == lost).all()


def test_the_same_seed_is_the_same_world() -> None:
    """To the bit, labels included; another seed is another world."""
    one, same, other = (synthetic(seed, 100, 1, history_weeks=0) for seed in (4, 4, 5))
    assert one.incidents == same.incidents
    assert all((one.sums[key] == same.sums[key]).all() for key in one.sums)
    assert any((one.sums[key] != other.sums[key]).any() for key in one.sums)


@pytest.mark.slow
def test_everything_happens_once_in_eight_weeks() -> None:
    """Each plan has its place, unless it was crowded out: nearly all of them."""
    world = synthetic(6, 10, 8, history_weeks=0)
    labels = {(incident.name, incident.size) for incident in world.incidents}
    plans = {(plan.name, plan.size) for plan in PLANS}
    assert labels <= plans | {("clean week", "")}
    assert len(labels & plans) >= 0.95 * len(plans)


@pytest.mark.slow
def test_nothing_happens_in_clean_weeks() -> None:
    """No label, nor the hours after one, lies in them; and incidents of an app do not overlap."""
    world = synthetic(6, 10, 8, history_weeks=0)
    clean = [(incident.start, incident.end) for incident in world.incidents if incident.kind == "clean"]
    assert [(start - world.judged) // WEEK for start, _ in clean] == [w for w in range(8) if is_clean(w)]
    for incident in world.incidents:
        assert incident.kind == "clean" or all(
            incident.end <= start or end <= incident.start for start, end in clean
        )
    for app in APPS:
        wrongs = [
            incident
            for incident in world.incidents
            if incident.kind == "incident" and incident.app in {"", app}
        ]
        assert all(first.end <= second.start for first, second in pairwise(wrongs))


def test_days_have_a_rhythm() -> None:
    """Viewers of a region: several times as many in its evening as in its morning."""
    sums = Flows(3, 5000.0, 0.0, START, DAY).draw()
    beats = sums[SeriesKey("heartbeats", "tiktok", "GB")]
    evening, morning = beats[20 * HOUR : 22 * HOUR].mean(), beats[7 * HOUR : 9 * HOUR].mean()
    assert 3.0 < evening / morning < 8.0


@pytest.mark.slow
def test_the_rate_is_that_of_gifts_at_the_larger_app() -> None:
    """A week at 1,000 a minute has 1,000 of them a minute, to within 15 %: levels wander."""
    sums = Flows(3, 1000.0, 0.0, START, WEEK).draw()
    gifts = sum(sums[key].mean() for key in sums if (key.measure, key.app) == ("gifts", "tiktok"))
    assert abs(gifts / 1000 - 1) < 0.15


def test_counts_are_whole_and_not_below_zero() -> None:
    """Sums are integers, whatever was done to them."""
    assert all(quiet_world()[key].dtype == np.int64 for key in quiet_world())
    assert all((quiet_world()[key] >= 0).all() for key in quiet_world())


@pytest.mark.slow
def test_a_packed_week_has_nearly_everything_that_is_short() -> None:
    """Of what lasts less than a day at least four of five have room in one week, and no week is clean."""
    world = synthetic(6, 10, 1, history_weeks=0, packed=True)
    short = [plan for plan in PLANS if plan.minutes < DAY]
    assert len(world.incidents) >= 0.8 * len(short)
    assert {incident.kind for incident in world.incidents} == {"incident", "unusual"}
