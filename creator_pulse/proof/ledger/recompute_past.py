"""What looks at earlier days, at plans, and at both directions of a pair, from the ledger's lines.

Written from the catalogue's words, without the engine's code; every day's sums are found again in minutes.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import DAY_MS
from creator_pulse.proof.ledger.recompute_firsts import firsts_of
from creator_pulse.proof.ledger.recompute_spread import Wanted, figure_of, figures_of, unit_of
from creator_pulse.stream.catalog.aggregates_past import (
    DaysTo,
    Dependent,
    Fallen,
    Kept,
    OverPanel,
    Paced,
    Reciprocal,
)
from creator_pulse.stream.catalog.registry import MEASURES, VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.ledger.recompute_spread import Cells, Labels
    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.stream.catalog.aggregates import OverEach
    from creator_pulse.stream.catalog.declare import Sum

PAST = (DaysTo, Dependent, Fallen, Kept, Paced, Reciprocal)
_BILLION = 10**9
_LATE_DAYS = 3
"""How many parts, one for each horizon, come late and still enter a day."""


class Past:
    """The sums of every business day.

    Args:
        truth: the ledger's sums and plans.
        hours: app -> hours that its business day begins before that of UTC.
    """

    def __init__(self, truth: Truth, hours: Mapping[str, int]) -> None:
        self.plans = truth.plans
        self._hours = hours
        read = {name for one in VALUES if isinstance(one.formula, PAST) for name in one.measures}
        self._days: dict[tuple[str, str, int], list[tuple[Labels, list[int | None]]]] = {}
        for (name, labels, pane), parts in {**truth.windows, **firsts_of(truth.windows)}.items():
            if name in read:
                app = labels[MEASURES[name].labels.index("app")]
                self._days.setdefault((name, app, self.begin(pane, app)), []).append((labels, parts))

    def begin(self, time: int, app: str) -> int:
        """Start of the business day of an app that holds a time, ms."""
        ahead = self._hours.get(app, 0) * 3_600_000
        return (time + ahead) // DAY_MS * DAY_MS - ahead

    def cells(self, measures: Iterable[str], app: str, start: int, *, late: bool) -> Cells:
        """The sums of one day.

        Args:
            measures: ids.
            app: whose day.
            start: of the day.
            late: whether what came late counts.
        """
        found: Cells = {}
        for name in measures:
            for labels, parts in self._days.get((name, app, start), ()):
                for total in parts[: 1 + _LATE_DAYS] if late else parts[:1]:
                    if total is not None:
                        found[name, labels] = found.get((name, labels), 0) + total
        return found


def of_past(
    formula: OverEach, cells: Cells, span: tuple[int, int], app: str, past: Past, *, late: bool
) -> Wanted:
    """What a formula must show.

    Args:
        formula: one of ``PAST``.
        cells: of the window, of one app.
        span: start and end of the window.
        app: whose window.
        past: every day.
        late: whether what came late counts in the window.
    """
    if isinstance(formula, Reciprocal):
        return _reciprocal(formula, cells)
    if isinstance(formula, Paced):
        return _paced(formula, cells, span, past)
    if isinstance(formula, DaysTo):
        return _days_to(formula, span, app, past, late=late)
    if isinstance(formula, Fallen):
        return _fallen(formula, cells, span[0], app, past)
    if isinstance(formula, Dependent):
        return _dependent(formula, cells, span[0], app, past)
    assert isinstance(formula, Kept)
    before = past.cells(formula.each.measures, app, span[0] - formula.days * DAY_MS, late=False)
    there = {who for _, who in figures_of(formula.each, before)}
    again = there & {who for _, who in figures_of(formula.each, cells)}
    return Wanted(Fraction(len(again), len(there)) if there else None)


def _sums(of: Sum, cells: Cells, label: str) -> dict[str, int]:
    """Figure of each identity that has any sum of the formula."""
    own: dict[str, dict[str, int]] = {}
    for (name, labels), total in cells.items():
        if name in of.terms:
            who = labels[MEASURES[name].labels.index(label)]
            own.setdefault(who, {}).setdefault(name, 0)
            own[who][name] += total
    return {who: figure_of(of, totals) or 0 for who, totals in own.items() if who not in {"", "-"}}


def _days_of(formula: OverPanel, start: int, app: str, past: Past) -> list[dict[str, int]]:
    """What each identity has on each of the days of a panel."""
    of, (label,) = formula.each.of, formula.each.by
    end = past.begin(start, app)
    return [
        _sums(of, past.cells(of.measures, app, end - back * DAY_MS, late=False), label)  # type: ignore[arg-type]
        for back in range(1, formula.days + 1)
    ]


def _panel(formula: OverPanel, days: list[dict[str, int]], cells: Cells) -> list[str]:
    """Who of the panel is active in a window."""
    assert formula.active is not None
    totals = {who: sum(day.get(who, 0) for day in days) for day in days for who in day}
    panel = sorted((-total, who) for who, total in totals.items() if total > 0)[: formula.panel]
    active = {who for _, (who,) in figures_of(formula.active, cells)}
    return [who for _, who in panel if who in active]


def _fallen(formula: Fallen, cells: Cells, start: int, app: str, past: Past) -> Wanted:
    of, (label,) = formula.each.of, formula.each.by
    days = _days_of(formula, start, app, past)
    there = _panel(formula, days, cells)
    now = _sums(of, cells, label)  # type: ignore[arg-type]
    medians = {who: sorted(day.get(who, 0) for day in days)[(formula.days - 1) // 2] for who in there}
    fallen = [who for who in there if 2 * now.get(who, 0) < medians[who]]
    return Wanted(Fraction(len(fallen), len(there)) if there else None)


def _dependent(formula: Dependent, cells: Cells, start: int, app: str, past: Past) -> Wanted:
    assert formula.on is not None
    there = _panel(formula, _days_of(formula, start, app, past), cells)
    (label,) = formula.each.by
    given: dict[str, list[tuple[int, str]]] = {}
    for (name, labels), total in cells.items():
        if name == formula.on.measure:
            named = dict(zip(MEASURES[name].labels, labels, strict=True))
            given.setdefault(named[label], []).append((total, named["viewer_id"]))
    dependent = 0
    for who in there:
        every = sum(total for total, _ in given.get(who, ()))
        known = sorted((total for total, by in given.get(who, ()) if by not in {"", "-"}), reverse=True)
        dependent += sum(known[: formula.on.count]) * 100 > formula.on.percent * every
    return Wanted(Fraction(dependent, len(there)) if there else None)


def _days_to(formula: DaysTo, span: tuple[int, int], app: str, past: Past, *, late: bool) -> Wanted:
    of, (label,) = formula.each.of, formula.each.by
    begun: dict[str, int] = {}
    so_far: dict[str, int] = {}
    took = []
    for day in range(*span, DAY_MS):
        cells = past.cells(formula.measures, app, day, late=late)
        for (name, labels), total in cells.items():
            who = labels[MEASURES[name].labels.index(label)]
            if name == formula.begin and total > 0 and who not in {"", "-"}:
                begun[who], so_far[who] = day, 0
        for who, figure in _sums(of, cells, label).items():  # type: ignore[arg-type]
            if who in begun:
                so_far[who] += figure
                if so_far[who] >= formula.each.floor * unit_of(of):
                    took.append((day - begun.pop(who)) // DAY_MS)
    return Wanted(Fraction(sorted(took)[(len(took) - 1) // 2]) if took else None)


def _reciprocal(formula: Reciprocal, cells: Cells) -> Wanted:
    coins: dict[tuple[str, ...], int] = {}
    for (name, labels), total in cells.items():
        named = dict(zip(MEASURES[name].labels, labels, strict=True))
        pair = tuple(named[one] for one in formula.each.by)
        coins[pair] = coins.get(pair, 0) + total
    known = {pair: total for pair, total in coins.items() if not {"", "-"} & set(pair)}
    both = sum(min(total, known.get((to, by), 0)) for (by, to), total in known.items() if by <= to)
    return Wanted(Fraction(both, sum(coins.values())) if sum(coins.values()) else None)


def _paced(formula: Paced, cells: Cells, span: tuple[int, int], past: Past) -> Wanted:
    (label,) = formula.each.by
    paces = []
    for who, figure in _sums(formula.each.of, cells, label).items():  # type: ignore[arg-type]
        planned = _planned(past.plans.get(who, []), span)
        if planned and figure > 0:
            paces.append(int(figure * 10**6 * _BILLION / (planned * unit_of(formula.each.of))))
    place = (len(paces) - 1) * formula.permille // 1000
    return Wanted(Fraction(sorted(paces)[place], _BILLION) if paces else None)


def _planned(plan: list[tuple[int, int, int]], span: tuple[int, int]) -> Fraction:
    """Micro-USD of a window: between any two dates of the plan the newest version decides."""
    dates = sorted({*span, *(date for since, until, _ in plan for date in (since, until))})
    total = Fraction(0)
    for begin, end in pairwise(dates):
        if span[0] <= begin < span[1]:
            since, until, micros = max((one for one in plan if one[0] <= begin), default=(0, 0, 0))
            if begin < until:
                total += Fraction(micros * (end - begin), until - since)
    return total
