"""How long panes are kept: each table as long as some window of its own needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates import Each, Number, Retention
from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import Measure, Sum, Value
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE
from creator_pulse.stream.panes.business_days import BusinessDays
from creator_pulse.stream.panes.lateness import ON_TIME
from creator_pulse.stream.panes.rows import Rows
from creator_pulse.stream.panes.store import PaneStore
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.windows.window_operators import floors_of, operators_of
from tests.support.hash_key import HASH_KEY
from tests.support.partials import partial_of

if TYPE_CHECKING:
    from creator_pulse.stream.panes.pane_record import Partial

MEASURES = {
    name: Measure(name, "gift", event, ONE, "", where=EVERY, labels=("app", label))
    for name, event, label in (
        ("earned", "gift_sent", "creator_id"),
        ("given", "gift_sent", "viewer_id"),
        ("kept", "gift_reversed", "creator_id"),
    )
}


def number(measure: str, label: str, window: str) -> Value:
    """How many have any of a measure."""
    each = Each((label,), Sum({measure: 1}))
    return Value(f"{measure}_number", Number(each), "short", (window,), "", ("app",))


CATALOGUE = Catalogue(
    MEASURES,
    (
        number("earned", "creator_id", "28d"),
        number("given", "viewer_id", "7d"),
        Value("kept", Retention(Each(("creator_id",), Sum({"kept": 1}))), "short", ("day",), "", ("app",)),
    ),
)
TABLES = tables_of(CATALOGUE)
DAYS = BusinessDays({"tiktok": 0})
END = 20_000 * DAY_MS


def part(measure: str, start: int) -> Partial:
    """One row."""
    rows = Rows(np.array([[7]], dtype=np.uint64), np.array([[1]], dtype=np.int64))
    return partial_of(TABLES[measure].name, ("tiktok",), start, ON_TIME, rows, (measure,))


def store() -> PaneStore:
    """Panes of the catalogue."""
    return PaneStore(HASH_KEY, set(TABLES.values()), DAYS)


def test_each_table_is_kept_for_its_own_windows() -> None:
    """28 days and 7 days, a day and the week before it; and 3 days for what is late."""
    operators = operators_of(CATALOGUE, TABLES, store(), Settings().allowed_lateness_ms, DAYS, HASH_KEY)
    assert floors_of(operators, DAY_MS) == {}
    for operator in operators:
        list(operator.close(END + Settings().allowed_lateness_ms))
    days = {name: (END - start) // DAY_MS for name, start in floors_of(operators, DAY_MS).items()}
    wanted = {"earned": 31, "given": 10, "kept": 11}
    assert days == {TABLES[name].name: number for name, number in wanted.items()}


def test_a_table_is_forgotten_before_another() -> None:
    """What comes for a forgotten pane is dropped and counted, also where another table still has that day."""
    panes = store()
    for measure in ("earned", "given"):
        list(panes.add(part(measure, END)))
    list(panes.identities.drain())
    panes.forget(DAY_MS, END, {TABLES["given"].name: END + DAY_MS})
    assert [value for _, value in panes.identities.drain()] == [None]
    kept = [
        name
        for name, _ in panes.identities.between(
            DAY_MS, END, END + 1, frozenset(value.name for value in TABLES.values())
        )
    ]
    assert kept == [TABLES["earned"].name]
    assert list(panes.add(part("given", END))) == []
    assert panes.dropped == 1
    assert len(list(panes.add(part("earned", END)))) == 1
