"""Ledger: which gift records are money. Times are seconds after T0; expected values by hand."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.stream.settings import Settings

T0 = 1_760_000_040_000
US = ("tiktok", "US")


class Log:
    """One partition of the gift topic, fed with gifts of one streak unless said otherwise."""

    def __init__(self) -> None:
        self.ledger = Ledger(Settings())
        self._ids = count()

    def gift(
        self, at: float, repeat: int, *, end: bool = False, sent: float | None = None, **other: Any
    ) -> str:
        """Add a gift of 5 coins sent as it happens; returns its outcome."""
        event = {
            "event_id": f"e{next(self._ids)}",
            "event_type": "gift_sent",
            "schema_version": 1,
            "event_time": T0 + round(at * 1000),
            "creator_id": "c1",
            "region": "US",
            "app": "tiktok",
            "gift_id": "panda",
            "gift_type": 1,
            "unit_coins": 5,
            "repeat_count": repeat,
            "repeat_end": end,
            "group_id": "g1",
            **other,
        }
        at = at if sent is None else sent
        return self.ledger.add("gift", 0, json.dumps(event).encode(), T0 + round(at * 1000))

    def tick(self, at: float) -> str:
        """Add a time record."""
        return self.gift(at, 1, is_test=True, gift_type=2)

    def total(self, measure: str) -> int:
        """A total of US."""
        return self.ledger.truth.totals[measure, US]

    def pane(self, measure: str, minute: int) -> list[int | None]:
        """The parts of a one-minute window of US."""
        return self.ledger.truth.windows[measure, US, T0 + minute * 60_000]


def test_a_streak_counts_once() -> None:
    """Of a streak 1, 2, 3, end 3 only the end counts: 3 x 5 = 15 coins, where summing all gives 45."""
    log = Log()
    outcomes = [log.gift(0, 1), log.gift(1, 2), log.gift(2, 3), log.gift(5, 3, end=True)]
    assert outcomes == ["progress", "progress", "progress", "counted"]
    assert (log.total("gifts"), log.total("gift_coins")) == (1, 15)


def test_a_gift_that_cannot_streak_is_final_without_an_end() -> None:
    """``gift_type`` 2 counts although ``repeat_end`` is false: 1 gift of 1,000 coins."""
    log = Log()
    assert log.gift(0, 1, gift_type=2, unit_coins=1000, group_id=None) == "counted"
    assert (log.total("gifts"), log.total("gift_coins")) == (1, 1000)


def test_progress_marks_its_window_with_zero() -> None:
    """A window with progress alone has a sum, and it is 0."""
    log = Log()
    log.gift(0, 4)
    assert log.pane("gift_coins", 0) == [0, None, None, None, None]


def test_a_streak_waits_until_the_watermark_is_beyond_thirty_seconds() -> None:
    """At 35 s the watermark is 30 s, not greater than 0 + 30 s; 1 ms later it is."""
    log = Log()
    log.gift(0, 4)
    log.tick(35.0)
    assert log.total("gift_streaks_timed_out") == 0
    log.tick(35.001)
    assert log.total("gift_streaks_timed_out") == 1


def test_a_timed_out_streak_is_one_gift_of_its_largest_count() -> None:
    """Counts 2, 7, 3 book one gift of 7 x 5 = 35 coins in the minute of the record with 7."""
    log = Log()
    log.gift(58, 2)
    log.gift(59, 7)
    log.gift(61, 3)
    log.tick(97)
    assert (log.total("gifts"), log.total("gift_coins")) == (1, 35)
    assert log.pane("gift_coins", 0) == [35, None, None, None, None]
    assert log.pane("gift_coins", 1) == [0, None, None, None, None]


def test_of_equal_counts_the_earlier_record_names_the_labels() -> None:
    """Two records with count 3: the streak is booked for US, the first one's region, not for GB."""
    log = Log()
    log.gift(0, 3)
    log.gift(1, 3, region="GB")
    log.tick(60)
    assert log.total("gifts") == 1
    assert log.ledger.truth.totals["gifts", ("tiktok", "GB")] == 0


def test_an_end_after_a_time_out_adds_the_difference() -> None:
    """Booked 4 of 5 coins; the end says 6: (6 - 4) x 5 = 10 coins more, and no further gift."""
    log = Log()
    log.gift(0, 4)
    log.tick(40)
    assert log.gift(30, 6, end=True) == "counted"
    assert (log.total("gifts"), log.total("gift_coins")) == (1, 30)


