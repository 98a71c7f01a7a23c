"""Whose turn it is to be looked at: all at first, then one after the other."""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import WINDOWS, Sum, Value
from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.panes.store import PaneStore
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.windows.emit_schedule import EmitSchedule
from creator_pulse.stream.windows.formula import Formula
from creator_pulse.stream.windows.window_operator import WindowOperator
from tests.support.hash_key import HASH_KEY

START = 1_760_000_040_000
NAMES = {f"{topic}|{label}" for topic in ("gift", "ad") for label in ("1m", "5m", "10m", "15m", "30m")}


def turns() -> EmitSchedule:
    """Ten windows, every 5 seconds."""
    value = Value("gift_count", Sum({"gifts": 1}), "short", ("1m",), "")
    formula = Formula(value, MEASURES, tables_of(Catalogue(MEASURES, (value,))))
    operators = [
        WindowOperator((topic,), WINDOWS[label], (formula,), PaneStore(HASH_KEY), 0)
        for topic, label in (name.split("|") for name in sorted(NAMES))
    ]
    made = EmitSchedule(operators, 5.0)
    made.changed()
    return made


def test_all_windows_are_shown_at_once_at_first() -> None:
    """A worker that has just started shows everything."""
    assert turns().take_due(START) == NAMES


def test_each_window_has_one_turn_in_an_interval() -> None:
    """In the 5 seconds that follow: two of ten windows in each second, each of them once."""
    made = turns()
    made.take_due(START)
    made.changed()
    taken = [made.take_due(START + second * 1000) for second in range(1, 6)]
    assert [len(one) for one in taken] == [2] * 5
    assert set().union(*taken) == NAMES


def test_a_change_is_looked_at_once_by_each_window() -> None:
    """Of one change, and 12 seconds without a beat: all are due then, and none ever after."""
    made = turns()
    made.take_due(START)
    made.changed()
    assert made.due(START + 12_000)
    assert made.take_due(START + 12_000) == NAMES
    assert not made.due(START + 60_000)
    assert made.take_due(START + 60_000) == set()
