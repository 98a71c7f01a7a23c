"""The simulation's law of watermarks: a final is ahead of no busy partition of its own topics."""

from __future__ import annotations

import msgspec
import pytest

from creator_pulse.proof.simulation.story import Story
from creator_pulse.proof.simulation.watermark_law import WatermarkLaw
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.sinks.window_record import WindowRecord
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC, WINDOW_TOPIC

END = 1_760_000_400_000


@pytest.fixture
def story() -> Story:
    """What was told so far: nothing."""
    return Story(ManualClock())


@pytest.fixture
def law(story: Story) -> WatermarkLaw:
    """Gifts have come to the window's end, viewing to one millisecond before."""
    law = WatermarkLaw(story, [("gift", 0), ("watch", 0)])
    law.hear([pane("gift", END)])
    law.hear([pane("watch", END - 1)])
    return law


def pane(topic: str, watermark: int) -> OutRecord:
    """A source lane's only partition tells its watermark."""
    record = pane_record.PaneRecord(topic, 0, watermark, idle=False, health=[])
    return OutRecord(PANE_TOPIC, None, pane_record.encode(record), 0)


def final(name: str, labels: dict[str, str]) -> OutRecord:
    """A window is closed at its end."""
    record = WindowRecord(
        name=name,
        window="15m",
        start=END - 900_000,
        end=END,
        labels=labels,
        state="final",
        revision=0,
        value="1",
        scale=1,
        parts=(),
        watermark=END,
        reason="",
        versions={},
    )
    return OutRecord(WINDOW_TOPIC, None, msgspec.json.encode(record), 0)


def test_a_final_ahead_of_a_busy_partition_is_told(law: WatermarkLaw, story: Story) -> None:
    """Viewing time at the end of a window whose partition is one millisecond short of it."""
    law.hear([final("viewing_seconds", {"app": "tiktok", "region": "US"})])
    assert len(story.violations) == 1


def test_a_name_of_several_topics_is_held_to_the_topic_at_hand(law: WatermarkLaw, story: Story) -> None:
    """Field coverage is of gifts and of viewing: that of gifts is right, that of viewing too early."""
    law.hear([final("field_coverage_ratio", {"field": "age_source", "topic": "gift"})])
    assert story.violations == []
    law.hear([final("field_coverage_ratio", {"field": "ms_since_last_ad", "topic": "watch"})])
    assert len(story.violations) == 1
