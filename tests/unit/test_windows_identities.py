"""Sums of identities as columns: panes, rolling windows, changelog entries and names, against direct sums."""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.aggregates import Each, Number
from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import WINDOWS, Measure, Sum, Value
from creator_pulse.stream.ingestion.sent_names import SentNames
from creator_pulse.stream.native.sums import summed
from creator_pulse.stream.panes.lateness import LATE_RECENT, ON_TIME
from creator_pulse.stream.panes.names import Names
from creator_pulse.stream.panes.pane_record import Lot, Partial
from creator_pulse.stream.panes.rolling_sums import RollingSums
from creator_pulse.stream.panes.row_panes import RowPanes
from creator_pulse.stream.panes.rows import Rows, added, column, packed, total, unpacked
from creator_pulse.stream.panes.store import LEVELS, PaneStore
from creator_pulse.stream.panes.tables import Table, tables_of
from tests.support.hash_key import HASH_KEY
from tests.support.partials import partial_of

LABELS = ("tiktok",)


def table(value: pl.Expr) -> Table:
    """Something that gifts have, by viewer, read by the minute."""
    coins = Measure("coins", "gift", "gift_sent", value, "", labels=("app", "viewer_id"))
    shown = Value("v", Number(Each(("viewer_id",), Sum({"coins": 1}))), "short", ("5m",), "", ("app",))
    return tables_of(Catalogue({"coins": coins}, (shown,)))["coins"]


TABLE, WIDE = table(pl.col("gifts")), table(pl.col("coins").cast(pl.Int128))


def rows(sums: dict[int, int]) -> Rows:
    """Rows of viewers by number."""
    keys = np.array(list(sums), dtype=np.uint64).reshape(-1, 1)
    return Rows(keys, np.array(list(sums.values()), dtype=np.int64).reshape(-1, 1))


def shown(found: Rows | None) -> dict[int, int]:
    """Viewer -> sum."""
    if found is None:
        return {}
    return dict(zip(found.keys[:, 0].tolist(), found.sums[:, 0].tolist(), strict=True))


def part(start: int, kind: int, sums: dict[int, int]) -> Partial:
    """Increments of one minute."""
    return partial_of(TABLE.name, LABELS, start, kind, rows(sums), TABLE.columns)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(-(2**40), 2**40)), max_size=200))
def test_sums_by_key_are_direct_sums(pairs: list[tuple[int, int]]) -> None:
    """Each key once, in the order of its first row."""
    direct: Counter[int] = Counter()
    for key, value in pairs:
        direct[key] += value
    keys = np.array([key for key, _ in pairs], dtype=np.uint64)
    first, sums = summed(keys, np.array([[value] for _, value in pairs], dtype=np.int64).reshape(-1, 1))
    assert dict(zip(keys[first].tolist(), sums[:, 0].tolist(), strict=True)) == direct
    assert first.tolist() == sorted(first.tolist())


def test_a_sum_of_zero_leaves_no_trace() -> None:
    """5 came and 5 went."""
    assert shown(added([rows({1: 5, 2: 3}), rows({1: -5})], ())) == {2: 3}


def test_wide_sums_hold_more_than_64_bits() -> None:
    """Three times 2^100 and 7: 3 * 2^100 + 21, by viewer and over all."""
    one = Rows(np.array([[9]], dtype=np.uint64), np.array([[7, 0, 2**28]], dtype=np.int64))
    made = added([one, one, one], WIDE.lows)
    assert column(WIDE, made.sums, "coins").tolist() == [3 * 2**100 + 21]
    assert total(WIDE, made.sums, "coins") == 3 * 2**100 + 21


@given(st.dictionaries(st.integers(0, 2**64 - 1), st.integers(1, 2**62), min_size=1, max_size=20))
def test_packed_rows_come_back(sums: dict[int, int]) -> None:
    """Hashes and sums of any size."""
    made = rows(sums)
    assert shown(unpacked(len(sums), *packed(*made, TABLE.columns), TABLE.columns)) == sums


