"""The figures of a backtest: recall by incident and size, precision, time to detect, in vain."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import median
from typing import TYPE_CHECKING, NamedTuple, get_args

import msgspec

from creator_pulse.proof.backtest.judge import IN_VAIN, Opinion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from creator_pulse.proof.backtest.judge import IncidentOutcome, JudgedMessage

_SOON = 30
"""Minutes within which a fall of 30 % is to be found."""
GOALS: dict[str, tuple[str, float]] = {
    "recall_hard": ("least", 1.0),
    "page_precision": ("least", 0.95),
    "clean_pages": ("most", 0.0),
    "median_minutes": ("most", 2.0),
    "recall_30_soon": ("least", 0.8),
}
"""Figure -> whether it must be at least or at most that."""
FIGURES: dict[str, str] = {
    "recall": "share of all incidents that must be told that were told",
    "recall_hard": "of falls of 50 % and more, failures of 20 % and more, and wrong units",
    "recall_30_soon": f"share of the falls of 30 % that were told within {_SOON} minutes",
    "page_precision": "share of pages that were about an incident; consequences count as right",
    "clean_pages": "pages in clean weeks",
    "clean_tickets": "tickets in clean weeks",
    "unusual_pages": "pages about what is unusual and not wrong",
    "unusual_tickets": "tickets about that, above those that are acceptable",
    "median_minutes": "median of the minutes from the start of an incident to its page",
    "worst_minutes": "of hard incidents, the longest of these",
    "median_reset": "median of the minutes from the end of an incident until its page is resolved",
    "pages_a_week": "pages of all kinds in a judged week",
    "flaps": "pages and tickets that came again after they had been resolved",
    "pages_a_fault": "mean of the pages for an incident that was paged",
}
"""What each figure means."""


class SeedResult(NamedTuple):
    """What one world gave.

    Attributes:
        name: of the world, for example ``seed 4``.
        weeks: that were judged.
        opinions: of each message.
        outcomes: of each incident that must be told, and can be told by the judged rules.
        unjudged: incidents that none of these rules could tell, because it reads other series.
    """

    name: str
    weeks: float
    opinions: Sequence[JudgedMessage]
    outcomes: Sequence[IncidentOutcome]
    unjudged: tuple[str, ...] = ()


class IncidentRow(msgspec.Struct, frozen=True):
    """An incident at one size.

    Attributes:
        name: of the incident.
        size: of the incident.
        severity: of the message that must come at least.
        happened: how often.
        detected: how often it was.
        minutes: median until it was told; None: never.
        worst: the longest of these.
        reset: median of minutes after its end until it was resolved.
        pages: mean of the pages about it.
        flaps: messages that came again.
    """

    name: str
    size: str
    severity: str
    happened: int
    detected: int
    minutes: float | None
    worst: int | None
    reset: float | None
    pages: float
    flaps: int


class AlertRow(msgspec.Struct, frozen=True):
    """An alert of one severity, and how its messages were judged; see ``Opinion``.

    Attributes:
        alert: its name.
        severity: page or ticket.
        right: about an incident that it must tell.
        collateral: about an incident that it may tell.
        clean: in a clean week.
        between: while nothing happened.
        unusual: about something unusual.
        beside: while something else happened in its place.
    """

    alert: str
    severity: str
    right: int = 0
    collateral: int = 0
    clean: int = 0
    between: int = 0
    unusual: int = 0
    beside: int = 0

    @property
    def in_vain(self) -> int:
        """Messages that were right about nothing."""
        return self.clean + self.between + self.unusual + self.beside


def figures(results: Sequence[SeedResult]) -> dict[str, float | None]:
    """Every figure of ``FIGURES`` over some worlds; None where there was nothing to measure."""
    outcomes = [outcome for result in results for outcome in result.outcomes]
    opinions = [opinion for result in results for opinion in result.opinions]
    pages = Counter(opinion.opinion for opinion in opinions if opinion.message.page)
    tickets = Counter(opinion.opinion for opinion in opinions if not opinion.message.page)
    hard = [outcome for outcome in outcomes if outcome.incident.hard]
    thirds = [
        outcome
        for outcome in outcomes
        if "vanish" in outcome.incident.name and outcome.incident.size == "30 %"
    ]
    paged = [outcome for outcome in outcomes if outcome.incident.severity == "page"]
    minutes = [outcome.detected for outcome in paged if outcome.detected is not None]
    good, vain = pages["right"] + pages["collateral"], sum(pages[opinion] for opinion in IN_VAIN)
    return {
        "recall": _share(sum(outcome.detected is not None for outcome in outcomes), len(outcomes)),
        "recall_hard": _share(sum(outcome.detected is not None for outcome in hard), len(hard)),
        "recall_30_soon": _share(
            sum(outcome.detected is not None and outcome.detected <= _SOON for outcome in thirds), len(thirds)
        ),
        "page_precision": _share(good, good + vain),
        "clean_pages": pages["clean"],
        "clean_tickets": tickets["clean"],
        "unusual_pages": pages["unusual"],
        "unusual_tickets": _unusual_tickets(opinions),
        "median_minutes": median(minutes) if minutes else None,
        "worst_minutes": max(
            (outcome.detected for outcome in hard if outcome.detected is not None), default=None
        ),
        "median_reset": _median(outcome.reset for outcome in paged),
        "pages_a_week": pages.total() / max(sum(result.weeks for result in results), 1e-9),
        "flaps": sum(outcome.flaps for outcome in outcomes),
        "pages_a_fault": _share(
            sum(outcome.pages for outcome in paged if outcome.pages),
            sum(outcome.pages > 0 for outcome in paged),
        ),
    }


def _share(part: int, of: int) -> float | None:
    return part / of if of else None


def _median(values: Iterable[int | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(median(there)) if there else None


def _unusual_tickets(opinions: Iterable[JudgedMessage]) -> int:
    """Tickets about unusual things, above the number that each may cost."""
    tickets: Counter[int] = Counter()
    allowed: dict[int, int] = {}
    for opinion in opinions:
        if opinion.opinion == "unusual" and not opinion.message.page and opinion.incident is not None:
            tickets[id(opinion.incident)] += 1
            allowed[id(opinion.incident)] = opinion.incident.tickets
    return sum(max(0, count - allowed[key]) for key, count in tickets.items())


def incident_rows(results: Sequence[SeedResult]) -> list[IncidentRow]:
    """Rows by incident and size, in the order of names."""
    groups: dict[tuple[str, str, str], list[IncidentOutcome]] = defaultdict(list)
    for result in results:
        for outcome in result.outcomes:
            incident = outcome.incident
            groups[incident.name, incident.size, incident.severity].append(outcome)
    return [
        IncidentRow(
            *key,
            len(group),
            sum(outcome.detected is not None for outcome in group),
            _median(outcome.detected for outcome in group),
            max((outcome.detected for outcome in group if outcome.detected is not None), default=None),
            _median(outcome.reset for outcome in group),
            sum(outcome.pages for outcome in group) / len(group),
            sum(outcome.flaps for outcome in group),
        )
        for key, group in sorted(groups.items(), key=lambda pair: (pair[0][0], -_number(pair[0][1])))
    ]


def _number(size: str) -> float:
    digits = size.strip("x+/ ").split(" ")[0]
    try:
        return float(digits)
    except ValueError:
        return 0.0


def alert_rows(results: Sequence[SeedResult]) -> list[AlertRow]:
    """Rows by alert and severity; those that were most in vain first."""
    counts: dict[tuple[str, str], Counter[Opinion]] = defaultdict(Counter)
    for result in results:
        for judged in result.opinions:
            severity = "page" if judged.message.page else "ticket"
            counts[judged.message.labels[0].get("alertname", ""), severity][judged.opinion] += 1
    rows = [
        AlertRow(*key, *(count[opinion] for opinion in get_args(Opinion))) for key, count in counts.items()
    ]
    return sorted(rows, key=lambda row: (row.severity, -row.in_vain, row.alert))


def missed_goals(measured: Mapping[str, float | None], goals: Mapping[str, float]) -> list[str]:
    """Texts about figures that miss their goals; a figure that could not be measured misses it, too."""
    missed = []
    for name, goal in goals.items():
        value, side = measured[name], GOALS.get(name, ("least", 0.0))[0]
        if value is None or (value < goal if side == "least" else value > goal):
            missed.append(f"{name} is {figure_text(value)}, at {side} {goal:g} is required")
    return missed


def figure_text(value: float | None) -> str:
    """A figure as people read it."""
    if value is None:
        return "-"
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
