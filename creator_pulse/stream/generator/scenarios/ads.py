"""What goes wrong with ads and viewing."""

from __future__ import annotations

from creator_pulse.stream.generator.scenarios.change import having, lost, repeated, times_size, without
from creator_pulse.stream.generator.scenarios.scenario import RecordChange, Scenario

_GIFTS = ("GiftValueDrop", "TopupsFailing")
_COMMERCE = ("CheckoutOutage", "CheckoutFailing", "RefundWave")
_PRICED = ("impression", "impression_invalidated")

SCENARIOS = (
    Scenario(
        name="ads-vanish",
        title="Ads are shown, and their records never arrive.",
        size=1.0,
        unit="share",
        where="both apps, all regions",
        fires=("AdRevenueDrop", "RecordRateDrop"),
        quiet=(*_GIFTS, *_COMMERCE),
        parts=(RecordChange("ad", lost),),
    ),
    Scenario(
        name="app-without-ads",
        title="A version of one app shows no ads on phones with Android.",
        size=1.0,
        unit="share",
        where="Douyin, Android",
        fires=("AdRevenueDrop",),
        quiet=(*_GIFTS, *_COMMERCE),
        parts=(RecordChange("ad", lost, (), {"app": "douyin", "platform": "android"}),),
    ),
    Scenario(
        name="cpm-unit-error",
        title="A price per impression is sent as a price per thousand of them.",
        size=1_000.0,
        sizes=(0.0001, 100_000.0),
        unit="factor",
        where="TikTok, US",
        fires=("AdRevenueSurge", "EcpmOutOfBand"),
        quiet=(*_GIFTS, *_COMMERCE),
        parts=(
            RecordChange("ad", times_size("price_micros_cpm"), _PRICED, {"app": "tiktok", "region": "US"}),
        ),
    ),
    Scenario(
        name="ad-pacing",
        title="Pacing is broken: each ad is followed by three more.",
        size=1.0,
        unit="share",
        where="both apps, all regions",
        fires=("AdLoadOverCap", "AdLoadTailOverCap", "AdsBackToBack"),
        quiet=("AdRevenueDrop", *_GIFTS, *_COMMERCE),
        parts=(RecordChange("ad", repeated(4), ("opportunity", "impression")),),
    ),
    Scenario(
        name="bot-impressions",
        title="Bots watch ads.",
        size=0.15,
        unit="share",
        where="both apps, all regions",
        fires=("InvalidTrafficHigh",),
        quiet=("AdRevenueDrop", *_GIFTS, *_COMMERCE),
        parts=(RecordChange("ad", having(ivt_class="sivt"), ("impression",)),),
    ),
    Scenario(
        name="heartbeats-halved",
        title="Half of the viewing time is never told of.",
        size=0.5,
        unit="share",
        where="both apps, all regions",
        fires=("ActiveViewersDrop", "WatchTimeLow"),
        quiet=("AdRevenueDrop", *_GIFTS, *_COMMERCE),
        parts=(RecordChange("watch", lost, ("heartbeat",)),),
    ),
    Scenario(
        name="field-lost",
        title="A release forgets the surface of ads, and the price's currency in one of twenty.",
        size=0.05,
        unit="share",
        where="both apps, impressions",
        fires=("InvalidShareHigh", "FieldMissing"),
        quiet=(*_GIFTS, *_COMMERCE),
        parts=(RecordChange("ad", without("surface", "currency"), ("impression",)),),
    ),
)
