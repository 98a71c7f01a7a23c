"""Which alerts' bounds somebody may set for a while, in one app or region, and where rules read that.

An override is an entry of the reference topic (contract, section 3); workers show it, and the rule of its
alert compares with it instead of the declared bound.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.labels import OTHER
from creator_pulse.stream.catalog.registry import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declaration.declare import Guardrail
    from creator_pulse.stream.settings import Settings

WHOLE = "all"
"""Stands for the region of an alert that is about a whole app."""
OVERRIDES = "alert_app_region:pulse_override_bound:max"
"""The overrides that hold now, whichever workers show them."""
OVERRIDES_EXPR = "max by (alert, app, region) (pulse_override_bound)"


@cache
def overridable() -> Mapping[str, tuple[Guardrail, ...]]:
    """Alert -> its forms, if all are about an app or a region and have a single bound.

    Not of facts: each is one too many, whatever anybody says.
    """
    forms: dict[str, list[Guardrail]] = {}
    for metric in METRICS:
        for guardrail in metric.guardrails:
            forms.setdefault(guardrail.alert, []).append(guardrail)
    return {
        alert: tuple(each)
        for alert, each in forms.items()
        if all("app" in form.by and form.condition.parameter is not None and not form.fact for form in each)
    }


def by_region(alert: str) -> bool:
    """Whether an overridable alert, and so its override, is about one region."""
    return "region" in overridable()[alert][0].by


def places_of(alert: str, app: str, settings: Settings) -> tuple[str, ...]:
    """The regions of which an override of an alert can be; none of an app that is not there.

    Args:
        alert: name of an overridable alert.
        app: name of an app of the settings.
        settings: the regions that have series.
    """
    regions = settings.regions.get(app)
    if regions is None:
        return ()
    return (*regions, OTHER) if by_region(alert) else (WHOLE,)


def bound_of(guardrail: Guardrail) -> tuple[str, str]:
    """The labels on which a guardrail's series meets its overrides, and their selector."""
    if "region" in guardrail.by:
        return "app, region", f'{OVERRIDES}{{alert="{guardrail.alert}"}}'
    return "app", f'{OVERRIDES}{{alert="{guardrail.alert}",region="{WHOLE}"}}'
