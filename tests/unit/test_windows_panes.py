"""Panes at three levels and the rolling sums over them, against direct sums."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.catalog.declaration.declare import DAY_MS, HOUR_MS, MINUTE_MS, WINDOWS
from creator_pulse.stream.windows.business_days import BusinessDays
from creator_pulse.stream.windows.panes import (
    LATE_DAYS,
    LATE_OLD,
    LATE_RECENT,
    ON_TIME,
    PaneStore,
    RollingSums,
)
from tests.support.hash_key import HASH_KEY

US = ("tiktok", "US")
KEY = ("gifts", US)
MEASURES = frozenset({"gifts"})
HALF_PAST_16 = 16 * HOUR_MS + 30 * MINUTE_MS


def levels(store: PaneStore, start: int, kind: int) -> set[tuple[int, int]]:
    """Level and pane start of one increment."""
    return {(level, begin) for level, begin, _ in store.add(KEY, start, kind, 1)}


def test_an_increment_goes_to_its_minute_its_hour_and_its_day() -> None:
    """At 61 min: the minute of 61, the hour of 60, the day of 0."""
    assert levels(PaneStore(HASH_KEY), 61 * MINUTE_MS, ON_TIME) == {
        (MINUTE_MS, 61 * MINUTE_MS),
        (HOUR_MS, HOUR_MS),
        (DAY_MS, 0),
    }


def test_a_late_increment_goes_where_windows_are_still_restated() -> None:
    """A recent one everywhere, an older one to its hour and day, an old one to its day only."""
    assert len(levels(PaneStore(HASH_KEY), 61 * MINUTE_MS, LATE_RECENT)) == 3
    assert levels(PaneStore(HASH_KEY), 61 * MINUTE_MS, LATE_OLD) == {(HOUR_MS, HOUR_MS), (DAY_MS, 0)}
    assert levels(PaneStore(HASH_KEY), 61 * MINUTE_MS, LATE_DAYS) == {(DAY_MS, 0)}


def test_a_day_begins_where_the_app_says() -> None:
    """At 16:30 it is the next day of Douyin, which begins eight hours before that of UTC, not of TikTok."""
    store = PaneStore(HASH_KEY, days=BusinessDays({"tiktok": 0, "douyin": 8}))
    begins = {
        app: [begin for level, begin, _ in store.add(("gifts", (app, "US")), HALF_PAST_16, LATE_DAYS, 1)]
        for app in ("tiktok", "douyin")
    }
    assert begins == {"tiktok": [0], "douyin": [16 * HOUR_MS]}


def test_what_is_of_no_app_is_in_the_days_of_all() -> None:
    """The health of a topic: once for each hour at which days begin."""
    store = PaneStore(HASH_KEY, days=BusinessDays({"tiktok": 0, "douyin": 8}))
    key = ("#gift", ("counted",))
    assert [begin for _, begin, _ in store.add(key, HALF_PAST_16, LATE_DAYS, 1)] == [0, 16 * HOUR_MS]


def test_only_what_is_read_by_the_day_is_kept_by_the_day() -> None:
    """A measure that minutes read has no day, and one that nothing reads has no pane."""
    store = PaneStore(HASH_KEY, {"gifts": (MINUTE_MS,)})
    assert levels(store, 0, ON_TIME) == {(MINUTE_MS, 0)}
    assert list(store.add(("other", US), 0, ON_TIME, 1)) == []


def test_late_parts_are_kept_apart() -> None:
    """5 in time and 2 late in one cell."""
    store = PaneStore(HASH_KEY)
    for kind, total in ((ON_TIME, 5), (LATE_RECENT, 2)):
        list(store.add(KEY, 0, kind, total))
    assert list(store.between(MINUTE_MS, 0, MINUTE_MS, MEASURES)) == [("gifts", {US: [5, 2]})]


def test_panes_leave_with_the_windows_that_need_them() -> None:
    """Needed from 0 on it stays; needed from a minute later on it is gone, and the hour stays."""
    store = PaneStore(HASH_KEY)
    list(store.add(KEY, 0, ON_TIME, 1))
    store.forget(MINUTE_MS, 0)
    assert store.starts(MINUTE_MS) == [0]
    store.forget(MINUTE_MS, MINUTE_MS)
    assert store.starts(MINUTE_MS) == []
    assert store.starts(HOUR_MS) == [0]


def test_an_increment_below_the_kept_panes_is_counted_as_dropped() -> None:
    """A minute of long ago, after its pane was forgotten: dropped there, kept by the hour."""
    store = PaneStore(HASH_KEY)
    store.forget(MINUTE_MS, DAY_MS)
    assert levels(store, 0, ON_TIME) == {(HOUR_MS, 0), (DAY_MS, 0)}
    assert store.dropped == 1


def test_what_was_drained_can_be_restored() -> None:
    """Sums beyond 64 bits and late parts come back; forgotten panes become tombstones."""
    store, restored = PaneStore(HASH_KEY), PaneStore(HASH_KEY)
    list(store.add(KEY, 0, ON_TIME, 2**70))
    list(store.add(KEY, 0, LATE_RECENT, -5))
    for name, packed in store.drain():
        assert packed is not None
        restored.restore(name, packed)
    assert list(restored.between(MINUTE_MS, 0, MINUTE_MS, MEASURES)) == [("gifts", {US: [2**70, -5]})]
    store.forget(MINUTE_MS, DAY_MS)
    assert [packed for _, packed in store.drain()] == [None]


adds = st.tuples(
    st.integers(0, 60 * 50), st.sampled_from([ON_TIME, LATE_RECENT, LATE_OLD]), st.integers(-9, 9)
)
moves = st.integers(0, 20)


@pytest.mark.parametrize("label", ["1m", "5m", "1h", "24h", "day", "7d"])
@given(steps=st.lists(st.one_of(adds, moves), max_size=40))
def test_rolling_sums_are_direct_sums(label: str, steps: list[tuple[int, int, int] | int]) -> None:
    """After any increments and moves the sums are those of the increments in the window."""
    window = WINDOWS[label]
    store = PaneStore(HASH_KEY)
    rolling = RollingSums(window, store, MEASURES)
    rolling.move(0)
    written: list[tuple[int, int, int]] = []
    for step in steps:
        if isinstance(step, int):
            assert rolling.end is not None
            rolling.move(rolling.end + step * window.step_ms)
            continue
        minute, kind, total = step
        for level, begin, fresh in store.add(KEY, minute * MINUTE_MS, kind, total):
            if level == window.step_ms:
                rolling.add(KEY, begin, late=kind != ON_TIME, total=total, fresh=fresh)
                written.append((minute * MINUTE_MS, kind, total))
    assert rolling.end is not None
    begin = rolling.end - window.size_ms
    inside = [(kind, total) for start, kind, total in written if begin <= start < rolling.end]
    sums = rolling.sums.get("gifts", {}).get(US)
    assert (sums is not None) == bool(inside)
    if sums is not None:
        assert sums[0] == sum(total for kind, total in inside if kind == ON_TIME)
        assert sums[1] == sum(total for kind, total in inside if kind != ON_TIME)
