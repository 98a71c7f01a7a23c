"""Guardrails of ads as creators and advertisers see them: catalogue AD4 to AD6, AV2, AV4, AV6."""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.conditions import Against, Apart
from creator_pulse.stream.catalog.declare import Guardrail

_USUAL = "usual for this hour of the week"
_ticket = partial(Guardrail, severity="ticket", topics=("ad",))

FILL = (
    _ticket(
        alert="AdFillDrop",
        series="ad_fill_ratio",
        window="15m",
        condition=Against("<", 0.85),
        minutes=15,
        guard=("ad_slots", 1_000),
        guard_baseline=True,
        yields_to=("AdRevenueDrop",),
        summary="Fewer of the places for ads are filled than usual.",
        description=(
            f"{{{{ $labels.app }}}}: {{{{ $value | humanizePercentage }}}} of the slots of 15 minutes were "
            f"filled, under 85 % of the {_USUAL}."
        ),
    ),
    _ticket(
        alert="AdViewabilityDrop",
        series="ad_viewability_ratio",
        window="15m",
        condition=Apart(below=0.05),
        minutes=30,
        guard=("ad_measurable_impressions", 1_500),
        summary="Fewer of the ads shown can be seen than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the measurable impressions of 15 "
            f"minutes were viewable, over 5 points under the {_USUAL}."
        ),
    ),
)

CLICKS = (
    _ticket(
        alert="AdClickRateHigh",
        series="ad_click_ratio",
        window="1h",
        condition=Against(">", 3),
        minutes=15,
        guard=("ad_human_impressions", 6_300),
        summary="Viewers seem to click ads far more often than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the impressions of an hour were "
            f"clicked, over 3 times the {_USUAL}."
        ),
    ),
)

SHARED = (
    Guardrail(
        alert="SharedInventoryDrop",
        severity="page",
        series="ad_shared_inventory_ratio",
        window="1h",
        condition=Against("<", 0.8),
        minutes=20,
        guard=("ad_valid_impressions", 500),
        topics=("ad",),
        summary="Far fewer of the ads shown pay a creator than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the valid impressions of an hour "
            f"carry a revenue share, under 80 % of the {_USUAL}."
        ),
    ),
)


CONVERSIONS = (
    _ticket(
        alert="AdConversionsDrop",
        series="ad_conversions_per_1000",
        window="1h",
        condition=Against("<", 0.6),
        minutes=120,
        guard=("ad_conversion_count", 100),
        guard_baseline=True,
        summary="Ads lead to far fewer conversions than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.3f" $value }} conversions per 1,000 valid impressions of an '
            f"hour, under 60 % of the {_USUAL}."
        ),
    ),
    _ticket(
        alert="AdReturnDrop",
        series="ad_return_on_spend_ratio",
        window="1h",
        condition=Against("<", 0.6),
        minutes=120,
        guard=("ad_conversion_count", 100),
        guard_baseline=True,
        yields_to=("EcpmOutOfBand",),
        summary="Ads return far less money than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.2f" $value }} USD of sales per USD of ads in an hour, under '
            f"60 % of the {_USUAL}."
        ),
    ),
)

TARGET = (
    _ticket(
        alert="AdOffTarget",
        series="ad_on_target_ratio",
        window="1h",
        condition=Apart(below=0.05),
        minutes=30,
        guard=("ad_targeted_impressions", 5_000),
        summary="Ads reach the people they are meant for less often than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the impressions of an hour were in "
            f"their target group, over 5 points under the {_USUAL}."
        ),
    ),
)

COST = (
    _ticket(
        alert="ConversionCostHigh",
        series="ad_cost_per_conversion_usd",
        window="24h",
        condition=Against(">", 1.5),
        minutes=120,
        guard=("ad_conversion_count", 200),
        yields_to=("EcpmOutOfBand", "AdConversionsDrop"),
        summary="A conversion costs advertisers far more than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.2f" $value }} USD of ads per conversion over a day, over 1.5 '
            f"times the {_USUAL}."
        ),
    ),
)
