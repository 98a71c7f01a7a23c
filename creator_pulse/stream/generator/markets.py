"""The markets of both apps: how much is watched there, what ads and orders cost, and the platform's fees."""

from __future__ import annotations

from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.generator.model import Market

_FX = {str(entry["id"]): entry["usd_micros"] for entry in DEFAULTS if entry["kind"] == "fx"}
_FEES = {
    str(entry["id"]): entry["bps"]
    for entry in DEFAULTS
    if entry["kind"] == "take_rate" and str(entry["id"]).startswith("commerce:")
}


def _market(
    app: str, region: str, weight: float, currency: str, utc_offset: float, *figures: float
) -> Market:
    rate, fee = _FX[currency], _FEES.get(f"commerce:{app}:{region}", _FEES["commerce:*:*"])
    assert isinstance(rate, int)
    assert isinstance(fee, int)
    cpm_usd, gifts, clicks, order_usd, refund = figures
    return Market(
        app, region, weight, currency, rate, utc_offset, cpm_usd, gifts, clicks, order_usd, refund, fee
    )


MARKETS = (
    # app, region, weight, currency, UTC offset, CPM, gifts, clicks, order value, refunds
    _market("tiktok", "US", 0.30, "USD", -6, 6.0, 1.2, 0.9, 35.0, 0.15),
    _market("tiktok", "GB", 0.08, "GBP", 0, 5.4, 1.0, 0.8, 30.0, 0.15),
    _market("tiktok", "DE", 0.07, "EUR", 1, 5.4, 0.9, 0.5, 30.0, 0.20),
    _market("tiktok", "BR", 0.12, "BRL", -3, 2.4, 0.5, 0.6, 12.0, 0.10),
    _market("tiktok", "ID", 0.13, "IDR", 7, 1.8, 0.5, 1.5, 4.5, 0.10),
    _market("tiktok", "JP", 0.06, "JPY", 9, 5.4, 1.2, 0.5, 25.0, 0.08),
    _market("tiktok", "FR", 0.05, "EUR", 1, 5.4, 0.9, 0.5, 30.0, 0.15),
    _market("tiktok", "VN", 0.04, "VND", 7, 1.8, 0.6, 1.5, 4.5, 0.10),
    _market("tiktok", "KR", 0.03, "KRW", 9, 5.4, 1.0, 0.4, 25.0, 0.08),
    _market("douyin", "CN", 0.12, "CNY", 8, 4.0, 1.5, 2.0, 12.0, 0.40),
)
"""FR, VN and KR are outside the default series budget, so they count as ``other``."""
