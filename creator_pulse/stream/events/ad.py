"""The ad topic."""

from __future__ import annotations

from creator_pulse.stream.events.fields import (
    BasisPoints,
    Duration,
    Event,
    Int,
    Money,
    String,
    Surface,
    Text,
    Time,
)
from creator_pulse.stream.events.input_topic import InputTopic
from creator_pulse.stream.events.schema import KeyRule, Lookup


class AdEvent(Event, kw_only=True):
    """Fields common to all ad events."""

    campaign_id: String | None = None
    creative_id: String | None = None
    advertiser_id: String | None = None
    ad_format: String | None = None
    ivt_class: String | None = None
    surface: Surface | None = None
    session_id: String | None = None


class Opportunity(AdEvent, tag="opportunity", kw_only=True):
    """A place where ads could have been shown."""

    slots: Int
    imp_id: String | None = None


class ImpressionEvent(AdEvent, kw_only=True):
    """An event that refers to one impression."""

    imp_id: Text


class Impression(ImpressionEvent, tag="impression", kw_only=True):
    """An ad shown; its price is per thousand."""

    price_micros_cpm: Money
    currency: Text
    billable: bool
    measurable: bool | None = None
    in_target: bool | None = None
    ad_duration_ms: Duration | None = None
    organic_videos_since_last_ad: Int | None = None
    watch_ms_since_last_ad: Duration | None = None
    revenue_share_bps: BasisPoints | None = None


class Viewable(ImpressionEvent, tag="viewable", kw_only=True):
    """Half the pixels were visible for two seconds."""


class Click(ImpressionEvent, tag="click", kw_only=True):
    """A click."""


class PlaybackProgress(ImpressionEvent, tag="progress", kw_only=True):
    """Playback has reached a milestone."""

    play_ms: Duration
    milestone: Text


class Skip(ImpressionEvent, tag="skip", kw_only=True):
    """The viewer swiped the ad away."""

    play_ms: Duration


class Hide(ImpressionEvent, tag="hide", kw_only=True):
    """The viewer hid the ad."""


class Report(ImpressionEvent, tag="report", kw_only=True):
    """The viewer reported the ad."""


class Conversion(ImpressionEvent, tag="conversion", kw_only=True):
    """A sale or sign-up that followed."""

    value_micros: Money
    currency: Text
    click_time: Time | None = None


class ImpressionInvalidated(ImpressionEvent, tag="impression_invalidated", kw_only=True):
    """An impression found to be invalid traffic afterwards."""

    price_micros_cpm: Money
    currency: Text
    ivt_class: Text
    original_event_time: Time
    revenue_share_bps: BasisPoints | None = None


AD = InputTopic(
    name="ad",
    events=(
        Opportunity,
        Impression,
        Viewable,
        Click,
        PlaybackProgress,
        Skip,
        Hide,
        Report,
        Conversion,
        ImpressionInvalidated,
    ),
    lookups=(
        Lookup("fx_rate", "fx", ("currency",), ("impression", "conversion"), required=True),
        Lookup(
            "fx_rate",
            "fx",
            ("currency",),
            ("impression_invalidated",),
            at="original_event_time",
            required=True,
        ),
    ),
    keyed=(KeyRule("imp_id", ("milestone",)),),
)
