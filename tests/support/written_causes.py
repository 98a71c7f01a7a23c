"""Which alert explains which, written down by hand: the catalogue is held against it.

A new alert that yields to another gets its line here, from its runbook and not from its declaration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONEY = ("GiftValueDrop", "AdRevenueDrop", "CheckoutOutage", "CheckoutFailing")
_RATES = ("GiftTakeRateOff", "AdTakeRateOff", "CommerceTakeRateOff")
EXPLAINED_BY: Mapping[str, tuple[str, ...]] = {
    # The parts of the way to the screen.
    "DataStale": ("WorkerDown",),
    "ConsumerLagHigh": ("WorkerDown",),
    "EndToEndSlow": ("WorkerDown", "DataStale", "ConsumerLagHigh"),
    "TopicSilent": ("WorkerDown", "DataStale", "ConsumerLagHigh"),
    "AppSilent": (
        *("WorkerDown", "DataStale", "ConsumerLagHigh", "TopicSilent"),
        *("AppDown", "ActiveViewersDrop"),
        *("GiftValueDrop", "AdRevenueDrop", "CheckoutOutage", "CheckoutFailing"),
    ),
    "RecordRateDrop": ("DataStale", "ConsumerLagHigh", "TopicSilent"),
    "RegionQuiet": ("AppDown", "ActiveViewersDrop", "GiftValueDrop", "AdRevenueDrop", "CheckoutOutage"),
    # Viewers bring the impressions, and viewing time is what ads and earnings are divided by.
    "ActiveViewersDrop": ("AppDown",),
    "AdRevenueDrop": ("AppDown", "ActiveViewersDrop"),
    "AdLoadOverCap": ("ActiveViewersDrop",),
    "AdLoadHigh": ("AdLoadOverCap", "ActiveViewersDrop"),
    "AdLoadTailOverCap": ("AdLoadOverCap", "ActiveViewersDrop"),
    # A wrong price is booked to creators too.
    "CreatorEarningsSurge": ("ActiveViewersDrop", "GiftValueSurge", "AdRevenueSurge"),
    "RegionPriceHigh": ("GiftValueSurge", "AdRevenueSurge"),
    "EcpmOutOfBand": ("AdRevenueDrop", "AdRevenueSurge"),
    # Too many ads.
    "AdTimeHigh": ("AdLoadOverCap",),
    "AdsBackToBack": ("AdLoadOverCap",),
    "SessionsEndAfterAds": ("AdLoadOverCap",),
    # Who cannot buy coins gives none; who cannot pay orders nothing.
    "GiftValueDrop": ("AppDown", "ActiveViewersDrop", "TopupsFailing"),
    "GifterConversionDrop": ("GiftValueDrop",),
    "CheckoutOutage": ("AppDown", "ActiveViewersDrop", "CheckoutFailing"),
    # Coins and orders are paid through the same payments.
    "TopupsFailing": ("CheckoutFailing",),
    "ClickToOrderDrop": ("CheckoutFailing", "CheckoutOutage"),
    # The price and the number of what ads sell.
    "AdFillDrop": ("AdRevenueDrop",),
    "AdReturnDrop": ("EcpmOutOfBand",),
    "ConversionCostHigh": ("EcpmOutOfBand", "AdConversionsDrop"),
    "CommissionRateShift": ("CommissionRateOutOfRange",),
    # Money by tool, and its total.
    "ToolEarningsDrop": _MONEY,
    "CreatorEarningsDrop": (*_MONEY, *_RATES),
    "CreatorEarningsLow": ("CreatorEarningsDrop", *_MONEY, *_RATES),
    "PlatformRevenueOutOfBand": ("CreatorEarningsDrop", "CreatorEarningsSurge", *_MONEY, *_RATES),
    "RealisedTakeRateOff": _RATES,
    "GiftRefundsHigh": ("MinorClaimsHigh",),
    "CoinPurchasesDrop": ("AppDown", "ActiveViewersDrop", "TopupsFailing", "GiftValueDrop"),
    "QualifiedViewsDrop": ("RewardSurge",),
    # Payouts, refunds and caps: many, and then single ones.
    "PayoutsDown": ("PayoutsFailing",),
    "LiabilityHigh": ("PayoutsDown", "PayoutsFailing"),
    "ReversalsHigh": ("RefundWave",),
    "RefundRatioHigh": ("RefundWave",),
    # Nobody sells where nobody can pay; fewer advertisers, and then who they are.
    "ActiveSellersDrop": ("CheckoutOutage", "CheckoutFailing"),
    "AdvertiserRetentionDrop": ("AdvertisersLeaving",),
    "SpendCapBreached": ("SpendCapsNotEnforced",),
}
"""Alert -> the alerts that explain it, in the same app, topic or surface."""

FEWER_RECORDS_OF: Mapping[str, tuple[str, ...]] = {
    "GiftValueDrop": ("gift",),
    "AdRevenueDrop": ("ad",),
    "CheckoutOutage": ("purchase",),
    # Without viewers nobody likes, buys coins or answers in a room.
    "ActiveViewersDrop": ("watch", "engagement", "wallet", "content"),
    "PayoutsDown": ("payout",),
}
"""Page about an app -> the topics of which RecordRateDrop says less than it does."""
ALL_OF_AN_APP = ("gift", "ad", "purchase", "watch", "engagement", "wallet", "content")
"""The topics that fall with an app that is down, of which AppDown says more than RecordRateDrop does."""
