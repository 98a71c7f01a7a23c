"""All windows of a merge lane: one for each length, set of topics, and zone of business days."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS, MINUTE_MS
from creator_pulse.stream.panes.business_days import ANYWHERE
from creator_pulse.stream.panes.store import LEVELS
from creator_pulse.stream.settings import INPUT_TOPICS
from creator_pulse.stream.windows.formula import Formula
from creator_pulse.stream.windows.plans import NO_PLANS, Plans
from creator_pulse.stream.windows.window_operator import WindowOperator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.catalog.declaration.declare import Window
    from creator_pulse.stream.events.references import References
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.panes.business_days import BusinessDays
    from creator_pulse.stream.panes.store import PaneStore
    from creator_pulse.stream.panes.tables import Table

Readers = dict[tuple[str, int, int], list[WindowOperator]]
"""Name of a table, level, and phase of the panes -> the windows that read it there."""

_SLOW_EVERY_MS = 5 * MINUTE_MS
"""Of business days: what looks at many of them changes with every record, and this often is enough."""


class Horizon(NamedTuple):
    """Up to where everything may be forgotten.

    Attributes:
        floors: level -> measure or table -> start of the oldest pane that some window needs.
        ends: name of a window -> end of the oldest one that something may still change.
    """

    floors: Mapping[int, Mapping[str, int]]
    ends: Mapping[str, int]


def horizon_of(operators: Sequence[WindowOperator]) -> Horizon:
    """The panes and windows that are needed as of now."""
    floors = {level: floors_of(operators, level) for level in LEVELS}
    return Horizon(
        floors, {operator.name: (operator.frontier or 0) - operator.restate_ms for operator in operators}
    )


def operators_of(
    catalogue: Catalogue,
    tables: Mapping[str, Table],
    panes: PaneStore,
    lateness_ms: int,
    days: BusinessDays,
    key: HashKey,
    references: References = NO_PLANS,
    *,
    in_step: bool = False,
) -> tuple[WindowOperator, ...]:
    """The windows that some value needs, in a fixed order.

    Args:
        catalogue: values and their windows.
        tables: by measure, of those that have identities or sizes.
        panes: the store that holds the sums of each pane.
        lateness_ms: how long after its end a window closes.
        days: zones of business days; a window without them is of all apps.
        key: the installation's secret, under which ids are hashed.
        references: with the plans that some formulas compare with.
        in_step: whether all topics have one watermark, as in a past that is drawn: then a window of one
            length serves the values of all, and sums that they share are made once. Slow results of windows
            that move by hours are made once an hour there.
    """
    plans = Plans(references, key)
    every = tuple(sorted(INPUT_TOPICS))
    grouped: dict[tuple[tuple[str, ...], str], dict[Formula, tuple[str, ...]]] = {}
    for value in catalogue.values:
        formula = Formula(value, catalogue.measures, tables, plans)
        own = topics = catalogue.topics_of(value)
        if in_step:
            # Windows with cohorts keep their panes longer: they stay apart, under the topics backwards.
            topics = every[::-1] if formula.cohorts else every
        for label in value.windows:
            grouped.setdefault((topics, label), {})[formula] = own
    return tuple(
        WindowOperator(
            topics,
            window,
            tuple(formulas),
            panes,
            lateness_ms,
            zone,
            set(formulas.values()),
            _slow_every_ms(window, in_step=in_step),
        )
        for (topics, label), formulas in sorted(grouped.items(), key=lambda item: item[0])
        for window in (catalogue.windows[label],)
        for zone in (days.zones if window.runs else (ANYWHERE,))
    )


def _slow_every_ms(window: Window, *, in_step: bool) -> int:
    """How much event time lies between two makings of slow results; 0: no less than of others."""
    if in_step and window.step_ms >= HOUR_MS:
        return HOUR_MS
    return _SLOW_EVERY_MS if window.runs else 0


def readers_of(operators: Iterable[WindowOperator]) -> Readers:
    """Which windows a change of a pane concerns."""
    readers: Readers = {}
    for operator in operators:
        for name in (*operator.measures, *(f"#{topic}" for topic in operator.topics)):
            readers.setdefault((name, operator.window.step_ms, operator.zone.phase), []).append(operator)
    return readers


def floors_of(operators: Iterable[WindowOperator], level: int) -> dict[str, int]:
    """Measure or table -> start of the oldest pane of a level that some window needs.

    Nothing while a window has not closed yet, because its oldest pane is not known.
    """
    oldest: dict[str, int] = {}
    for operator in operators:
        needed = dict.fromkeys(operator.floored, 0) if level == operator.window.step_ms else {}
        # Some formulas look back over days before their window: the floor lies so much deeper.
        if level == DAY_MS:
            for formula in operator.formulas:
                needed |= {name: max(needed.get(name, 0), formula.past_ms) for name in formula.past}
        if not needed:
            continue
        if operator.floor is None:
            return {}
        for name, back in needed.items():
            oldest[name] = min(oldest.get(name, operator.floor), operator.floor - back)
    return oldest
