"""Panes at three levels and the rolling sums over them, against direct sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.declare import WINDOWS
from creator_pulse.stream.panes.business_days import BusinessDays
from creator_pulse.stream.panes.lateness import LATE_DAYS, LATE_OLD, LATE_RECENT, ON_TIME
from creator_pulse.stream.panes.rolling_sums import RollingSums
from creator_pulse.stream.panes.rows import totals
from creator_pulse.stream.panes.store import LEVELS, PaneStore
from creator_pulse.stream.panes.tables import COUNT, Table
from tests.support.hash_key import HASH_KEY
from tests.support.partials import summed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.panes.rows import Rows

US = ("tiktok", "US")
HALF_PAST_16 = 16 * HOUR_MS + 30 * MINUTE_MS
WIDE = ("usd", "usd^", "usd^^")


def table(*levels: int) -> Table:
    """Gifts and their value by app and region, read at some levels."""
    columns = ("gifts", *WIDE, COUNT)
    names, read = ("gifts", "usd"), (2,) * len(levels)
    return Table(
        "t", "gift", ("app", "region"), (), levels, names, columns, (1, 2), (), frozenset(), read=read
    )


TABLE = table(*LEVELS)


def stored(days: BusinessDays | None = None, *, made: Table = TABLE) -> PaneStore:
    """An empty store."""
    return PaneStore(HASH_KEY, [made]) if days is None else PaneStore(HASH_KEY, [made], days)


def add(
    store: PaneStore,
    start: int,
    kind: int,
    total: int = 1,
    labels: tuple[str, ...] = US,
    measure: str = "gifts",
) -> Iterator[tuple[int, int, Rows]]:
    """Level, pane start and rows of one increment."""
    (partial,) = summed({"gifts": TABLE, "usd": TABLE}, (measure, labels, start, kind, total))
    for level, begin, rows, _ in store.add(partial):
        yield level, begin, rows


def levels(store: PaneStore, start: int, kind: int) -> set[tuple[int, int]]:
    """Level and pane start of one increment."""
    return {(level, begin) for level, begin, _ in add(store, start, kind)}


def kept(panes: PaneStore, level: int) -> dict[tuple[tuple[str, ...], bool], list[int]]:
    """Labels and lateness -> gifts and their value in the first pane of a level."""
    found: dict[tuple[tuple[str, ...], bool], list[int]] = {}
    for _, rows in panes.identities.between(level, 0, level, frozenset({"t"})):
        sums = totals(TABLE, rows.sums)
        for code, *numbers in zip(rows.keys[:, 0].tolist(), sums["gifts"], sums["usd"], strict=True):
            labels, late = panes.identities.codes.label_set(code)
            of_place = found.setdefault((labels, late), [0, 0])
            of_place[:] = [one + more for one, more in zip(of_place, numbers, strict=True)]
    return found


def test_an_increment_goes_to_its_minute_its_hour_and_its_day() -> None:
    """At 61 min: the minute of 61, the hour of 60, the day of 0."""
    assert levels(stored(), 61 * MINUTE_MS, ON_TIME) == {
        (MINUTE_MS, 61 * MINUTE_MS),
        (HOUR_MS, HOUR_MS),
        (DAY_MS, 0),
    }


def test_a_late_increment_goes_where_windows_are_still_restated() -> None:
    """A recent one everywhere, an older one to its hour and day, an old one to its day only."""
    assert len(levels(stored(), 61 * MINUTE_MS, LATE_RECENT)) == 3
    assert levels(stored(), 61 * MINUTE_MS, LATE_OLD) == {(HOUR_MS, HOUR_MS), (DAY_MS, 0)}
    assert levels(stored(), 61 * MINUTE_MS, LATE_DAYS) == {(DAY_MS, 0)}


def test_a_day_begins_where_the_app_says() -> None:
    """At 16:30 it is the next day of Douyin, which begins eight hours before that of UTC, not of TikTok."""
    store = stored(BusinessDays({"tiktok": 0, "douyin": 8}))
    begins = {
        app: [begin for _, begin, _ in add(store, HALF_PAST_16, LATE_DAYS, labels=(app, "US"))]
        for app in ("tiktok", "douyin")
    }
    assert begins == {"tiktok": [0], "douyin": [16 * HOUR_MS]}


def test_what_is_of_no_app_is_in_the_days_of_all() -> None:
    """The health of a topic: once for each hour at which days begin."""
    store = stored(BusinessDays({"tiktok": 0, "douyin": 8}))
    begins = [begin for _, begin, _ in add(store, HALF_PAST_16, LATE_DAYS, labels=("counted",))]
    assert begins == [0, 16 * HOUR_MS]


def test_only_what_is_read_by_the_day_is_kept_by_the_day() -> None:
    """A table that minutes read has no day; what is of no table has no pane, and is counted as dropped."""
    assert levels(stored(made=table(MINUTE_MS)), 0, ON_TIME) == {(MINUTE_MS, 0)}
    store = PaneStore(HASH_KEY)
    assert levels(store, 0, ON_TIME) == set()
    assert store.dropped == 1


def test_late_parts_are_kept_apart() -> None:
    """5 in time and 2 late of one label set, which is a cell for each of the two measures."""
    store = stored()
    for kind, total in ((ON_TIME, 5), (LATE_RECENT, 2)):
        list(add(store, 0, kind, total))
    assert kept(store, MINUTE_MS) == {(US, False): [5, 0], (US, True): [2, 0]}
    assert store.counts()["minute_cells"] == 2


def test_panes_leave_with_the_windows_that_need_them() -> None:
    """Needed from 0 on it stays; needed from a minute later on it is gone, and the hour stays."""
    store = stored()
    list(add(store, 0, ON_TIME))
    store.forget(MINUTE_MS, 0)
    assert store.starts(MINUTE_MS) == [0]
    store.forget(MINUTE_MS, MINUTE_MS)
    assert store.starts(MINUTE_MS) == []
    assert store.starts(HOUR_MS) == [0]


def test_an_increment_below_the_kept_panes_is_counted_as_dropped() -> None:
    """A minute of long ago, after its pane was forgotten: dropped there, kept by the hour."""
    store = stored()
    store.forget(MINUTE_MS, DAY_MS)
    assert levels(store, 0, ON_TIME) == {(HOUR_MS, 0), (DAY_MS, 0)}
    assert store.dropped == 2  # a sum of each of the two measures


def test_what_was_drained_can_be_restored() -> None:
    """Sums beyond 64 bits and late parts come back; forgotten panes become tombstones."""
    store, restored = stored(), stored()
    list(add(store, 0, ON_TIME, 2**130, measure="usd"))
    list(add(store, 0, LATE_RECENT, -5, measure="usd"))
    for name, packed in store.identities.drain():
        assert packed is not None
        restored.identities.restore(name, packed)
    assert kept(restored, MINUTE_MS) == {(US, False): [0, 2**130], (US, True): [0, -5]}
    assert restored.counts() == store.counts()
    store.forget(MINUTE_MS, DAY_MS)
    assert [packed for _, packed in store.identities.drain()] == [None]


def test_labels_that_are_gone_are_forgotten() -> None:
    """Of 5,000 creators of a minute and one of the next only the latter has a code, and its sums stand."""
    store = stored(made=table(MINUTE_MS))
    rolling = RollingSums(WINDOWS["1m"], store, frozenset({"t"}))
    rolling.move(2 * MINUTE_MS)
    for number in range(5_000):
        list(add(store, 0, ON_TIME, labels=("tiktok", f"c{number}")))
    for _, begin, rows in add(store, MINUTE_MS, ON_TIME, 7):
        rolling.add("t", begin, rows)
    assert len(store.identities.codes) == 5_001
    store.forget(MINUTE_MS, MINUTE_MS)
    assert len(store.identities.codes) == 1
    assert rolling.totals("t", late=False)["gifts"] == {US: 7}
    assert store.counts()["minute_cells"] == 2
    for _, begin, rows in add(store, MINUTE_MS, ON_TIME, 1):
        rolling.add("t", begin, rows)
    assert rolling.totals("t", late=False)["gifts"] == {US: 8}


adds = st.tuples(
    st.integers(0, 60 * 50), st.sampled_from([ON_TIME, LATE_RECENT, LATE_OLD]), st.integers(-9, 9)
)
moves = st.integers(0, 20)


@pytest.mark.parametrize("label", ["1m", "5m", "1h", "24h", "day", "7d"])
@given(steps=st.lists(st.one_of(adds, moves), max_size=40))
def test_rolling_sums_are_direct_sums(label: str, steps: list[tuple[int, int, int] | int]) -> None:
    """After any increments and moves the sums are those of the increments in the window."""
    window = WINDOWS[label]
    store = stored()
    rolling = RollingSums(window, store, frozenset({"t"}))
    rolling.move(0)
    written: list[tuple[int, int, int]] = []
    for step in steps:
        if isinstance(step, int):
            assert rolling.end is not None
            rolling.move(rolling.end + step * window.step_ms)
            continue
        minute, kind, total = step
        for level, begin, rows in add(store, minute * MINUTE_MS, kind, total):
            if level == window.step_ms:
                rolling.add("t", begin, rows)
                written.append((minute * MINUTE_MS, kind, total))
    assert rolling.end is not None
    begin = rolling.end - window.size_ms
    inside = [(kind, total) for start, kind, total in written if begin <= start < rolling.end]
    for late in (False, True):
        sums = rolling.totals("t", late=late)["gifts"]
        assert (US in sums) == bool(inside)
        wanted = sum(total for kind, total in inside if late or kind == ON_TIME)
        assert sums.get(US, 0) == wanted
    late_sum = sum(total for kind, total in inside if kind != ON_TIME)
    assert rolling.late("t", ("gifts",)) == ((US,) if late_sum else ())
