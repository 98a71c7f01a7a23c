"""The valid reference entries as series: plans and contracts with which values are compared.

Every worker exposes the same ones, so they are aggregated with ``max``, not with ``sum``.
"""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.catalog.declaration.causes import ALL_TOOLS
from creator_pulse.stream.catalog.declaration.labels import OTHER, TOOLS
from creator_pulse.stream.catalog.overrides import overridable, places_of
from creator_pulse.stream.catalog.registry import METRICS, VALUES
from creator_pulse.stream.events.reference_entry import ANY, COINS, KINDS
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.lanes.limits import Limited, limits
from creator_pulse.stream.panes.business_days import BusinessDays
from creator_pulse.stream.transport.names import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from creator_pulse.stream.events.references import References
    from creator_pulse.stream.settings import Settings

HELPS: Mapping[str, str] = MappingProxyType(
    {
        "pulse_reference_entries": "entries of the reference topic by kind; ignored: used for nothing",
        "pulse_contracted_take_ratio": "the platform's share by contract, of the version that holds now",
        "pulse_reward_budget_usd": "planned rewards per day, of the version that holds now",
        "pulse_calendar_factor": "times the usual volume that the calendar expects now; 1 on a usual day",
        "pulse_ledger_day_usd": "earnings of the newest day that the books have closed",
        "pulse_ledger_day_timestamp_seconds": "start of that day",
        "pulse_target": "planned value, of the version that holds now",
        "pulse_opening_coins": "coins that viewers held when counting began, of the version that holds now",
        "pulse_opening_owed_usd": (
            "money owed to creators when counting began, of the version that holds now"
        ),
        "pulse_benchmark": "published terms of a platform, of the version that holds now; a share, or USD",
        "pulse_override_bound": "what the bound of an alert is set to now, in one app or region",
        "pulse_override_until_timestamp_seconds": "when that ends; with who set it, and why",
        "pulse_verdicts": "cases closed in the last 7 days, by what was found",
    }
)
"""Family name -> help text."""
VERDICT_DAYS = 7
_RULES = frozenset(metric.id for metric in METRICS)
_SERIES = frozenset(value.name for value in VALUES)


def reference_samples(references: References, settings: Settings, now_ms: int) -> Iterator[Sample]:
    """All series, of the versions that are valid now.

    Args:
        references: all entries so far, with their versions.
        settings: the apps and regions that have series.
        now_ms: the time at which a version must be valid, epoch ms.
    """
    for kind in KINDS:
        yield Sample("pulse_reference_entries", (("kind", kind),), references.count(kind))
    yield Sample("pulse_reference_entries", (("kind", "ignored"),), references.ignored)
    yield from limits({"references": Limited(references, references.size)}, (("topic", REFERENCE),))
    yield from _contracted(references, settings, now_ms)
    yield from _budgets(references, settings, now_ms)
    yield from _calendar(references, settings, now_ms)
    yield from _ledger_days(references, settings, now_ms)
    yield from _targets(references, settings, now_ms)
    yield from _openings(references, settings, now_ms)
    yield from _benchmarks(references, now_ms)
    yield from _verdicts(references, now_ms)
    yield from _overrides(references, settings, now_ms)


def _contracted(references: References, settings: Settings, now_ms: int) -> Iterator[Sample]:
    for tool in TOOLS:
        for app, regions in settings.regions.items():
            for region in (*regions, OTHER):
                places = ((app, region), (app, ANY), (ANY, region), (ANY, ANY))
                entries = (
                    references.entry("take_rate", ":".join((tool, *place)), now_ms) for place in places
                )
                # The first one that is valid, from the most specific place to ``*:*``.
                bps = next((entry.bps for entry in entries if entry is not None), None)
                if bps is not None:
                    labels = (("app", app), ("region", region), ("tool", tool))
                    yield Sample("pulse_contracted_take_ratio", labels, bps / 10_000)


def _budgets(references: References, settings: Settings, now_ms: int) -> Iterator[Sample]:
    for app, regions in settings.regions.items():
        for region in (*regions, OTHER):
            entry = references.entry("reward_budget", f"{app}:{region}", now_ms)
            if entry is not None and entry.usd_micros is not None:
                labels = (("app", app), ("region", region))
                yield Sample("pulse_reward_budget_usd", labels, entry.usd_micros / 10**6)


