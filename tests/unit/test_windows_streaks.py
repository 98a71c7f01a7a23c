"""The streak fold by hand: a time-out after 30 s, closed groups known for 60 s of watermark."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.events.gift import GIFT
from creator_pulse.stream.native.streaks import Streak, Streaks

LATENESS = 60_000


class Tap(NamedTuple):
    """One record of the one group."""

    row: int
    end: bool
    total: int
    event_ms: int
    value: bytes


class Fold:
    """No group known; the records' bytes come with the records."""

    def __init__(self) -> None:
        assert GIFT.streaks is not None
        self.state = Streaks(GIFT.streaks.timeout_ms, LATENESS)

    def batch(
        self, taps: list[Tap], marks: list[int]
    ) -> tuple[list[tuple[int, int]], list[int], list[Streak]]:
        """Fold the records of a batch: ends with what was booked before, rows of progress, time-outs."""
        values = {tap.row: tap.value for tap in taps}
        before, progress = np.zeros(len(marks), dtype=np.int64), np.zeros(len(marks), dtype=np.uint8)
        timed_out = self.state.fold(
            np.array([tap.row for tap in taps], dtype=np.int64),
            [b"g"] * len(taps),
            np.array([[int(tap.end), tap.total, tap.event_ms] for tap in taps], dtype=np.int64)
            .reshape(-1, 3)
            .T.copy(),
            np.array(marks, dtype=np.int64),
            values.__getitem__,
            before,
            progress,
        )
        ends = [(tap.row, int(before[tap.row])) for tap in taps if tap.end]
        return ends, np.flatnonzero(progress).tolist(), timed_out


def tap(row: int, count: int, event_ms: int = 0, *, end: bool = False, value: bytes = b"v") -> Tap:
    """A record of the one group."""
    return Tap(row, end, count, event_ms, value)


def booked(found: list[Streak]) -> list[tuple[int, int]]:
    """Count and closing watermark of the streaks that timed out."""
    return [(one.count, one.closed_at) for one in found]


def test_progress_is_no_money() -> None:
    """Two records of a running streak: both progress, nothing else."""
    assert Fold().batch([tap(0, 1), tap(1, 2)], [0, 0, 0]) == ([], [0, 1], [])


def test_an_end_counts_in_full() -> None:
    """After progress, or alone, an end has nothing booked before it."""
    ends, progress, timed_out = Fold().batch([tap(0, 1), tap(1, 2, end=True)], [0, 0, 0])
    assert (ends, progress, timed_out) == ([(1, 0)], [0], [])
    assert Fold().batch([tap(0, 5, end=True)], [0, 0])[0] == [(0, 0)]


def test_a_streak_times_out_beyond_thirty_seconds() -> None:
    """Newest record at 1,000: at a watermark of 31,000 it runs, at 31,001 it is booked."""
    fold = Fold()
    fold.batch([tap(0, 3, 1_000)], [0, 0])
    assert booked(fold.batch([], [0, 31_000])[2]) == []
    assert booked(fold.batch([], [31_000, 31_001])[2]) == [(3, 31_001)]
    assert booked(fold.batch([], [31_001, 99_000])[2]) == []


def test_the_newest_record_holds_a_streak_open() -> None:
    """Records at 0 and 20,000: the time-out is at 50,000."""
    fold = Fold()
    fold.batch([tap(0, 1, 0), tap(1, 2, 20_000)], [0, 0, 0])
    assert booked(fold.batch([], [0, 50_000])[2]) == []
    assert booked(fold.batch([], [50_000, 50_001])[2]) == [(2, 50_001)]


def test_the_largest_count_is_booked_with_its_record() -> None:
    """Counts 1, 7, 7, 5 in log order: 7, with the record that said so first."""
    fold = Fold()
    taps = [
        tap(row, count, 0, value=value)
        for row, (count, value) in enumerate(zip((1, 7, 7, 5), (b"a", b"b", b"c", b"d"), strict=True))
    ]
    fold.batch(taps, [0] * 5)
    (one,) = fold.batch([], [0, 30_001])[2]
    assert (one.count, one.value) == (7, b"b")


def test_an_end_after_a_time_out_adds_the_rest() -> None:
    """3 booked, an end of 5: the 3 come off; a second end of 6: then 5 do."""
    fold = Fold()
    fold.batch([tap(0, 3)], [0, 0])
    fold.batch([], [0, 30_001])
    assert fold.batch([tap(0, 5, end=True)], [30_001, 30_001])[0] == [(0, 3)]
    assert fold.batch([tap(0, 6, end=True)], [30_001, 30_001])[0] == [(0, 5)]


