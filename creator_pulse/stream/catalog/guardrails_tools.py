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
        impact="Creators lose gift income with every minute; viewers' payments may be failing.",
        diagnosis=(
            "See whether all regions fell, or one.",
            "See whether gift records still arrive: fewer records point at the gift or payment service.",
            "Compare gift count and value: at a stable count, prices or the catalogue are wrong.",
        ),
        mitigation=(
            "Roll back the last release of the gift or payment service, or switch the payment provider."
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
        impact="Creators' ad share and the platform's revenue fall together.",
        diagnosis=(
            "Compare valid impressions and eCPM: which of the two fell?",
            "Impressions fell: look at ad serving and at the invalid share of the ad topic.",
            "eCPM fell: look at prices, currencies and the campaigns that ended.",
        ),
        mitigation="Roll back the last ad serving or pricing release.",
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
        impact=(
            "Too high: a unit slipped (a price is per thousand), and creators are overpaid. "
            "Too low: underpaid."
        ),
        diagnosis=(
            "A factor near 1,000 or near an exchange rate points at a unit or currency fault.",
            "Look for a release of the ad server or a new currency in the ad topic.",
        ),
        mitigation="Stop the faulty producer; hold payouts of the period until it is corrected.",
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
        impact="Sales are lost, and creators lose their commission.",
        diagnosis=(
            "See whether order count fell with the value: then checkout or payment is failing.",
            "See whether one region or app carries the fall.",
        ),
        mitigation="Roll back the last checkout release, or switch the payment provider.",
    ),
)