def test_an_end_after_a_time_out_never_takes_coins_back() -> None:
    """Booked 4; the end says 3: nothing is added and nothing taken off 20 coins."""
    log = Log()
    log.gift(0, 4)
    log.tick(40)
    log.gift(30, 3, end=True)
    assert log.total("gift_coins") == 20


def test_a_second_end_after_a_time_out_adds_only_what_is_new() -> None:
    """Booked 4, ends 6 and 7: 20 + 10 + 5 = 35 coins."""
    log = Log()
    log.gift(0, 4)
    log.tick(40)
    log.gift(30, 6, end=True)
    log.gift(31, 7, end=True)
    assert log.total("gift_coins") == 35


def test_an_end_after_a_time_out_caps_the_whole_gift() -> None:
    """150 x 5 = 750 booked, 250 x 5 = 1,250 at the end: the cap of 1,000 leaves 250 to add."""
    log = Log()
    log.gift(0, 150)
    log.tick(40)
    log.gift(30, 250, end=True)
    assert (log.total("gift_coins"), log.total("gift_capped_coins")) == (1250, 1000)


def test_each_gift_is_capped_at_a_thousand_coins() -> None:
    """A gift of 44,999 coins and one of 5: capped 1,000 + 5."""
    log = Log()
    log.gift(0, 1, gift_type=2, unit_coins=44_999)
    log.gift(1, 1, gift_type=2)
    assert (log.total("gift_coins"), log.total("gift_capped_coins")) == (45_004, 1_005)


def test_progress_after_an_end_opens_no_streak() -> None:
    """An end, then a belated progress record of its group: no second gift by time-out."""
    log = Log()
    log.gift(2, 3, end=True)
    assert log.gift(1, 2) == "progress"
    log.tick(60)
    assert (log.total("gifts"), log.total("gift_streaks_timed_out")) == (1, 0)


def test_a_second_end_is_a_gift_of_its_own() -> None:
    """Two end records with different ids after a normal end: 3 x 5 + 4 x 5 = 35 coins, 2 gifts."""
    log = Log()
    log.gift(2, 3, end=True)
    log.gift(3, 4, end=True)
    assert (log.total("gifts"), log.total("gift_coins")) == (2, 35)


def test_a_closed_group_is_known_for_the_allowed_lateness() -> None:
    """Timed out at watermark 40 s: at 640 s an end adds the difference, 1 ms later it is whole."""
    for tick, coins in ((645.0, 20 + 5), (645.001, 20 + 25)):
        log = Log()
        log.gift(0, 4)
        log.tick(45)
        log.tick(tick)
        assert log.gift(100, 5, end=True) == "counted"
        assert log.total("gift_coins") == coins


def test_late_gifts_leave_streaks_alone() -> None:
    """A late end counts in full in the late part (5 x 5 x 14,300), and the open streak still times out."""
    log = Log()
    log.tick(1000)
    log.gift(994, 2)
    assert log.gift(300, 5, end=True) == "late"
    assert log.gift(301, 9) == "late"
    log.tick(1060)
    assert (log.total("gifts"), log.total("gift_coins")) == (1, 10)
    assert log.total("gift_late_usd") == 25 * 14_300
    assert log.pane("gift_coins", 5) == [None, 25, None, None, None]


def test_a_late_record_over_two_hours_old_is_kept_apart() -> None:
    """Behind the watermark by 2 h 3 min: beyond the restate horizon of one-minute windows."""
    log = Log()
    log.tick(7_400)
    log.gift(15, 1, gift_type=2)
    assert log.pane("gifts", 0) == [None, None, 1, None, None]


def test_a_streak_without_progress_is_its_end() -> None:
    """An end alone: one gift of 3 x 5 coins, gross 15 x 14,300 and earned 15 x 5,000 micro-USD."""
    log = Log()
    log.gift(0, 3, end=True)
    assert (log.total("gift_usd"), log.total("creator_gift_usd")) == (214_500, 75_000)


def test_booked_amounts_count_once_a_gift() -> None:
    """Progress, then an end, both booked 150,000 less 75,000: the platform keeps 75,000 micro-USD."""
    log = Log()
    booked: dict[str, Any] = {"net_usd_micros": 150_000, "creator_usd_micros": 75_000}
    log.gift(0, 3, **booked)
    log.gift(3, 3, end=True, **booked)
    assert log.total("gift_platform_usd") == 75_000