def test_rows_are_no_cells() -> None:
    """Three viewers of a minute: three rows at the only level that is read, and no cell."""
    store = PaneStore(HASH_KEY, tables=[TABLE])
    list(store.add(part(0, ON_TIME, {1: 5, 2: 3, 3: 1})))
    assert [store.identities.count(level) for level in LEVELS] == [3, 0, 0]
    assert [store.identities.count_cells(level) for level in LEVELS] == [0, 0, 0]


steps = st.one_of(
    st.tuples(
        st.integers(0, 30), st.booleans(), st.dictionaries(st.integers(1, 6), st.integers(1, 9), min_size=1)
    ),
    st.integers(0, 7),
)


@given(st.lists(steps, max_size=40))
def test_rolling_rows_are_direct_sums(taken: list[tuple[int, bool, dict[int, int]] | int]) -> None:
    """After any increments, commits and moves: the sums of the increments in the window, by kind."""
    store = PaneStore(HASH_KEY, tables=[TABLE])
    rolling = RollingSums(WINDOWS["5m"], store, frozenset({TABLE.name}))
    rolling.move(0)
    written: list[tuple[int, bool, dict[int, int]]] = []
    for step in taken:
        if isinstance(step, int):
            list(store.identities.drain())
            assert rolling.end is not None
            rolling.move(rolling.end + step * MINUTE_MS)
            continue
        minute, late, sums = step
        written.append(step)
        made = part(minute * MINUTE_MS, LATE_RECENT if late else ON_TIME, sums)
        for _, begin, increments, _ in store.add(made):
            rolling.add(TABLE.name, begin, increments)
    assert rolling.end is not None
    for late in (False, True):
        direct: Counter[int] = Counter()
        for minute, is_late, sums in written:
            if rolling.end - 5 * MINUTE_MS <= minute * MINUTE_MS < rolling.end and (late or not is_late):
                direct.update(sums)
        assert shown(rolling.of(TABLE.name, late=late).get(LABELS)) == direct


def test_what_was_drained_can_be_restored() -> None:
    """After many commits the live entries hold each sum once, and few rows more than there are viewers."""
    store, log = PaneStore(HASH_KEY, tables=[TABLE]), dict[bytes, bytes]()
    direct: Counter[int] = Counter()
    sent = 0
    for commit in range(60):
        sums = dict.fromkeys(range(commit % 7, 300, 7), 1 + commit)
        direct.update(sums)
        list(store.add(part(0, ON_TIME, sums)))
        for name, value in store.identities.drain():
            if value is None:
                del log[name]
            else:
                log[name] = value
                sent += len(value)
    restored = RowPanes(HASH_KEY, [TABLE])
    for name, value in log.items():
        restored.restore(name, value)
    lots = [lot for _, lot in restored.between(MINUTE_MS, 0, MINUTE_MS, frozenset({TABLE.name}))]
    assert shown(restored.by_labels(TABLE.name, lots, late=True)[LABELS]) == direct
    assert restored.count(MINUTE_MS) <= 3 * len(direct)
    assert sent < 60 * max(map(len, log.values()))


def test_the_lots_of_a_partial_aggregate_go_to_their_own_panes() -> None:
    """Two apps, a late lot and two minutes: each viewer's 1, 2, 4 and 8 stand where their lot says."""
    lots = [
        Lot(("tiktok",), 0, ON_TIME, 1),
        Lot(("douyin",), 0, ON_TIME, 1),
        Lot(("tiktok",), 0, LATE_RECENT, 1),
        Lot(("tiktok",), MINUTE_MS, ON_TIME, 1),
    ]
    keys, sums = np.full((4, 1), 7, dtype=np.uint64), np.array([[1], [2], [4], [8]], dtype=np.int64)
    store = PaneStore(HASH_KEY, tables=[TABLE])
    went = list(store.add(Partial(TABLE.name, lots, *packed(keys, sums, TABLE.columns))))
    assert [(level, begin, said) for level, begin, _, said in went] == [
        (MINUTE_MS, 0, lots[:3]),
        (MINUTE_MS, MINUTE_MS, lots[3:]),
    ]
    panes = restored(store)
    for begin, late, wanted in (
        (0, False, {("tiktok",): {7: 1}, ("douyin",): {7: 2}}),
        (0, True, {("tiktok",): {7: 5}, ("douyin",): {7: 2}}),
        (MINUTE_MS, True, {("tiktok",): {7: 8}}),
    ):
        some = [lot for _, lot in panes.between(MINUTE_MS, begin, begin + 1, frozenset({TABLE.name}))]
        of_labels = panes.by_labels(TABLE.name, some, late=late)
        assert {labels: shown(one) for labels, one in of_labels.items()} == wanted


