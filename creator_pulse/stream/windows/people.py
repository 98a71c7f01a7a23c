"""The identities of each group of a value, from the tables that hold their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.people import People
from creator_pulse.stream.native.sums import nonzero
from creator_pulse.stream.panes.rows import Rows, added, whole_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from creator_pulse.stream.aggregates.people import Numbers
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.tables import Table
    from creator_pulse.stream.windows.sums import Sums

    GroupOf = Callable[[str, Labels], Labels | None]


def people(
    sums: Sums, tables_of: Mapping[str, Table], groups: GroupOf, by: Sequence[str], measures: Sequence[str]
) -> dict[Labels, People]:
    """The identities of each group.

    Args:
        sums: of one window, by measure and labels.
        tables_of: measure id -> its table.
        groups: the group that a part of a table belongs to, by its name and labels.
        by: the labels that name one; the sums over all others are made.
        measures: ids of those that count.
    """
    tables = {table.name: table for table in (tables_of[name] for name in measures)}
    wanted = {
        name: [
            place for place, column_name in enumerate(table.columns) if column_name.rstrip("^") in measures
        ]
        for name, table in tables.items()
    }
    width = sum(map(len, wanted.values()))
    parts_of: dict[Labels, list[Rows]] = {}
    lows: list[int] = []
    at = 0
    for name, table in tables.items():
        keys = [table.keys.index(label) for label in by]
        # Columns of several tables stand side by side: those of this one begin at `at`.
        lows += [at + place for place, column_place in enumerate(wanted[name]) if column_place in table.lows]
        for labels, rows in sums.rows(name).items():
            into = rows.sums.take(wanted[name], axis=1)
            if len(tables) > 1:
                # Columns of the other tables stay 0, so that adding up rows of all tables joins them by key.
                into = np.pad(into, ((0, 0), (at, width - at - len(wanted[name]))))
            group = groups(name, labels)
            assert group is not None
            parts_of.setdefault(group, []).append(Rows(rows.keys[:, keys], into))
        at += len(wanted[name])
    # One table whose every key names an identity has each of them once.
    distinct = len(tables) == 1 and len(by) == len(next(iter(tables.values())).keys)
    by_group = {
        group: _some(parts[0]) if distinct and len(parts) == 1 else added(parts, lows)
        for group, parts in parts_of.items()
    }
    return {
        group: People(rows.keys, _columns(tables_of, tables, wanted, rows, measures))
        for group, rows in by_group.items()
        if len(rows.keys)
    }


def _some(rows: Rows) -> Rows:
    """The rows that have any of their sums."""
    there = nonzero(rows.sums)
    return rows if there.all() else Rows(rows.keys[there], rows.sums[there])


def _columns(
    tables_of: Mapping[str, Table],
    tables: Mapping[str, object],
    wanted: Mapping[str, Sequence[int]],
    rows: Rows,
    measures: Sequence[str],
) -> dict[str, Numbers]:
    by_measure: dict[str, Numbers] = {}
    at = 0
    for name in tables:
        for measure in measures:
            table = tables_of[measure]
            if table.name == name:
                limbs = [at + wanted[name].index(place) for place in table.places(measure)]
                by_measure[measure] = whole_of([rows.sums[:, limb] for limb in limbs])
        at += len(wanted[name])
    return by_measure
