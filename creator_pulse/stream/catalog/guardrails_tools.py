"""Guardrails of gifts, ads and commerce: thresholds of the metric catalogue GI1, AD1, AD3, EC1."""

from __future__ import annotations

from creator_pulse.stream.catalog.conditions import Against, Outside
from creator_pulse.stream.catalog.declare import Guardrail

_DROP = '{{ $labels.app }}: {{ printf "%.2f" $value }} USD in 5 minutes'

GIFT_VALUE = (
    Guardrail(
        alert="GiftValueDrop",
        severity="page",
        series="gift_value_capped_usd",
        window="5m",
        condition=Against("<", 0.7),
        minutes=15,
        guard=("gift_count", 4_000),
        guard_baseline=True,
        topics=("gift",),
        yields_to=("TopupsFailing",),
        summary="Viewers spend far less on gifts than they usually do at this hour.",
        description=(
            f"{_DROP} of gifts (each capped at 1,000 coins), under 70 % of the usual for this "
            f"hour of the week."
        ),
    ),
)

AD_REVENUE = (
    Guardrail(
        alert="AdRevenueDrop",
        severity="page",
        series="ad_value_usd",
        window="5m",
        condition=Against("<", 0.7),
        minutes=15,
        guard=("ad_valid_impressions", 500),
        guard_baseline=True,
        topics=("ad",),
        yields_to=("ActiveViewersDrop",),
        summary="Ads earn far less than they usually do at this hour.",
        description=f"{_DROP} of ad revenue, under 70 % of the usual for this hour of the week.",
    ),
)

ECPM = (
    Guardrail(
        alert="EcpmOutOfBand",
        severity="ticket",
        series="ad_ecpm_usd",
        window="15m",
        condition=Outside(0.7, 2.0),
        minutes=20,
        guard=("ad_valid_impressions", 500),
        topics=("ad",),
        summary="The price of a thousand impressions is far from its usual value.",
        description=(
            '{{ $labels.app }}: eCPM {{ printf "%.2f" $value }} USD over 15 minutes, '
            "outside 0.7 to 2 times the usual for this hour of the week."
        ),
    ),
)

GMV = (
    Guardrail(
        alert="CheckoutOutage",
        severity="page",
        series="order_value_usd",
        window="5m",
        condition=Against("<", 0.7),
        minutes=15,
        guard=("order_count", 100),
        guard_baseline=True,
        topics=("purchase",),
        yields_to=("CheckoutFailing",),
        summary="Orders fell far below what is usual at this hour.",
        description=f"{_DROP} of orders, under 70 % of the usual for this hour of the week.",
    ),
)