def restored(store: PaneStore) -> RowPanes:
    """The panes as they come back from the changelog, where codes of labels may be other ones."""
    panes = RowPanes(HASH_KEY, [TABLE])
    panes.codes.of(("another",), late=False)
    for name, value in store.identities.drain():
        assert value is not None
        panes.restore(name, value)
    return panes


def test_forgotten_panes_become_tombstones() -> None:
    """Every entry of the pane goes."""
    store = PaneStore(HASH_KEY, tables=[TABLE])
    list(store.add(part(0, ON_TIME, {1: 5})))
    kept = {name for name, _ in store.identities.drain()}
    store.forget(MINUTE_MS, 30 * HOUR_MS)
    assert {name for name, value in store.identities.drain() if value is None} == kept
    assert store.starts(MINUTE_MS) == []


def test_a_part_of_an_unknown_table_is_dropped() -> None:
    """Of another version of the catalogue: counted, not an error."""
    store = PaneStore(HASH_KEY)
    assert list(store.add(part(0, ON_TIME, {1: 5, 2: 6}))) == []
    assert store.dropped == 2


def test_a_name_is_sent_once_an_hour_and_lane() -> None:
    """Again for another app, and in a later hour; an earlier hour needs it no more."""
    sent, codes = SentNames(), np.array([0, 1, 1, -1], dtype=np.int32)
    assert sent.fresh("viewer_id", "tiktok", codes, 5, 2) == [0, 1]
    assert sent.fresh("viewer_id", "tiktok", codes, 5, 2) == []
    assert sent.fresh("viewer_id", "tiktok", codes, 4, 2) == []
    assert sent.fresh("viewer_id", "douyin", codes, 5, 2) == [0, 1]
    assert sent.fresh("viewer_id", "tiktok", np.array([1, 2], dtype=np.int32), 6, 3) == [1, 2]


@pytest.mark.parametrize("restored", [False, True])
def test_names_go_with_their_last_hour(*, restored: bool) -> None:
    """Told in hours 1 and 3: still known after hour 1 is forgotten, gone after hour 3."""
    names, hashed = Names(HASH_KEY), HASH_KEY.identity_of(b"ann")
    log: dict[bytes, bytes | None] = {}
    for hour in (1, 3):
        names.add(hour * HOUR_MS, ["ann"])
        log |= dict(names.drain())
    if restored:
        names = Names(HASH_KEY)
        for name, value in log.items():
            assert value is not None
            names.restore(name, value)
    names.forget(2 * HOUR_MS)
    assert names.of(hashed) == "ann"
    names.forget(4 * HOUR_MS)
    log |= dict(names.drain())
    assert set(log.values()) == {None}
    assert names.of(hashed) == f"#{hashed:016x}"


def test_a_commit_costs_what_it_brings() -> None:
    """Of 32 commits of 10,000 new ids each, a row is written again only when the pane has doubled: 5 times.

    A pane is many entries then: the sizes of whole lots decide, not those of their entries.
    """
    panes, written = RowPanes(HASH_KEY, [TABLE]), 0
    for number in range(32):
        fresh = rows(dict.fromkeys(range(number * 10_000, (number + 1) * 10_000), 1))
        codes = np.full(10_000, panes.codes.of(LABELS, late=False), dtype=np.uint64)
        panes.add(MINUTE_MS, 0, TABLE.name, fresh.coded(codes))
        for _, entry in panes.drain():
            if entry is not None:
                written += sum(lot[2] for lot in msgspec.msgpack.decode(entry)[0])
    assert 32 * 10_000 <= written <= 32 * 10_000 * (1 + 5)
