"""How restatements are shared out among commits."""

from __future__ import annotations

import pytest

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import WINDOWS, Sum, Value
from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.panes.lateness import ON_TIME
from creator_pulse.stream.panes.store import PaneStore
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.windows.formula import Formula
from creator_pulse.stream.windows.restating import COMMITS, LEAST, Restating
from creator_pulse.stream.windows.window_operator import WindowOperator
from tests.support.hash_key import HASH_KEY
from tests.support.partials import summed

US = ("tiktok", "US")


def restating(minutes: int) -> Restating:
    """So many closed minutes with a gift each, all of them changed."""
    value = Value("gift_count", Sum({"gifts": 1}), "short", ("1m",), "")
    tables = tables_of(Catalogue(MEASURES, (value,)))
    panes = PaneStore(HASH_KEY, set(tables.values()))
    operator = WindowOperator(("gift",), WINDOWS["1m"], (Formula(value, MEASURES, tables),), panes, 0)
    starts = [minute * MINUTE_MS for minute in range(minutes)]
    for start in starts:
        (partial,) = summed(tables, ("gifts", US, start, ON_TIME, 1))
        list(panes.add(partial))
    list(operator.close(minutes * MINUTE_MS))
    key = (tables["gifts"].name, US)
    return Restating((operator,), {MINUTE_MS: {(start, key): "late" for start in starts}})


def parts(round_: Restating) -> list[list[int]]:
    """Ends, in minutes, of what each commit restates."""
    portions = []
    while not round_.over:
        results = [again for _, part in round_.part() for again, _ in part]
        portions.append([again.end // MINUTE_MS for again in results])
    return portions


def test_few_changes_are_restated_at_once() -> None:
    """As many as a commit takes at least: one part, the oldest first."""
    assert parts(restating(LEAST)) == [list(range(1, LEAST + 1))]


@pytest.mark.slow
def test_many_changes_are_shared_out() -> None:
    """Twice as many as in all commits at least: a part for each commit, none left out or doubled."""
    made = parts(restating(2 * LEAST * COMMITS))
    assert [len(part) for part in made] == [2 * LEAST] * COMMITS
    assert [end for part in made for end in part] == list(range(1, 2 * LEAST * COMMITS + 1))
