"""The identities of each group of a value, from the tables that hold their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.people import People
from creator_pulse.stream.windows.identity_rows import Rows, added, column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from creator_pulse.stream.aggregates.people import Numbers
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.sums import Sums
    from creator_pulse.stream.windows.tables import Table

    GroupOf = Callable[[str, Labels], Labels | None]


def people(
    sums: Sums, tables_of: Mapping[str, Table], groups: GroupOf, by: Sequence[str], measures: Sequence[str]
) -> dict[Labels, People]:
    """The identities of each group.

    Args:
        sums: of a window.
        tables_of: measure id -> its table.
        groups: the group that a part of a table belongs to, by its name and labels.
        by: the labels that name one; the sums over all others are made.
        measures: ids of those that count.
    """
    tables = {table.name: table for table in (tables_of[name] for name in measures)}
    wanted = {
        name: [place for place, one in enumerate(table.columns) if one.rstrip("^") in measures]
        for name, table in tables.items()
    }
    width = sum(map(len, wanted.values()))
    found: dict[Labels, list[Rows]] = {}
    lows: list[int] = []
    at = 0
    for name, table in tables.items():
        keys = [table.keys.index(label) for label in by]
        lows += [at + place for place, one in enumerate(wanted[name]) if one in table.lows]
        for labels, rows in sums.rows(name).items():
            into = np.zeros((len(rows.keys), width), dtype=np.int64)
            into[:, at : at + len(wanted[name])] = rows.sums[:, wanted[name]]
            group = groups(name, labels)
            assert group is not None
            found.setdefault(group, []).append(Rows(rows.keys[:, keys], into))
        at += len(wanted[name])
    # One table whose every key names an identity has each of them once.
    distinct = len(tables) == 1 and len(by) == len(next(iter(tables.values())).keys)
    made = {
        group: _some(parts[0]) if distinct and len(parts) == 1 else added(parts, lows)
        for group, parts in found.items()
    }
    return {
        group: People(rows.keys, _columns(tables_of, tables, wanted, rows, measures))
        for group, rows in made.items()
        if len(rows.keys)
    }


def _some(rows: Rows) -> Rows:
    """The rows that have any of their sums."""
    there = rows.sums.any(axis=1)
    return rows if there.all() else Rows(rows.keys[there], rows.sums[there])


def _columns(
    tables_of: Mapping[str, Table],
    tables: Mapping[str, object],
    wanted: Mapping[str, Sequence[int]],
    rows: Rows,
    measures: Sequence[str],
) -> dict[str, Numbers]:
    found: dict[str, Numbers] = {}
    at = 0
    for name in tables:
        for one in measures:
            table = tables_of[one]
            if table.name == name:
                whole = np.zeros((len(rows.keys), len(table.columns)), dtype=np.int64)
                whole[:, wanted[name]] = rows.sums[:, at : at + len(wanted[name])]
                found[one] = column(table, whole, one)
        at += len(wanted[name])
    return found