def _calendar(references: References, settings: Settings, now_ms: int) -> Iterator[Sample]:
    """Per app and tool the expected multiple of the usual volume; 1 on a day without an entry.

    The tool ``all`` stands for signals of all tools, because only an entry of the whole app is about those.
    """
    for app in settings.regions:
        for tool in (*TOOLS, ALL_TOOLS):
            labels = (("app", app), ("tool", tool))
            yield Sample("pulse_calendar_factor", labels, references.announced(app, tool, now_ms))


def _ledger_days(references: References, settings: Settings, now_ms: int) -> Iterator[Sample]:
    """Per tool and app the newest day that the books have closed."""
    days = BusinessDays(settings.day_offsets)
    newest: dict[tuple[str, str], tuple[int, int]] = {}
    for entry in references.entries("ledger_day"):
        tool, app, _ = entry.id.split(":")
        if app in settings.regions and entry.usd_micros is not None and entry.holds_at(now_ms):
            # The newest day wins; of two entries for one day, that with the larger amount.
            start = days.begins(entry.valid_from, app)[0]
            newest[tool, app] = max(newest.get((tool, app), (0, 0)), (start, entry.usd_micros))
    for (tool, app), (start, usd_micros) in newest.items():
        labels = (("app", app), ("tool", tool))
        yield Sample("pulse_ledger_day_usd", labels, usd_micros / 10**6)
        yield Sample("pulse_ledger_day_timestamp_seconds", labels, start / 1000)


def _targets(references: References, settings: Settings, now_ms: int) -> Iterator[Sample]:
    for name in sorted({entry.id for entry in references.entries("target")}):
        series, _, app = name.partition(":")
        entry = references.entry("target", name, now_ms)
        if series in _SERIES and app in settings.regions and entry is not None and entry.value is not None:
            yield Sample("pulse_target", (("app", app), ("series", series)), entry.value)


def _openings(references: References, settings: Settings, now_ms: int) -> Iterator[Sample]:
    for app in settings.regions:
        entry = references.entry("opening", f"{COINS}:{app}", now_ms)
        if entry is not None and entry.value is not None:
            yield Sample("pulse_opening_coins", (("app", app),), entry.value)
        for tool in TOOLS:
            entry = references.entry("owed", f"{app}:{tool}", now_ms)
            if entry is not None and entry.usd_micros is not None:
                labels = (("app", app), ("tool", tool))
                yield Sample("pulse_opening_owed_usd", labels, entry.usd_micros / 10**6)


def _benchmarks(references: References, now_ms: int) -> Iterator[Sample]:
    """One series a term: its labels are of closed lists, as the judge of entries sees to."""
    for name in sorted({entry.id for entry in references.entries("benchmark")}):
        platform, tool, what = name.split(":")
        entry = references.entry("benchmark", name, now_ms)
        if entry is not None and entry.value is not None:
            labels = (("platform", platform), ("tool", tool), ("what", what))
            yield Sample("pulse_benchmark", labels, entry.value)


def _verdicts(references: References, now_ms: int) -> Iterator[Sample]:
    """Of each case only the last verdict counts, on the day on which it was given."""
    last = {
        entry.id: entry
        for entry in sorted(references.entries("verdict"), key=lambda verdict: verdict.valid_from)
    }
    counts = Counter(
        (entry.rule if entry.rule in _RULES else OTHER, bool(entry.confirmed))
        for entry in last.values()
        if now_ms - VERDICT_DAYS * DAY_MS < entry.valid_from and entry.holds_at(now_ms)
    )
    for (rule, confirmed), number in sorted(counts.items()):
        labels = (("rule", str(rule)), ("verdict", "confirmed" if confirmed else "rejected"))
        yield Sample("pulse_verdicts", labels, number)


def _overrides(references: References, settings: Settings, now_ms: int) -> Iterator[Sample]:
    """The bounds that somebody set and that have not ended, of alerts and places that there are."""
    for name in sorted({entry.id for entry in references.entries("override")}):
        alert, app, region = name.split(":")
        entry = references.entry("override", name, now_ms)
        if entry is None or entry.value is None or entry.valid_until is None:
            continue
        if alert in overridable() and region in places_of(alert, app, settings):
            place = (("alert", alert), ("app", app), ("region", region))
            yield Sample("pulse_override_bound", place, entry.value)
            labels = (*place, ("reason", entry.note or ""), ("who", entry.who or ""))
            yield Sample("pulse_override_until_timestamp_seconds", labels, entry.valid_until / 1000)
