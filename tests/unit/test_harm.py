"""Which parties an alert hurts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from creator_pulse.stream.catalog.creators.metrics import CR4
from creator_pulse.stream.catalog.declaration.harm import hurting
from creator_pulse.stream.catalog.gift.metrics import GI1
from creator_pulse.stream.catalog.pipeline.metrics import PL1
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.errors import CatalogError

ALL = ("creators", "viewers", "advertisers", "platform")
HURT = hurting(METRICS)


@pytest.mark.parametrize(
    ("alert", "parties"),
    [
        # Half of a gift is the creator's, half the platform's.
        ("GiftValueDrop", ("creators", "platform")),
        # A price that is a thousand times too high is paid, and must be given back.
        ("AdRevenueSurge", ("advertisers", "platform")),
        ("AdRevenueDrop", ("creators", "advertisers", "platform")),
        ("PayoutsDown", ("creators",)),
        # What buyers send back takes commission from creators and fees from the platform.
        ("RefundWave", ("creators", "viewers", "platform")),
        ("AppDown", ALL),
        # Creators earn less: neither viewers nor advertisers are worse off for it.
        ("CreatorEarningsDrop", ("creators",)),
        ("MinorGift", ("viewers", "platform")),
        # What is not counted in time says nothing of who is well.
        ("DataStale", ()),
    ],
)
def test_an_alert_hurts_all_who_are_worse_off(alert: str, parties: tuple[str, ...]) -> None:
    """Several may be: the state of each of them follows from it."""
    assert HURT[alert] == parties


def test_whom_a_metric_is_for_is_hurt_unless_others_are_named() -> None:
    """GI1 is for the platform and creators, and names nobody else for its drop."""
    assert GI1.stakeholders == ("platform", "creators")
    drop = next(guardrail for guardrail in GI1.guardrails if guardrail.alert == "GiftValueDrop")
    assert drop.hurts == ()
    named = replace(GI1, guardrails=(replace(drop, hurts=("viewers",)),))
    assert hurting([named]) == {"GiftValueDrop": ("viewers",)}


def test_who_is_no_party_cannot_be_hurt() -> None:
    """On-call watches, and is not one of the four."""
    wrong = replace(CR4, guardrails=(replace(CR4.guardrails[0], hurts=("on-call",)),))
    with pytest.raises(CatalogError, match="hurts \\['on-call'\\], which is no party"):
        hurting([wrong])


def test_an_alert_of_the_business_hurts_somebody() -> None:
    """One that nobody is worse off for would be no alert."""
    wrong = replace(CR4, stakeholders=("on-call",))
    with pytest.raises(CatalogError, match="hurts no party"):
        hurting([wrong])
    assert hurting([PL1])


def test_a_page_and_its_ticket_hurt_the_same_parties() -> None:
    """They are one alert, told by one name."""
    page, *others = GI1.guardrails
    wrong = replace(GI1, guardrails=(replace(page, hurts=("viewers",)), *others))
    with pytest.raises(CatalogError, match="hurt different parties"):
        hurting([wrong])
