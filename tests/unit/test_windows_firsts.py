"""First hours: whatever the order of the rows, and across a restart, they are those of all rows together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import Measure, Sum, Value
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE
from creator_pulse.stream.catalog.declaration.firsts import FIRST, First
from creator_pulse.stream.panes.firsts import Firsts
from creator_pulse.stream.panes.rows import Rows, unpacked
from creator_pulse.stream.panes.tables import tables_of
from tests.support.hash_key import HASH_KEY
from tests.support.partials import lots_of, partial_of

if TYPE_CHECKING:
    from creator_pulse.stream.panes.pane_record import Partial

LABELS = ("app", "creator_id")
APP = ("tiktok",)


def measure(name: str, event: str, first: First | None = None) -> Measure:
    """A sum by creator."""
    topic = FIRST if first else "content"
    return Measure(name, topic, event, ONE, "", where=EVERY, labels=LABELS, first=first)


MEASURES = {
    one.id: one
    for one in (
        measure("earned", "gift_sent"),
        measure("sold", "order_completed"),
        measure("known", "tool_enrolled"),
        measure("begun", FIRST, First(("earned", "sold"), unless=("known",))),
    )
}
CATALOGUE = Catalogue(MEASURES, (Value("v", Sum({"begun": 1}), "short", ("24h",), "", ("app",)),))
TABLES = tables_of(CATALOGUE)
SAID = st.tuples(
    st.sampled_from(("earned", "sold", "known")),
    st.integers(1, 3),  # who
    st.integers(1, 6),  # the hour
    st.integers(0, 2),  # in time, or how late
    st.integers(0, 1),  # how much
)


def part(name: str, who: int, hour: int, kind: int, much: int) -> Partial:
    """One row."""
    rows = Rows(np.array([[who]], dtype=np.uint64), np.array([[much]], dtype=np.int64))
    return partial_of(TABLES[name].name, APP, hour * HOUR_MS, kind, rows, (name,))


def told(firsts: Firsts, said: list[tuple[str, int, int, int, int]]) -> dict[tuple[int, int, int], int]:
    """Who, hour and kind -> the sum of the rows that follow."""
    firsts_of: dict[tuple[int, int, int], int] = defaultdict(int)
    for row in said:
        made = list(firsts.partials([part(*row)]))
        assert made[0].table == TABLES[row[0]].name
        for more in made[1:]:
            assert more.table == TABLES["begun"].name
            for lot, rows in lots_of(more, unpacked(more.rows, more.keys, more.sums, ("begun",))):
                assert lot.labels == APP
                for who, total in zip(rows.keys[:, 0].tolist(), rows.sums[:, 0].tolist(), strict=True):
                    firsts_of[who, lot.start // HOUR_MS, lot.kind] += total
    return {key: total for key, total in firsts_of.items() if total}


def wanted(said: list[tuple[str, int, int, int, int]]) -> dict[tuple[int, int, int], int]:
    """The same by looking at all rows at once."""
    firsts_of: dict[tuple[int, int, int], int] = defaultdict(int)
    for who in {row[1] for row in said}:
        before = None
        for kind in range(3):
            seen = [row for row in said if row[1] == who and row[3] <= kind and row[4]]
            begun = min((hour for name, _, hour, *_ in seen if name != "known"), default=None)
            known = min((hour for name, _, hour, *_ in seen if name == "known"), default=99)
            hour = begun if begun is not None and begun < known else None
            if hour != before:
                for at, sign in ((before, -1), (hour, 1)):
                    if at is not None:
                        firsts_of[who, at, kind] += sign
            before = hour
    return {key: total for key, total in firsts_of.items() if total}


@given(st.lists(SAID, max_size=30))
def test_firsts_are_those_of_all_rows(said: list[tuple[str, int, int, int, int]]) -> None:
    """In any order, late ones included; a row of 0 is none."""
    assert told(Firsts(TABLES, MEASURES, HASH_KEY), said) == wanted(said)


@given(st.lists(SAID, max_size=20), st.lists(SAID, max_size=20))
def test_firsts_survive_a_restart(
    before: list[tuple[str, int, int, int, int]], after: list[tuple[str, int, int, int, int]]
) -> None:
    """What the changelog holds is enough to go on."""
    first, again = Firsts(TABLES, MEASURES, HASH_KEY), Firsts(TABLES, MEASURES, HASH_KEY)
    counts = defaultdict(int, told(first, before))
    for name, value in first.drain():
        if value is not None:
            again.restore(name, value)
    again.resume()
    for key, total in told(again, after).items():
        counts[key] += total
    assert {key: total for key, total in counts.items() if total} == wanted([*before, *after])


def test_what_changes_nothing_is_not_written() -> None:
    """A creator who earns every hour has one first."""
    firsts = Firsts(TABLES, MEASURES, HASH_KEY)
    told(firsts, [("earned", 1, 1, 0, 1)])
    assert len(list(firsts.drain())) == 1
    told(firsts, [("earned", 1, hour, 0, 1) for hour in range(1, 9)])
    assert list(firsts.drain()) == []


def test_entries_are_bounded() -> None:
    """However many creators there are, an entry holds some thousands of them at most."""
    firsts = Firsts(TABLES, MEASURES, HASH_KEY)
    rows = Rows(np.arange(1, 20_001, dtype=np.uint64)[:, None], np.ones((20_000, 1), dtype=np.int64))
    many = partial_of(TABLES["earned"].name, APP, HOUR_MS, 0, rows, ("earned",))
    assert sum(partial.rows for partial in list(firsts.partials([many]))[1:]) == 20_000
    entries = list(firsts.drain())
    assert len(entries) == 7  # a code, a key and eight hours are 80 bytes: 3,124 of them in 250,000
    assert max(len(value or b"") for _, value in entries) < 100_000
    assert len(firsts) == 20_000
