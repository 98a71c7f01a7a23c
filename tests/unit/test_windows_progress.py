"""Which watermark closes windows, and what pane records carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.windows.progress import Progress
from tests.support.hash_key import HASH_KEY
from tests.support.partials import cells_of, summed


def told(*heard: tuple[str, int, int | None, bool]) -> Progress:
    """Two partitions of gift and one of ad, told of some."""
    progress = Progress({"gift": 2, "ad": 1})
    for topic, partition, watermark, idle in heard:
        progress.hear(topic, partition, watermark, idle=idle)
    return progress


def test_the_lowest_watermark_closes() -> None:
    """100 and 70: 70; another topic does not matter."""
    progress = told(("gift", 0, 100, False), ("gift", 1, 70, False), ("ad", 0, 1, False))
    assert progress.lowest(("gift",)) == 70
    assert progress.lowest(("gift", "ad")) == 1


def test_a_partition_not_heard_of_holds_everything() -> None:
    """Nobody knows how far it is: nothing closes."""
    assert told(("gift", 0, 100, False)).lowest(("gift",)) is None


def test_an_idle_partition_holds_nobody() -> None:
    """70 idle and 100 busy: 100; an idle one without any watermark likewise."""
    assert told(("gift", 0, 100, False), ("gift", 1, 70, True)).lowest(("gift",)) == 100
    assert told(("gift", 0, 100, False), ("gift", 1, None, True)).lowest(("gift",)) == 100


def test_where_all_are_idle_the_highest_closes() -> None:
    """70 and 100, both idle: 100; without any watermark none."""
    assert told(("gift", 0, 100, True), ("gift", 1, 70, True)).lowest(("gift",)) == 100
    assert told(("gift", 0, None, True), ("gift", 1, None, True)).lowest(("gift",)) is None


def test_a_topic_that_fell_silent_goes_on_with_the_time_of_the_others() -> None:
    """Gift ended at 100 and 70, ad is at 300: 300; with ad at 90 the 100 of its own."""
    silent = ("gift", 0, 100, True), ("gift", 1, 70, True)
    assert told(("ad", 0, 300, False), *silent).lowest(("gift",)) == 300
    assert told(("ad", 0, 90, False), *silent).lowest(("gift",)) == 100


def test_a_silent_topic_goes_on_only_by_its_own_word() -> None:
    """Ad was at 300 when gift said that nothing comes, and is at 500: 300 until gift says so again."""
    progress = told(("ad", 0, 300, False), ("gift", 0, 100, True), ("gift", 1, 70, True))
    progress.hear("ad", 0, 500, idle=False)
    assert progress.lowest(("gift",)) == 300
    progress.hear("gift", 0, 100, idle=True)
    assert progress.lowest(("gift",)) == 300  # of its other partition nobody knows
    progress.hear("gift", 1, 70, idle=True)
    assert progress.lowest(("gift",)) == 500


def test_a_silent_topic_goes_nowhere_while_all_stand_still() -> None:
    """Ad was at 300, and falls silent too: nobody tells the time, so it ends there."""
    progress = told(("ad", 0, 300, False), ("gift", 0, 100, True), ("gift", 1, 70, True))
    progress.hear("ad", 0, 300, idle=True)
    progress.hear("gift", 0, 100, idle=True)
    progress.hear("gift", 1, 70, idle=True)
    assert progress.lowest(("gift",)) == 300


def test_a_partition_that_wakes_holds_its_topic_again() -> None:
    """Gift was silent until 300; a record at 290 holds it at the watermark of that."""
    progress = told(("ad", 0, 300, False), ("gift", 0, 100, True), ("gift", 1, 70, True))
    progress.hear("gift", 1, 285, idle=False)
    assert progress.lowest(("gift",)) == 285


def test_how_far_a_topic_was_silent_is_restored() -> None:
    """300, also where the others have gone on to 500 before the crash."""
    before = told(("ad", 0, 300, False), ("gift", 0, 100, True), ("gift", 1, 70, True))
    before.hear("ad", 0, 500, idle=False)
    after = told()
    after.restore(before.packed())
    assert after.lowest(("gift",)) == 300


def test_completeness_is_the_share_that_passed() -> None:
    """Of watermarks 100, 70 and none: at 70 two of three, at 71 one."""
    progress = told(("gift", 0, 100, False), ("gift", 1, 70, False))
    assert progress.completeness(["gift", "ad"], 70) == pytest.approx(2 / 3)
    assert progress.completeness(["gift", "ad"], 71) == pytest.approx(1 / 3)


def test_what_was_packed_can_be_restored() -> None:
    """A partition that no longer exists is passed over."""
    packed = told(("gift", 0, 100, False), ("gift", 1, 70, True)).packed()
    smaller = Progress({"gift": 1})
    smaller.restore(packed)
    assert smaller.lowest(("gift",)) == 100


@given(st.integers(-(2**134), 2**134), st.sampled_from([0, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1]))
def test_a_pane_record_carries_wide_integers(total: int, edge: int) -> None:
    """Increments below and beyond 64 bits, of money times a rate, come back as they were."""
    tables, us = tables_of(CATALOGUE), ("tiktok", "US")
    cells = [("creator_ad_usd", us, 0, 0, number) for number in (total, edge)]
    parts = summed(tables, *cells)
    record = pane_record.PaneRecord("ad", 3, None, True, [(60_000, 1, 5)], 7, parts=parts)
    decoded = pane_record.decode(pane_record.encode(record))
    assert decoded == record
    assert [cell for cell in cells_of(decoded, tables) if cell[0] == "creator_ad_usd"] == cells


def test_bytes_that_are_no_pane_record_are_an_error() -> None:
    """A lane does not count on what it cannot read."""
    with pytest.raises(LaneError, match="cannot be read"):
        pane_record.decode(b"\xc1")


def test_what_must_meet_meets() -> None:
    """CRC-32 of ``123456789`` is cbf43926, of 7 lanes the one of 0xcbf43926 mod 7."""
    assert pane_record.route(("123456789",), 7) == 0xCBF43926 % 7
    assert pane_record.route(("tiktok", "US"), 4) == pane_record.route(("tiktok", "US"), 4)


def test_an_idle_lane_vouches_for_its_silence_while_others_go_on() -> None:
    """It says so at once, every 5 s while other partitions are busy, and no more once all rest."""
    lane = Topology(Settings(), HASH_KEY).source_lane("gift")
    lane.start_at(0, lost=0)
    lane.idle(idle=True, others_busy=True)
    assert lane.checkpoint(60_000) is not None
    assert lane.checkpoint(64_999) is None
    again = lane.checkpoint(65_000)
    assert again is not None
    told = [pane_record.decode(record.value) for record in again.outgoing if record.value is not None]
    assert len(told) == Settings().merge_partitions
    assert all(record.idle and record.parts == [] for record in told)
    lane.idle(idle=True, others_busy=False)
    assert lane.checkpoint(1_000_000) is None
