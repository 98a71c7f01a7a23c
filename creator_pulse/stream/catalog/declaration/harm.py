"""Who is worse off while an alert fires: the parties whose state follows from it.

One alert may hurt several: of gifts that vanish neither creators nor the platform have their part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from creator_pulse.stream.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric

PARTIES: Final = ("creators", "viewers", "advertisers", "platform")
"""Those who must all stay well; on-call is not one of them."""


def hurt(metric: Metric, guardrail: Guardrail) -> tuple[str, ...]:
    """The parties that an alert hurts, those of its metric's stakeholders unless it names others.

    None by an alert of the pipeline: numbers that are not counted well say nothing of who is well.
    """
    if metric.tier == "pipeline":
        return ()
    return guardrail.hurts or tuple(party for party in metric.stakeholders if party in PARTIES)


def hurting(metrics: Iterable[Metric]) -> Mapping[str, tuple[str, ...]]:
    """Alert -> the parties that it hurts, in the order of ``PARTIES``.

    Raises:
        CatalogError: it hurts nobody, somebody unknown, or its page hurts others than its ticket does.
    """
    parties: dict[str, tuple[str, ...]] = {}
    for metric in metrics:
        for guardrail in metric.guardrails:
            hurts = hurt(metric, guardrail)
            unknown = set(hurts) - set(PARTIES)
            if unknown:
                raise CatalogError(f"{guardrail.alert}: hurts {sorted(unknown)}, which is no party")
            if not hurts and metric.tier != "pipeline":
                raise CatalogError(f"{guardrail.alert}: hurts no party")
            ordered = tuple(party for party in PARTIES if party in hurts)
            if parties.setdefault(guardrail.alert, ordered) != ordered:
                raise CatalogError(f"{guardrail.alert}: its page and its ticket hurt different parties")
    return parties
