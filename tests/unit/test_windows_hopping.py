"""Closing, skipping and restating windows by hand; the allowed lateness is ten minutes."""

from __future__ import annotations

from typing import ClassVar

import pytest

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import Sum, Value
from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.panes.business_days import BusinessDays
from creator_pulse.stream.panes.lateness import LATE_RECENT, ON_TIME
from creator_pulse.stream.panes.store import PaneStore
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.windows.window_operators import operators_of
from tests.support.hash_key import HASH_KEY
from tests.support.partials import summed

LATENESS = 600_000
US = ("tiktok", "US")


class Gifts:
    """The number of gifts in one window, followed by hand."""

    def __init__(self, label: str, formula: type[Sum] = Sum, *, in_step: bool = False) -> None:
        catalogue = Catalogue(MEASURES, (Value("gift_count", formula({"gifts": 1}), "short", (label,), ""),))
        self.tables = tables_of(catalogue)
        self.panes = PaneStore(HASH_KEY, set(self.tables.values()))
        self.operator, *_ = operators_of(
            catalogue,
            self.tables,
            self.panes,
            LATENESS,
            BusinessDays({"tiktok": 0}),
            HASH_KEY,
            in_step=in_step,
        )

    def add(self, minute: int, total: int, kind: int = ON_TIME) -> bool:
        """Count gifts in a minute; whether a closed window changed."""
        again = False
        (partial,) = summed(self.tables, ("gifts", US, minute * MINUTE_MS, kind, total))
        for level, begin, rows, _ in self.panes.add(partial):
            if level == self.operator.window.step_ms:
                again |= self.operator.add(partial.table, begin, rows)
        return again

    def close(self, minutes: float) -> list[tuple[int, str | None, str | None]]:
        """End (minutes), final and restated value of what closes so many minutes beyond the lateness."""
        closed = self.operator.close(round(minutes * MINUTE_MS) + LATENESS)
        return [
            (one.end // MINUTE_MS, one.result.exact, again.result.exact if again else None)
            for one, again in closed
        ]

    def restate(self, minute: int) -> list[tuple[int, str | None]]:
        """End (minutes) and value of what a change in a minute restates."""
        key = (self.tables["gifts"].name, US)
        restated = self.operator.restate(self.operator.changed({(minute * MINUTE_MS, key): "late"}))
        return [(stated.end // MINUTE_MS, stated.result.exact) for stated, _ in restated]


def test_a_window_closes_at_its_end_plus_the_lateness() -> None:
    """A millisecond earlier it is open; after it closed, it does not close again."""
    gifts = Gifts("1m")
    gifts.add(0, 3)
    assert gifts.close(1 - 1 / MINUTE_MS) == []
    assert gifts.close(1) == [(1, "3", None)]
    assert gifts.close(1) == []


def test_windows_without_records_are_skipped() -> None:
    """Gifts in minutes 0 and 5: two finals, none for the four minutes between."""
    gifts = Gifts("1m")
    gifts.add(0, 3)
    gifts.add(5, 4)
    assert gifts.close(60) == [(1, "3", None), (6, "4", None)]


def test_every_window_that_holds_a_pane_closes() -> None:
    """Five minutes, hopping by one: gifts of minutes 0 and 7 are in five windows each, overlapping never."""
    gifts = Gifts("5m")
    gifts.add(0, 3)
    gifts.add(7, 4)
    assert gifts.close(60) == [(end, "3", None) for end in range(1, 6)] + [
        (end, "4", None) for end in range(8, 13)
    ]


def test_windows_overlap() -> None:
    """Gifts of minutes 0 and 2: 3, 3, 7, 7, 7, 4, 4."""
    gifts = Gifts("5m")
    gifts.add(0, 3)
    gifts.add(2, 4)
    assert [value for _, value, _ in gifts.close(60)] == ["3", "3", "7", "7", "7", "4", "4"]


def test_finals_do_not_depend_on_how_often_they_are_asked_for() -> None:
    """Minute by minute the same as at once."""
    slow, fast = Gifts("5m"), Gifts("5m")
    for gifts in (slow, fast):
        gifts.add(0, 3)
        gifts.add(9, 4)
    assert [stated for minute in range(20) for stated in slow.close(minute)] == fast.close(19)


def test_a_late_record_never_enters_a_final() -> None:
    """2 late gifts in a window still open: final 3, restated 5 right after."""
    gifts = Gifts("1m")
    gifts.add(0, 3)
    assert not gifts.add(0, 2, LATE_RECENT)
    assert gifts.close(1) == [(1, "3", "5")]


def test_a_late_record_of_a_closed_window_restates_it() -> None:
    """Told at once, stated when asked: 3 + 2."""
    gifts = Gifts("1m")
    gifts.add(0, 3)
    gifts.close(1)
    assert gifts.add(0, 2, LATE_RECENT)
    assert gifts.restate(0) == [(1, "5")]


def test_all_closed_windows_of_a_pane_are_restated() -> None:
    """Five minutes closed up to 3: the windows that end at 1, 2 and 3, and not the open ones."""
    gifts = Gifts("5m")
    gifts.add(0, 3)
    gifts.close(3)
    gifts.add(0, 2, LATE_RECENT)
    assert gifts.restate(0) == [(1, "5"), (2, "5"), (3, "5")]


def test_a_window_whose_panes_are_gone_is_not_restated() -> None:
    """Kept from its minute on it is restated, no more where only the next one is kept."""
    gifts = Gifts("1m")
    gifts.add(0, 3)
    gifts.close(121)
    gifts.panes.forget(MINUTE_MS, 0)
    assert gifts.restate(0) == [(1, "3")]
    gifts.panes.forget(MINUTE_MS, MINUTE_MS)
    assert gifts.restate(0) == []


def test_panes_are_needed_while_a_window_over_them_may_be_restated() -> None:
    """An hour's window is restated for two hours: closed up to minute 181, the panes of 1 and later are."""
    gifts = Gifts("1h")
    assert gifts.operator.floor is None
    gifts.close(181)
    assert gifts.operator.floor == MINUTE_MS


def test_a_closed_gap_may_be_filled_later() -> None:
    """A record of a minute that closed without any belongs to a closed window."""
    gifts = Gifts("1m")
    gifts.add(0, 3)
    gifts.close(10)
    assert gifts.add(5, 1, LATE_RECENT)
    assert gifts.restate(5) == [(6, "1")]


def test_a_day_hops_by_the_hour() -> None:
    """Gifts of the first minute are in the 24 windows that end at hours 1 to 24."""
    gifts = Gifts("24h")
    gifts.add(0, 3)
    assert gifts.close(30 * 60) == [(hour * 60, "3", None) for hour in range(1, 25)]


def test_the_newest_window_follows_the_watermark() -> None:
    """At 2.5 minutes the newest whole minute is that of 1 to 2; it never moves back."""
    gifts = Gifts("1m")
    gifts.add(1, 4)
    gifts.operator.advance(2 * MINUTE_MS + 30_000)
    newest = gifts.operator.newest.totals(gifts.tables["gifts"].name, late=False)["gifts"]
    assert (gifts.operator.newest.end, newest[US]) == (2 * MINUTE_MS, 4)
    gifts.operator.advance(MINUTE_MS)
    assert gifts.operator.newest.end == 2 * MINUTE_MS


class SlowSum(Sum):
    """A sum that takes long to make."""

    slow: ClassVar[bool] = True


@pytest.mark.parametrize(
    ("label", "in_step", "shown"),
    [
        ("24h", False, ["3", "7", "8", "13"]),
        ("day", False, ["3", "3", "8", "13"]),
        ("24h", True, ["3", "3", "3", "13"]),
        ("day", True, ["3", "3", "3", "13"]),
    ],
)
def test_slow_results_are_made_as_often_as_their_window_needs(
    label: str, shown: list[str], *, in_step: bool
) -> None:
    """Of business days every five minutes, in a past that is drawn hourly: 3 gifts, then 4, 1 and 5 more."""
    gifts = Gifts(label, SlowSum, in_step=in_step)
    numbers = []
    for minute, total in ((0, 3), (1, 4), (5, 1), (60, 5)):
        gifts.add(0, total)
        gifts.operator.advance(HOUR_MS + minute * MINUTE_MS)
        gifts.operator.refresh(HOUR_MS + minute * MINUTE_MS)
        numbers += [stated.result.exact for stated in gifts.operator.window_results(gifts.operator.newest)]
    assert numbers == shown


def test_a_restored_window_goes_on_where_it_was() -> None:
    """Closed up to an hour: what lies before closes no more, what follows does."""
    gifts = Gifts("1m")
    gifts.add(0, 3)
    gifts.add(60, 4)
    gifts.operator.resume(HOUR_MS, HOUR_MS + LATENESS)
    assert gifts.close(61) == [(61, "4", None)]
