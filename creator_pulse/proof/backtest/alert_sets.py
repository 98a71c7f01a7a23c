"""Names of alerts by their meaning, as the labels of the synthetic worlds use them."""

from __future__ import annotations

from creator_pulse.proof.backtest.incident import Match

GIFTS_FALL = Match("GiftValueDrop")
ORDERS_FALL = Match("CheckoutOutage")
GIFTS_RISE = Match("GiftVelocity|GiftValueSurge|CreatorEarningsSurge")
PRICES_RISE = Match("AdRevenueSurge|EcpmOutOfBand")
TOPUPS_FALL = Match("CoinPurchasesDrop")
PAYOUTS_FALL = Match("PayoutsDown|PayoutsDrop|PayoutsStuck")
RECORDS_RISE = Match("RecordRateSurge")
ADS_FALL = Match("AdRevenueDrop")
VIEWERS_FALL = Match("ActiveViewersDrop|WatchTimeLow|AppDown")
TOPUPS_FAIL = Match("TopupsFailing")
CHECKOUTS_FAIL = Match("CheckoutFailing")
REFUNDS_RISE = Match("RefundWave|RefundRatioHigh|ReversalsHigh")
PAYOUTS_FAIL = Match("PayoutsFailing|PayoutsDown")
ROBOTS = Match("InvalidTrafficHigh")
PRICES = Match("EcpmOutOfBand|RegionPriceHigh")
RECORDS_FALL = Match("RecordRateDrop")
REGION_FALLS = Match("RegionQuiet")
RECORDS_INVALID = Match("InvalidShareHigh")
STANDSTILL = Match("DataStale|ConsumerLagHigh")

TOTALS = Match("ToolEarningsDrop|CreatorEarnings(Drop|Low)|PlatformRevenueOutOfBand|RegionQuiet")
"""Sums over what fell: right, though held back by what names the cause."""
RISEN_TOTALS = Match("CreatorEarningsSurge|PlatformRevenueOutOfBand")
AD_LOAD = Match("AdLoad(High|OverCap|TailOverCap)|AdTimeHigh|AdsBackToBack|SessionsEndAfterAds")
BUSINESS = (GIFTS_FALL, ORDERS_FALL, ADS_FALL, VIEWERS_FALL, TOPUPS_FAIL, CHECKOUTS_FAIL, TOTALS)
"""What must be silent while only the pipeline stands still."""
