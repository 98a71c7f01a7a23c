"""Growth of whole days: when there is none yet, what is shown meanwhile, and what late records do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.few_events import DAY_MS, HOUR_MS, MIDNIGHT, event, last, number, shown, time_records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.stream.generator.model import Produced

TEN = 10 * HOUR_MS
DOLLAR = 10**6
RATIO = "gmv_day_on_day_ratio"


def orders(*usd: int) -> list[Produced]:
    """One order a day, of so many dollars; none of 0."""
    return [
        event("order_completed", day * DAY_MS + TEN, value_micros=amount * DOLLAR)
        for day, amount in enumerate(usd)
        if amount
    ]


def by_day(name: str, windows: Sequence[Mapping[str, Any]], days: int) -> list[float | None]:
    """What was stated last of each day."""
    return [last(windows, name, "yesterday", (day + 1) * DAY_MS, region="US") for day in range(days)]


def closed(days: int, records: Sequence[Produced], name: str = RATIO) -> list[dict[str, Any]]:
    """Results once so many days have closed."""
    return shown([name], [*records, *time_records(days * DAY_MS + HOUR_MS)], most=50)


def test_a_day_compares_with_whole_days_only() -> None:
    """The log began on day 0, perhaps in the middle of it: the first growth is of day 2, by day 1."""
    assert by_day(RATIO, closed(4, orders(5, 2, 3, 6)), 4) == [None, None, 1.5, 2.0]


def test_a_day_without_orders_is_nothing_to_compare_with() -> None:
    """A ratio to 0 is none; of the day after it, neither, as nothing was counted on the day before."""
    windows = closed(6, orders(5, 2, 0, 3, 6, 6))
    # Of day 2 itself there is no result: no record fell on it.
    assert [last(windows, RATIO, "yesterday", day * DAY_MS, region="US") for day in (4, 5, 6)] == [
        None,
        None,
        1.0,
    ]


def test_the_sum_of_a_day_without_orders_is_zero() -> None:
    """If the log had begun, nothing is 0, and no gap."""
    windows = closed(4, orders(5, 2, 0, 3), "gmv_day_before_usd")
    assert last(windows, "gmv_day_before_usd", "yesterday", 4 * DAY_MS, region="US") == 0


def test_less_than_nothing_is_nothing_to_compare_with() -> None:
    """The platform paid more for rewards than it kept, on day 1."""
    rewards = [
        event("reward_accrued", day * DAY_MS + TEN, qualified_views=1_000, rpm_micros=DOLLAR, bonus_micros=0)
        for day in range(3)
    ]
    assert by_day(
        "platform_revenue_day_on_day_ratio", closed(3, rewards, "platform_revenue_day_on_day_ratio"), 3
    ) == [
        None,
        None,
        None,
    ]


def test_while_a_day_runs_the_last_whole_one_is_shown() -> None:
    """At noon of day 3 the provisional growth is that of day 2, and not of the morning."""
    records = [*orders(5, 2, 3, 1), *time_records(3 * DAY_MS + 12 * HOUR_MS)]
    newest = [window for window in shown([RATIO], records, most=50) if window["state"] == "provisional"][-1]
    assert (newest["start"], newest["end"]) == (MIDNIGHT + 2 * DAY_MS, MIDNIGHT + 3 * DAY_MS)
    assert number(newest) == pytest.approx(1.5)


def test_a_late_record_counts_in_its_own_day_and_in_no_later_one() -> None:
    """What comes late for day 2 restates its growth; that of day 3 compares with what had come in time."""
    late = event("order_completed", 3 * DAY_MS + TEN, late_ms=DAY_MS, value_micros=3 * DOLLAR)
    windows = closed(4, [*orders(5, 2, 3), *time_records(3 * DAY_MS + HOUR_MS), *orders(0, 0, 0, 6), late])
    assert by_day(RATIO, windows, 4)[2:] == [3.0, 2.0]
