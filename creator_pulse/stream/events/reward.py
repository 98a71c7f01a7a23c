"""The reward topic: payments of the creator fund for views."""

from __future__ import annotations

from creator_pulse.stream.events.fields import Event, LongString, Money, Natural, Text, Time
from creator_pulse.stream.events.input_topic import InputTopic
from creator_pulse.stream.events.schema import KeyRule, Lookup


class RewardAccrued(Event, tag="reward_accrued", kw_only=True):
    """Views of a video that earned money, since its last record; the rate is per thousand qualified views."""

    video_id: Text
    views: Natural
    qualified_views: Natural
    rpm_micros: Money
    currency: Text
    bonus_micros: Money | None = None


class RewardReversed(Event, tag="reward_reversed", kw_only=True):
    """A reward was taken back."""

    reward_micros: Money
    currency: Text
    original_event_time: Time
    reason: LongString | None = None


REWARD = InputTopic(
    name="reward",
    events=(RewardAccrued, RewardReversed),
    lookups=(
        Lookup("fx_rate", "fx", ("currency",), ("reward_accrued",), required=True),
        # What is taken back is worth what was given.
        Lookup("fx_rate", "fx", ("currency",), ("reward_reversed",), at="original_event_time", required=True),
    ),
    keyed=(
        # What a video earned since its last record: up to one time there is one.
        KeyRule("video_id", ("event_time",), ("reward_accrued",)),
        KeyRule("creator_id", ("reward_micros", "original_event_time"), ("reward_reversed",)),
    ),
)
