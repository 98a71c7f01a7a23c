"""All windows of a merge lane: one for each length, set of topics, and zone of business days."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.catalog.declaration.declare import DAY_MS
from creator_pulse.stream.windows.business_days import ANYWHERE
from creator_pulse.stream.windows.formula import Formula
from creator_pulse.stream.windows.hopping import Hopping
from creator_pulse.stream.windows.panes import LEVELS
from creator_pulse.stream.windows.plans import NO_PLANS, Plans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.events.references import References
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.windows.business_days import BusinessDays
    from creator_pulse.stream.windows.panes import PaneStore
    from creator_pulse.stream.windows.tables import Table

Readers = dict[tuple[str, int, int], list[Hopping]]
"""Measure or table, level, and phase of its panes -> the windows that read it there."""


class Horizon(NamedTuple):
    """Up to where everything may be forgotten.

    Attributes:
        floors: level -> measure or table -> start of the oldest pane that some window needs.
        ends: name of a window -> end of the oldest one that something may still change.
    """

    floors: Mapping[int, Mapping[str, int]]
    ends: Mapping[str, int]


def horizon_of(hoppings: Sequence[Hopping]) -> Horizon:
    """What is needed as of now."""
    floors = {level: floors_of(hoppings, level) for level in LEVELS}
    return Horizon(floors, {one.name: (one.frontier or 0) - one.restate_ms for one in hoppings})


def hoppings_of(
    catalogue: Catalogue,
    tables: Mapping[str, Table],
    panes: PaneStore,
    lateness_ms: int,
    days: BusinessDays,
    key: HashKey,
    references: References = NO_PLANS,
) -> tuple[Hopping, ...]:
    """The windows that some value needs, in a fixed order.

    Args:
        catalogue: values and their windows.
        tables: by measure, of those that have identities or sizes.
        panes: where cells are.
        lateness_ms: how long after its end a window closes.
        days: zones of business days; a window without them is of all apps.
        key: of the installation.
        references: with the plans that some formulas compare with.
    """
    plans = Plans(references, key)
    grouped: dict[tuple[tuple[str, ...], str], list[Formula]] = {}
    for value in catalogue.values:
        formula = Formula(value, catalogue.measures, tables, plans)
        topics = catalogue.topics_of(value)
        for label in value.windows:
            grouped.setdefault((topics, label), []).append(formula)
    return tuple(
        Hopping(topics, window, tuple(formulas), panes, lateness_ms, zone)
        for (topics, label), formulas in sorted(grouped.items(), key=lambda item: item[0])
        for window in (catalogue.windows[label],)
        for zone in (days.zones if window.runs else (ANYWHERE,))
    )


def readers_of(hoppings: Iterable[Hopping]) -> Readers:
    """Which windows a change of a pane concerns."""
    found: Readers = {}
    for hopping in hoppings:
        for name in (*hopping.measures, *(f"#{topic}" for topic in hopping.topics)):
            found.setdefault((name, hopping.window.step_ms, hopping.zone.phase), []).append(hopping)
    return found


def floors_of(hoppings: Iterable[Hopping], level: int) -> dict[str, int]:
    """Measure or table -> start of the oldest pane of a level that some window needs.

    Nothing while one of them has not closed yet: what it will need is not known.
    """
    found: dict[str, int] = {}
    for hopping in hoppings:
        needed = dict.fromkeys(hopping.floored, 0) if level == hopping.window.step_ms else {}
        if level == DAY_MS:
            for formula in hopping.formulas:
                needed |= {name: max(needed.get(name, 0), formula.past_ms) for name in formula.past}
        if not needed:
            continue
        if hopping.floor is None:
            return {}
        for name, back in needed.items():
            found[name] = min(found.get(name, hopping.floor), hopping.floor - back)
    return found
