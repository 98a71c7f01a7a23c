"""The allowed lateness must cover a streak: a gift is booked when its streak has ended."""

from __future__ import annotations

import pytest

from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.settings import STREAK_MS, load


def test_a_lateness_below_a_streak_is_refused() -> None:
    """29,999 ms: the text names the setting and what it must be."""
    with pytest.raises(SettingsError, match=r"PULSE_ALLOWED_LATENESS_MS: 29999 .* 30000 or more"):
        load({"PULSE_ALLOWED_LATENESS_MS": "29999"})


def test_a_lateness_of_a_streak_is_taken() -> None:
    """30 s is the contract's time-out."""
    assert load({"PULSE_ALLOWED_LATENESS_MS": "30000"}).allowed_lateness_ms == 30_000


def test_no_topic_has_a_longer_streak() -> None:
    """The settings know the longest time-out of all rules."""
    assert max(topic.streaks.timeout_ms for topic in TOPICS.values() if topic.streaks) == STREAK_MS
