"""Which series somebody reads."""

from __future__ import annotations

import pytest

from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.past.reads import Reads

HOUR = (("app", "tiktok"), ("state", "provisional"), ("window", "1h"))


@pytest.mark.parametrize(
    ("expression", "is_read"),
    [
        ('pulse_gifts{window="1h"}', True),
        ('sum by (app) (pulse_gifts{app=~"$app",window="1h",state="provisional"}) > 0', True),
        ("max_over_time(pulse_gifts[5m])", True),
        ('pulse_gifts{window="1m"}', False),
        ('pulse_gifts{window="1h",app="douyin"}', False),
        ("app:pulse_gifts:sum", False),
        ("pulse_gifts_total", False),
        ('pulse_other{note="} pulse_gifts"}', False),
    ],
)
def test_a_series_is_read_if_its_labels_are_those_that_are_asked_for(expression: str, is_read: bool) -> None:
    """Equality with a fixed text counts, a variable stands for anything, and a recorded name is another."""
    assert Reads([expression]).sample(Sample("pulse_gifts", HOUR, 1)) is is_read


def test_trust_is_read_beside_values_that_are_read() -> None:
    """How complete a value is that nobody asks for interests nobody."""
    reads = Reads(["pulse_value_late_ratio", 'pulse_gifts{window="1h"}'])
    beside = (*HOUR, ("value", "gifts"))
    assert reads.sample(Sample("pulse_value_late_ratio", beside, 0))
    assert not reads.sample(Sample("pulse_value_late_ratio", (*HOUR, ("value", "ads")), 0))