def test_a_time_out_and_its_end_in_one_batch() -> None:
    """The watermark passed before the end: booked first, and the end adds the rest."""
    fold = Fold()
    ends, progress, timed_out = fold.batch([tap(0, 3), tap(2, 5, end=True)], [0, 0, 30_001, 30_001])
    assert (ends, progress, booked(timed_out)) == ([(2, 3)], [0], [(3, 30_001)])


def test_stragglers_of_a_closed_group_add_nothing() -> None:
    """Progress after the end is progress, and opens no streak that could time out."""
    fold = Fold()
    fold.batch([tap(0, 5, end=True)], [0, 0])
    assert fold.batch([tap(0, 4)], [0, 0]) == ([], [0], [])
    assert fold.batch([], [0, 59_999])[2] == []


def test_a_closed_group_is_forgotten_after_the_lateness() -> None:
    """Ended at a watermark of 1,000: a straggler at 61,000 adds nothing, one at 61,001 opens a streak."""
    for mark, opened in ((61_000, 0), (61_001, 1)):
        fold = Fold()
        fold.batch([tap(0, 5, 900, end=True)], [0, 1_000])
        fold.batch([tap(0, 6, mark)], [mark, mark])
        assert len(fold.batch([], [mark, mark + 30_001])[2]) == opened


def test_an_end_does_not_renew_how_long_a_group_is_known() -> None:
    """Booked at 30,001: an end at 90,001 still adds the rest, one at 90,002 stands alone."""
    for mark, before in ((90_001, 3), (90_002, 0)):
        fold = Fold()
        fold.batch([tap(0, 3)], [0, 0])
        fold.batch([], [0, 30_001])
        fold.batch([tap(0, 3, end=True)], [60_000, 60_000])
        assert fold.batch([tap(0, 5, end=True)], [mark, mark])[0] == [(0, before)]


def test_a_streak_that_begins_overdue_closes_after_its_record() -> None:
    """Its record of time 0 comes between watermarks 45,000 and 50,000: closed at 50,000 in any batch."""
    assert booked(Fold().batch([tap(1, 2)], [40_000, 45_000, 50_000])[2]) == [(2, 50_000)]
    assert booked(Fold().batch([tap(0, 2)], [45_000, 50_000])[2]) == [(2, 50_000)]


def test_a_later_record_that_prolongs_a_streak_moves_its_closing() -> None:
    """Records of 0 and 20,000, the second at a watermark of 30,000: closed at the first beyond 50,000."""
    marks = [0, 30_000, 50_000, 52_000, 90_000]
    assert booked(Fold().batch([tap(0, 1, 0), tap(1, 2, 20_000)], marks)[2]) == [(2, 52_000)]


def test_what_was_drained_can_be_restored() -> None:
    """An open and a booked group go on in a new fold as in the old."""
    old, new = Fold(), Fold()
    old.batch([tap(0, 3)], [0, 0])
    new.state.restore(b"g", dict(old.state.drain())[b"g"] or b"")
    assert booked(new.batch([], [0, 30_001])[2]) == [(3, 30_001)]
    third = Fold()
    third.state.restore(b"g", dict(new.state.drain())[b"g"] or b"")
    assert third.batch([tap(0, 5, end=True)], [30_001, 30_001])[0] == [(0, 3)]


def test_a_forgotten_group_leaves_the_changelog() -> None:
    """Its entry becomes a tombstone, and nothing stays in memory."""
    fold = Fold()
    fold.batch([tap(0, 3, end=True)], [0, 0])
    assert [name for name, packed in fold.state.drain() if packed] == [b"g"]
    fold.batch([], [0, LATENESS + 1])
    assert list(fold.state.drain()) == [(b"g", None)]
    assert len(fold.state) == 0


def test_a_closed_group_keeps_no_record() -> None:
    """What is stored of a booked group has no bytes of a viewer's record."""
    fold = Fold()
    fold.batch([tap(0, 3, value=b"secret")], [0, 0])
    fold.batch([], [0, 30_001])
    packed = dict(fold.state.drain())[b"g"] or b""
    assert b"secret" not in packed


@given(
    count=st.integers(1, 2**40),
    size=st.sampled_from([0, 1, 255, 256, 65_535, 65_536]),
    event_ms=st.integers(-(2**62), 2**62),
)
def test_an_entry_is_plain_message_pack(count: int, size: int, event_ms: int) -> None:
    """Numbers and bytes of any size are as the library writes them, of an open streak and of a closed one."""
    fold, late = Fold(), event_ms + 30_001
    fold.batch([tap(0, count, event_ms, value=b"v" * size)], [event_ms, event_ms])
    written = dict(fold.state.drain())[b"g"]
    assert written == msgspec.msgpack.encode((count, b"v" * size, event_ms, None, 0))
    fold.batch([], [event_ms, late])
    assert dict(fold.state.drain())[b"g"] == msgspec.msgpack.encode((count, b"", event_ms, late, count))
