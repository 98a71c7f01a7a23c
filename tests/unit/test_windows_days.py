"""Windows of business days by hand: where they begin, day-to-date, months, restatements, and restarts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import Sum, Value
from creator_pulse.stream.catalog.pipeline.books import RECONCILED
from creator_pulse.stream.catalog.registry import MEASURES, VALUES
from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.panes.lateness import LATE_DAYS, ON_TIME
from creator_pulse.stream.panes.pane_record import PaneRecord, encode
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Job, Topology
from creator_pulse.stream.transport.batch import Batch
from tests.support.hash_key import HASH_KEY
from tests.support.instants import ms, said_at
from tests.support.partials import summed

if TYPE_CHECKING:
    from creator_pulse.stream.windows.merge_lane import MergeLane

SETTINGS = Settings(partitions=1, merge_partitions=1, provisional_interval=0.001)
LABELS = ("day", "7d", "28d", "mtd")
GIFTS = Value("gift_count", Sum({"gifts": 1}), "short", LABELS, "")
BACK = Value("back_usd", Sum({"gift_reversed_usd_dated": 1}), "short", ("14d",), "")
EARNED = Value(RECONCILED.value, Sum({"creator_gift_usd": 1}), "short", ("day",), "", fixed={"tool": "gift"})
_REGION = {"tiktok": "US", "douyin": "CN"}


class Lane:
    """A merge lane that is told of gifts and of the watermark, and says what it makes of them."""

    def __init__(self, value: Value = GIFTS) -> None:
        self.catalogue = Catalogue(MEASURES, (value,), last_days=(RECONCILED,))
        self.lane = self._made(SETTINGS)
        self.entries: dict[bytes, bytes] = {}
        self.said: list[tuple[str, str, str, str, str]] = []
        self.reasons: set[str] = set()
        self._clock = 0

    def _made(self, settings: Settings) -> MergeLane:
        job = Job({"gift": TOPICS["gift"]}, self.catalogue)
        return Topology(settings, HASH_KEY, job=job).merge_lane()

    def tell(self, mark: str, *cells: tuple[str, str, int], kind: int = ON_TIME) -> None:
        """Hand on a watermark, and cells: app, time and gifts; then let everything be said."""
        measure = next(iter(self.catalogue.values[0].measures))
        made = [(measure, (app, _REGION[app]), ms(time), kind, total) for app, time, total in cells]
        parts = summed(tables_of(self.catalogue), *made)
        record = PaneRecord("gift", 0, ms(mark), False, [(ms(mark), 0, 1)], parts=parts)
        at = self.lane.next_offset or 0
        self.lane.apply(Batch.of([at], [0], [None], [encode(record)]))
        for _ in range(3):
            self._clock += 60_000
            self._commit()

    def restart(self, settings: Settings = SETTINGS) -> None:
        """Forget all but the changelog."""
        self.lane = self._made(settings)
        self.lane.restore(self.entries.items())

    def of(self, window: str, *states: str) -> list[tuple[str, str, str, str]]:
        """Start, end, state and value of what was said of a window of TikTok."""
        return [result[1:] for result in self.said if result[0] == window and result[3] in states]

    def shown(self, window: str, app: str = "tiktok") -> dict[str, float]:
        """State -> value of the gauges."""
        wanted = {("window", window), ("app", app), ("region", _REGION[app])}
        return {
            dict(sample.labels)["state"]: sample.value
            for sample in self.lane.snapshot().samples
            if sample.family == "pulse_gift_count" and wanted <= set(sample.labels)
        }

    def _commit(self) -> None:
        checkpoint = self.lane.checkpoint(self._clock)
        if checkpoint is None:
            return
        for key, value in checkpoint.entries:
            if value is None:
                self.entries.pop(key, None)
            else:
                self.entries[key] = value
        for record in checkpoint.outgoing:
            self._hear(record.value or b"")

    def _hear(self, value: bytes) -> None:
        result = json.loads(value)
        if result["labels"]["app"] == "tiktok":
            self.reasons.add(result["reason"])
            self.said.append(
                (
                    result["window"],
                    said_at(result["start"]),
                    said_at(result["end"]),
                    result["state"],
                    result["value"],
                )
            )


def test_the_current_day_is_day_to_date() -> None:
    """3 gifts in the morning, 4 more at noon, while the day is open; of the day before nothing is known."""
    lane = Lane()
    lane.tell("10-09 10:00", ("tiktok", "10-09 09:00", 3))
    assert lane.shown("day")["provisional"] == 3
    lane.tell("10-09 13:00", ("tiktok", "10-09 12:00", 4))
    assert lane.shown("day") == {"provisional": 7}
    assert lane.of("day", "provisional")[-1] == ("10-09 00:00", "10-10 00:00", "provisional", "7")


def test_a_day_is_final_once_it_is_over_and_late_records_had_their_time() -> None:
    """Ten minutes after midnight, and not a second before."""
    lane = Lane()
    lane.tell("10-09 13:00", ("tiktok", "10-09 12:00", 7))
    lane.tell("10-10 00:09", ("tiktok", "10-10 00:01", 1))
    assert lane.of("day", "final") == []
    lane.tell("10-10 00:10")
    assert lane.of("day", "final") == [("10-09 00:00", "10-10 00:00", "final", "7")]
    assert lane.shown("day") == {"provisional": 1, "final": 7}


def test_each_app_has_its_own_midnight() -> None:
    """At 16:30 UTC Douyin's next day runs, TikTok's does not: the same hour is in other days of theirs."""
    lane = Lane()
    cells = [(app, time, 1) for app in ("tiktok", "douyin") for time in ("10-09 15:59", "10-09 16:00")]
    lane.tell("10-09 16:30", *cells)
    assert lane.shown("day", "tiktok")["provisional"] == 2
    assert lane.shown("day", "douyin") == {"provisional": 1, "final": 1}


def test_a_month_ends_with_its_last_business_day() -> None:
    """5 gifts on October 31 and 2 on November 1: the month is final with 5, the running one has 2."""
    lane = Lane()
    lane.tell("10-30 12:00", ("tiktok", "10-30 11:00", 1))
    lane.tell("10-31 12:00", ("tiktok", "10-31 11:00", 4))
    assert lane.shown("mtd")["provisional"] == 5
    lane.tell("11-01 12:00", ("tiktok", "11-01 11:00", 2))
    assert lane.shown("mtd") == {"provisional": 2, "final": 5}
    assert lane.of("mtd", "final") == [("10-01 00:00", "11-01 00:00", "final", "5")]


def test_seven_days_are_six_whole_ones_and_the_running_one() -> None:
    """One gift a day from the 1st to the 10th: on the 10th, 7; what is final ended with the 9th, also 7."""
    lane = Lane()
    for day in range(1, 11):
        lane.tell(f"10-{day:02} 12:00", ("tiktok", f"10-{day:02} 11:00", 1))
    assert lane.shown("7d") == {"provisional": 7, "final": 7}
    assert [value for *_, value in lane.of("7d", "final")] == [str(min(day, 7)) for day in range(1, 10)]


def test_a_record_of_three_days_ago_restates_its_day_and_what_is_made_of_it() -> None:
    """Final 3; then 5, in the day, in the closed windows of seven days over it, and in the running ones."""
    lane = Lane()
    lane.tell("10-09 12:00", ("tiktok", "10-09 11:00", 3))
    lane.tell("10-12 09:00")
    lane.tell("10-12 10:00", ("tiktok", "10-09 11:00", 2), kind=LATE_DAYS)
    assert lane.of("day", "final", "restated") == [
        ("10-09 00:00", "10-10 00:00", "final", "3"),
        ("10-09 00:00", "10-10 00:00", "restated", "5"),
    ]
    assert [end for _, end, state, _ in lane.of("7d", "restated")] == [
        "10-10 00:00",
        "10-11 00:00",
        "10-12 00:00",
    ]
    assert lane.shown("7d")["final"] == 5


def test_a_month_is_restated_as_a_whole_when_the_next_one_has_begun() -> None:
    """1 gift on the 1st, 4 on the 31st, 2 more of the 31st that come on the 3rd: 5, then 7."""
    lane = Lane()
    lane.tell("10-01 12:00", ("tiktok", "10-01 11:00", 1))
    lane.tell("10-31 12:00", ("tiktok", "10-31 11:00", 4))
    for mark in ("11-02 12:00", "11-03 09:00"):
        lane.tell(mark)
    lane.tell("11-03 10:00", ("tiktok", "10-31 12:00", 2), kind=LATE_DAYS)
    assert [result[2:] for result in lane.of("mtd", "final", "restated")] == [
        ("final", "5"),
        ("restated", "7"),
    ]


def test_days_go_when_no_window_needs_them() -> None:
    """The longest are 28 days and three of restatement; the month needs its own days only."""
    lane = Lane()
    lane.tell("10-01 12:00", ("tiktok", "10-01 11:00", 1))
    for mark in ("11-01 12:00", "11-02 12:00"):
        lane.tell(mark)
        assert days_of(lane) > 0
    assert ("mtd", "10-01 00:00", "11-01 00:00", "final", "1") in lane.said
    lane.tell("12-10 12:00")
    assert days_of(lane) == 2  # the watermark's own health, once for each zone


def days_of(lane: Lane) -> float:
    """Cells by the day, as the lane tells."""
    return next(
        sample.value
        for sample in lane.lane.snapshot().samples
        if sample.family == "pulse_table_entries" and ("kind", "day_cells") in sample.labels
    )


@pytest.mark.parametrize("at", range(4))
def test_a_restart_changes_nothing_that_is_said(at: int) -> None:
    """Wherever it comes: the same finals and restatements over a month's end, and the same values shown."""
    steps = (
        ("10-30 12:00", ("tiktok", "10-30 11:00", 3), ON_TIME),
        ("10-31 23:00", ("tiktok", "10-31 11:00", 4), ON_TIME),
        ("11-01 12:00", ("tiktok", "10-30 11:00", 2), LATE_DAYS),
        ("11-02 12:00", ("tiktok", "11-01 23:00", 1), ON_TIME),
    )
    lanes = (Lane(), Lane())
    for number, (mark, cell, kind) in enumerate(steps):
        for lane in lanes:
            lane.tell(mark, cell, kind=kind)
        if number == at:
            lanes[1].restart()
    kept, restarted = ([result for result in lane.said if result[3] != "provisional"] for lane in lanes)
    assert restarted == kept
    assert {label: lanes[1].shown(label) for label in LABELS} == {
        label: lanes[0].shown(label) for label in LABELS
    }
    assert lanes[0].shown("mtd") == {"provisional": 1, "final": 9}


