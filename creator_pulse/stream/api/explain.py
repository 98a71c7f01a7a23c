"""Which values explain a change of a signal: the timelines of merge lanes, judged for any span of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.api.answers import Explained
from creator_pulse.stream.api.asked import LATEST_MS, chosen, span, whole
from creator_pulse.stream.api.current import label_value
from creator_pulse.stream.api.problem import wrong
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.catalog.signals import SIGNALS
from creator_pulse.stream.contributors.explanation import explained, explained_by_app

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.stream.api.live_views import CurrentValues
    from creator_pulse.stream.contributors.explanation import Explanation
    from creator_pulse.stream.contributors.timeline import Timeline
    from creator_pulse.stream.settings import Settings

USUAL_MINUTES = 30
"""Minutes that are explained while nothing is unusual, and nobody says which."""
NAMES = tuple(signal.name for signal in SIGNALS)
"""Signals that can be explained."""
SIGNALS_OF: Mapping[str, tuple[str, ...]] = {
    guardrail.alert: tuple(name for name in scan.signals if name in NAMES)
    for metric in METRICS
    for guardrail in metric.guardrails
    if (scan := guardrail.condition.scan) is not None and not set(NAMES).isdisjoint(scan.signals)
}
"""Alert -> the signals that it is about."""


async def explain(
    query: Mapping[str, str], settings: Settings, values: CurrentValues, now_ms: int
) -> Explained:
    """The explanations of the asked signals; without a signal or an alert, of those that are not as usual.

    Args:
        query: signal, alert, app, region, from, to, at.
        settings: the regions that there are.
        values: where the timelines are.
        now_ms: epoch ms.

    Raises:
        AskedWrongError: 400: an invalid parameter.
        UnreachableError: Redis does not answer.
    """
    signal, alert = chosen(query, "signal", NAMES), chosen(query, "alert", tuple(SIGNALS_OF))
    label_value(query, "app", settings)
    label_value(query, "region", settings)
    given = _span(query, now_ms)
    names = NAMES if signal is None else (signal,)
    if alert is not None:
        names = tuple(name for name in SIGNALS_OF[alert] if name in names)
    items = []
    for name in names:
        timelines = [
            timeline for timeline in await values.timelines(name) if query.get("app") in {None, timeline.app}
        ]
        if signal is None and alert is None:
            timelines = [timeline for timeline in timelines if timeline.since_ms is not None]
        items += _explanations(timelines, given, query.get("region", ""))
    return Explained(items=items, published=await values.are_published())


def _explanations(
    timelines: Sequence[Timeline], given: tuple[int, int] | None, region: str
) -> list[Explanation]:
    spans = [_chosen(timeline, given) for timeline in timelines]
    each = [
        explained(timeline, since, until, region)
        for timeline, (since, until) in zip(timelines, spans, strict=True)
    ]
    explanations = [explanation for explanation in each if explanation is not None]
    if len(explanations) > 1 and not region:
        together = explained_by_app(
            timelines, min(since for since, _ in spans), min(until for _, until in spans)
        )
        if together is not None:
            explanations.insert(0, together)
    return explanations


def _span(query: Mapping[str, str], now_ms: int) -> tuple[int, int] | None:
    """The minutes that are asked for; None: whatever is not as usual."""
    if "at" in query:
        if {"from", "to"} & query.keys():
            raise wrong("query.at", "at is given beside from or to", "give at alone, or from and to")
        at = whole(query, "at", now_ms, 1, LATEST_MS)
        return max(at // MINUTE_MS - USUAL_MINUTES, 0), at // MINUTE_MS
    if not {"from", "to"} & query.keys():
        return None
    since, until = span(query, now_ms, USUAL_MINUTES * MINUTE_MS)
    return since // MINUTE_MS, until // MINUTE_MS


def _chosen(timeline: Timeline, given: tuple[int, int] | None) -> tuple[int, int]:
    if given is not None:
        return given
    if timeline.since_ms is None:
        return timeline.end - USUAL_MINUTES, timeline.end
    return min(timeline.since_ms // MINUTE_MS, timeline.end - 1), timeline.end
