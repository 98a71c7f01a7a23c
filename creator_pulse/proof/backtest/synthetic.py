"""Makes a synthetic world: draws its sums, places what happens in it, and labels it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.backtest.flows import Flows, stream
from creator_pulse.proof.backtest.incident import Announcement, Incident, Stall
from creator_pulse.proof.backtest.labelled_world import LabelledWorld
from creator_pulse.proof.backtest.places import APPS, largest
from creator_pulse.proof.backtest.sums import DAY, HOUR, WEEK
from creator_pulse.proof.backtest.unusual import unusual
from creator_pulse.proof.backtest.wrong import wrong

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

    from creator_pulse.proof.backtest.plan import IncidentPlan
    from creator_pulse.proof.backtest.sums import MinuteSums

HISTORY_WEEKS = 5
START = 29_459_520
"""Monday 2026-01-05, 00:00 UTC, in minutes since the epoch."""
CLEAN_EVERY = 3
"""Of the judged weeks the second of each three is clean."""
_BEFORE, _AFTER = 2 * HOUR, 5 * HOUR
"""Minutes around what happens in which nothing else happens in the same app."""
_PACKED_BEFORE, _PACKED_AFTER = 30, 2 * HOUR + 30
"""Likewise where everything is packed."""
_TRIES = 200
_PLAN_WEEKS = 8
"""Weeks in which every plan happens once."""


def is_clean(week: int) -> bool:
    """Whether nothing happens in a judged week, counted from 0."""
    return week % CLEAN_EVERY == 1


class _Diary:
    """Times that are taken already, by app.

    Args:
        rng: source of randomness, seeded by the world.
        weeks: number of judged weeks.
        packed: whether there are no clean weeks, and less room around what happens.
    """

    def __init__(self, rng: np.random.Generator, weeks: int, *, packed: bool) -> None:
        self._rng, self._minutes = rng, weeks * WEEK
        self._before, self._after = (_PACKED_BEFORE, _PACKED_AFTER) if packed else (_BEFORE, _AFTER)
        clean = (
            [] if packed else [(week * WEEK, (week + 1) * WEEK) for week in range(weeks) if is_clean(week)]
        )
        self._taken: dict[str, list[tuple[int, int]]] = {app: list(clean) for app in APPS}
        self._aside: dict[str, list[tuple[int, int]]] = {app: list(self._taken[app]) for app in APPS}

    def place(self, plan: IncidentPlan, apps: Sequence[str]) -> int | None:
        """A start in minutes after the judged time began, or None if there is no room."""
        books = self._aside if plan.aside else self._taken
        for _ in range(_TRIES):
            last = self._minutes - plan.minutes - self._after
            start = int(self._rng.integers(self._before, max(self._before + 1, last)))
            span = (start - self._before, start + plan.minutes + self._after)
            if span[1] <= self._minutes and all(_free(books[app], span) for app in apps):
                for app in apps:
                    books[app].append(span)
                return start
        return None


def _free(others: Iterable[tuple[int, int]], span: tuple[int, int]) -> bool:
    return all(span[1] <= begin or end <= span[0] for begin, end in others)


def _chosen(
    seed: int, weeks: int, apps: Sequence[str], *, packed: bool
) -> list[tuple[IncidentPlan, tuple[str, ...]]]:
    """Every plan once in eight weeks, longest first, each with the apps it strikes; in fewer weeks only some.

    Packed, every plan of less than a day that fits once a week.
    """
    rng = stream(seed, "plans")
    plans = [*wrong(), *unusual()] * -(-weeks // _PLAN_WEEKS)
    if packed:
        plans = [plan for plan in (*wrong(), *unusual()) if plan.minutes < DAY] * weeks
    elif weeks < _PLAN_WEEKS:
        size = max(1, len(plans) * weeks // _PLAN_WEEKS)
        plans = [plans[place] for place in sorted(rng.choice(len(plans), size, replace=False))]
    struck = [
        (plan, APPS if plan.scope == "platform" else (apps[int(rng.integers(len(apps)))],)) for plan in plans
    ]
    return sorted(struck, key=lambda pair: -pair[0].minutes)


def synthetic(
    seed: int,
    rate: float,
    weeks: int,
    *,
    growth: float = 0.03,
    history_weeks: int = HISTORY_WEEKS,
    packed: bool = False,
    apps: tuple[str, ...] = APPS,
) -> LabelledWorld:
    """A world of weeks of history and labelled weeks.

    Args:
        seed: chooses all chance, also what happens when and where.
        rate: gifts a minute at the larger app; all other volumes follow from it.
        weeks: number of judged weeks.
        growth: of the audience a week.
        history_weeks: before that, in which nothing happens.
        packed: whether as much as possible happens in little time, with no clean week.
        apps: where things happen; what strikes the whole platform strikes all apps in any case.
    """
    minutes = (history_weeks + weeks) * WEEK
    sums = Flows(seed, rate, growth, START, minutes).draw()
    judged = START + history_weeks * WEEK
    diary = _Diary(stream(seed, "diary"), weeks, packed=packed)
    incidents: list[Incident] = []
    calendar: list[Announcement] = []
    for number, (plan, struck) in enumerate(_chosen(seed, weeks, apps, packed=packed)):
        placed = diary.place(plan, struck)
        if placed is not None:
            start = judged + placed
            incidents.append(happen(sums, START, plan, struck, start, stream(seed, "incident", str(number))))
            calendar += _announced(plan, struck, start)
    clean = [
        Incident(
            name="clean week",
            kind="clean",
            severity="none",
            start=judged + week * WEEK,
            end=judged + (week + 1) * WEEK,
        )
        for week in range(weeks)
        if is_clean(week) and not packed
    ]
    return LabelledWorld(
        start=START,
        judged=judged,
        sums=sums,
        incidents=tuple(
            sorted([*incidents, *clean], key=lambda incident: (incident.start, incident.app, incident.name))
        ),
        calendar=tuple(calendar),
        stalls=tuple(
            Stall(start=incident.start, end=incident.end)
            for incident in incidents
            if incident.name == "all topics stall"
        ),
    )


def happen(
    sums: MinuteSums,
    origin: int,
    plan: IncidentPlan,
    apps: Sequence[str],
    start: int,
    rng: np.random.Generator,
) -> Incident:
    """Let a plan happen: change the sums, and give its label.

    Args:
        sums: of the world; changed in place.
        origin: minute since the epoch of the first sum of each series.
        plan: of the incident that happens.
        apps: where; more than one for the whole platform.
        start: minute since the epoch.
        rng: source of randomness, seeded by the world.
    """
    at = slice(start - origin, min(start - origin + plan.minutes, sums.minutes))
    changes = plan.changes(at.stop - at.start)
    region = largest(apps[0]) if plan.scope == "region" else ""
    for app in apps:
        for place in [region] if region else sums.places(app, "gifts"):
            for change in changes:
                change.apply(sums, app, place, at, rng)
    return Incident(
        name=plan.name,
        size=plan.size,
        kind=plan.kind,
        start=start,
        end=origin + at.stop,
        app="" if plan.scope == "platform" else apps[0],
        region=region,
        severity=plan.severity,
        hard=plan.hard,
        must=plan.must,
        may=plan.may,
        never=plan.never,
        tickets=plan.tickets,
    )


def _announced(plan: IncidentPlan, apps: Sequence[str], start: int) -> list[Announcement]:
    return [
        Announcement(tool=tool, app=app, start=start, end=start + plan.minutes, factor=factor)
        for tool, factor in plan.announced
        for app in apps
    ]