def test_other_business_days_are_not_added_to_those_of_a_changelog() -> None:
    """A lane whose settings begin the day elsewhere does not start."""
    lane = Lane()
    lane.tell("10-09 10:00", ("tiktok", "10-09 09:00", 3))
    moved = Settings(partitions=1, merge_partitions=1, day_offset_hours={"tiktok": 1, "douyin": 8})
    with pytest.raises(ChangelogError, match="PULSE_DAY_OFFSET_HOURS"):
        lane.restart(moved)


def test_finals_are_not_restated_by_other_bounds() -> None:
    """A lane whose settings say otherwise what an odd room is does not start, and names the setting."""
    lane = Lane(next(value for value in VALUES if value.name == "gift_audience_outlier_rooms"))
    lane.tell("10-09 10:00")
    with pytest.raises(ChangelogError, match="PULSE_ROOM_ODD_COINS back"):
        lane.restart(Settings(partitions=1, merge_partitions=1, room_odd_coins=9))


def test_what_is_taken_back_belongs_to_the_day_of_what_it_takes_back() -> None:
    """A cohort: 10 taken back in time on the 9th, 5 more a week later, of the same day; final 10, then 15."""
    lane = Lane(BACK)
    lane.tell("10-09 10:00", ("tiktok", "10-09 09:00", 10))
    lane.tell("10-16 09:00")
    lane.tell("10-16 10:00", ("tiktok", "10-09 09:00", 5))
    first = [result for result in lane.of("14d", "final", "restated") if result[1] == "10-10 00:00"]
    assert [result[2:] for result in first] == [("final", "10"), ("restated", "15")]
    assert lane.reasons == {"", "late"}
    lane.tell("10-20 10:00")
    last = [result for result in lane.of("14d", "final", "restated") if result[1] == "10-20 00:00"]
    assert [result[2:] for result in last] == [("final", "15")]


