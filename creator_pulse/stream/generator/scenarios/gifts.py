"""What goes wrong with gifts and the coins that viewers buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.generator.scenarios.change import (
    becomes,
    doubled,
    having,
    lost,
    lost_slowly,
    repeated,
    times_size,
)
from creator_pulse.stream.generator.scenarios.scenario import RecordChange, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.generator.scenarios.change import Fields, Moment

_COMMERCE = ("CheckoutOutage", "CheckoutFailing", "RefundWave")
_ADS = ("AdRevenueDrop", "AdLoadOverCap")
# A viewer without coins gives nothing: of the gifts of an outage of payments, the part that is not paid for
# out of the wallet.
_FROM_NEW_COINS = 0.6
_WHALE_EVERY = 40
_WHALE = {"viewer_id": "v-whale", "unit_coins": 44_999, "gift_id": "universe", "gift_type": 2}
_RING = 8


def _whale(fields: Fields, moment: Moment) -> Iterable[Fields]:
    """One gift in forty is of one viewer, who spends without bound."""
    return ({**fields, **_WHALE, "repeat_count": 1},) if moment.number % _WHALE_EVERY == 0 else (fields,)


def _ring(fields: Fields, moment: Moment) -> Iterable[Fields]:
    """Gifts of a few accounts of one device and one card go to one creator."""
    if not moment.hit:
        return (fields,)
    own = {"creator_id": "c-ring", "device_hash": "h-ring", "payment_hash": "m-ring", "account_age_days": 3}
    return ({**fields, **own, "viewer_id": f"v-ring-{moment.number % _RING}"},)


def _less_from_new_coins(fields: Fields, moment: Moment) -> Iterable[Fields]:
    return () if moment.rng.random() < moment.size * _FROM_NEW_COINS else (fields,)


SCENARIOS = (
    Scenario(
        name="payment-outage",
        title="The payment provider answers nobody: top-ups and checkouts fail, and gifts run out of coins.",
        size=1.0,
        unit="share",
        where="both apps, all regions",
        fires=("TopupsFailing", "CheckoutFailing"),
        quiet=_ADS,
        parts=(
            RecordChange(
                "wallet", becomes("topup_failed", failure_code="provider_down"), ("topup_completed",)
            ),
            RecordChange(
                "purchase",
                becomes("checkout_failed", failure_code="provider_down"),
                ("order_completed",),
            ),
            RecordChange("gift", _less_from_new_coins, ("gift_sent",)),
        ),
    ),
    Scenario(
        name="topups-down-in-a-region",
        title="The provider of coins is down in one country.",
        size=1.0,
        unit="share",
        where="TikTok, US",
        fires=("TopupsFailing",),
        quiet=(*_COMMERCE, *_ADS),
        parts=(
            RecordChange(
                "wallet",
                becomes("topup_failed", failure_code="provider_down"),
                ("topup_completed",),
                {"app": "tiktok", "region": "US"},
            ),
        ),
    ),
    Scenario(
        name="gifts-vanish",
        title="Gifts are sent, and their records never arrive.",
        size=1.0,
        unit="share",
        where="both apps, all regions",
        fires=("GiftValueDrop", "RecordRateDrop"),
        quiet=(*_COMMERCE, *_ADS),
        parts=(RecordChange("gift", lost),),
    ),
    Scenario(
        name="gifts-decline",
        title="Fewer and fewer gifts arrive, a little more each minute.",
        size=0.4,
        unit="share",
        where="both apps, all regions",
        fires=("GiftValueDrop",),
        quiet=(*_COMMERCE, *_ADS),
        parts=(RecordChange("gift", lost_slowly, ("gift_sent",)),),
    ),
    Scenario(
        name="gift-not-in-catalogue",
        title="A new gift is sold before its price is in the catalogue.",
        size=0.2,
        unit="share",
        where="both apps, all regions",
        fires=("GiftNotInCatalogue",),
        quiet=(*_COMMERCE, *_ADS),
        parts=(RecordChange("gift", having(gift_id="brand_new", gift_type=2), ("gift_sent",)),),
    ),
    Scenario(
        name="gift-price-error",
        title="One gift is booked at a wrong number of coins.",
        size=10.0,
        sizes=(0.01, 1_000.0),
        unit="factor",
        where="both apps, the gift rose",
        fires=("GiftNotInCatalogue", "GiftValueSurge"),
        quiet=(*_COMMERCE, *_ADS),
        parts=(RecordChange("gift", times_size("unit_coins", least=1), ("gift_sent",), {"gift_id": "rose"}),),
    ),
    Scenario(
        name="whale",
        title="One account, perhaps a stolen one, gives the dearest gift again and again.",
        size=1.0,
        unit="share",
        where="one viewer, many creators",
        fires=("GiftVelocity",),
        quiet=("GiftValueDrop", *_COMMERCE, *_ADS),
        parts=(RecordChange("gift", _whale, ("gift_sent",)),),
    ),
    Scenario(
        name="under-age-gifts",
        title="Gifts of viewers below 18 are let through.",
        size=0.01,
        unit="share",
        where="both apps, all regions",
        fires=("MinorGift",),
        quiet=(*_COMMERCE, *_ADS),
        parts=(RecordChange("gift", having(viewer_age_band="13_17", age_source="verified"), ("gift_sent",)),),
    ),
    Scenario(
        name="device-ring",
        title="Accounts of one device and one card feed one creator.",
        size=0.3,
        unit="share",
        where="eight accounts, one creator",
        fires=("GiftRingDevices", "GiftRingPayments", "GiftRings"),
        quiet=(*_COMMERCE, *_ADS),
        parts=(RecordChange("gift", _ring, ("gift_sent",)),),
    ),
    Scenario(
        name="take-rate-error",
        title="A configuration books creators a smaller share of gifts than agreed.",
        size=0.8,
        sizes=(0.0, 2.0),
        unit="factor",
        where="both apps, all regions",
        fires=("GiftTakeRateOff",),
        quiet=("GiftValueDrop", *_COMMERCE, *_ADS),
        parts=(RecordChange("gift", times_size("creator_usd_micros"), ("gift_sent",)),),
    ),
    Scenario(
        name="streak-ends-lost",
        title="The end of a streak of gifts never arrives, as after a bad release of the app.",
        size=0.5,
        unit="share",
        where="both apps, streaks",
        fires=("StreakEndsLost",),
        quiet=(*_COMMERCE, *_ADS),
        parts=(RecordChange("gift", lost, ("gift_sent",), {"gift_type": 1, "repeat_end": True}),),
    ),
    Scenario(
        name="booked-twice",
        title="A gateway tries again under a new event id, and sends each gift twice.",
        size=0.3,
        unit="share",
        where="both apps, gifts",
        fires=("SemanticDuplicatesHigh",),
        quiet=("GiftValueDrop", *_COMMERCE, *_ADS),
        parts=(RecordChange("gift", doubled, ("gift_sent",)),),
    ),
    Scenario(
        name="holiday",
        title="A holiday that nobody announced: three times as many gifts, orders and clicks.",
        size=1.0,
        unit="share",
        where="both apps, all regions",
        fires=("RecordRateSurge",),
        quiet=("GiftValueDrop", *_COMMERCE, *_ADS),
        parts=(
            RecordChange("gift", repeated(3), ("gift_sent",)),
            RecordChange("purchase", repeated(3), ("order_completed", "product_click")),
            RecordChange("wallet", repeated(3), ("topup_completed",)),
        ),
    ),
)