def test_a_cohort_is_still_restated_when_late_records_are_not_any_more() -> None:
    """Fourteen days after: one final, one restatement, and no second final."""
    lane = Lane(BACK)
    lane.tell("10-09 10:00", ("tiktok", "10-09 09:00", 10))
    lane.tell("10-23 07:00")
    lane.tell("10-23 08:00", ("tiktok", "10-09 09:00", 5))
    first = [result for result in lane.of("14d", "final", "restated") if result[1] == "10-10 00:00"]
    assert [result[2:] for result in first] == [("final", "10"), ("restated", "15")]


def closed(lane: Lane, family: str) -> dict[str, float]:
    """By ``back`` what is shown of TikTok's closed days."""
    return {
        dict(sample.labels)["back"]: sample.value
        for sample in lane.lane.snapshot().samples
        if sample.family == f"pulse_closed_day_{family}" and ("app", "tiktok") in sample.labels
    }


def test_closed_days_stand_beside_each_other_for_the_books() -> None:
    """2 USD on the 9th, 1 on the 11th, nothing read on the 10th: on the 12th, three days back and one."""
    lane = Lane(EARNED)
    lane.tell("10-09 12:00", ("tiktok", "10-09 11:00", 2_000_000))
    lane.tell("10-11 12:00", ("tiktok", "10-11 11:00", 1_000_000))
    lane.tell("10-12 12:00")
    assert closed(lane, "usd") == {"1": 1.0, "3": 2.0}
    begun = {back: said_at(round(time * 1000)) for back, time in closed(lane, "timestamp_seconds").items()}
    assert begun == {"1": "10-11 00:00", "3": "10-09 00:00"}


def test_a_closed_day_is_shown_with_what_came_late() -> None:
    """2 USD, then 3 more three days later: 5; and the same after a restart."""
    lane = Lane(EARNED)
    lane.tell("10-09 12:00", ("tiktok", "10-09 11:00", 2_000_000))
    lane.tell("10-12 09:00")
    lane.tell("10-12 10:00", ("tiktok", "10-09 11:00", 3_000_000), kind=LATE_DAYS)
    assert closed(lane, "usd") == {"3": 5.0}
    lane.restart()
    assert closed(lane, "usd") == {"3": 5.0}
