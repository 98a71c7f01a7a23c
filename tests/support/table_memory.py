"""How many bytes an entry of each kind of table takes, measured in a process of its own.

``python -m tests.support.table_memory KIND`` fills a table with the largest entries that the contract allows,
and prints how much the memory of the process has grown at most, by entry.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path as File
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.events.references import References
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.keyed.dedup import DedupHorizon
from creator_pulse.stream.keyed.dues import Due, Dues
from creator_pulse.stream.keyed.paths import Path, Paths
from creator_pulse.stream.native.streaks import Streaks
from creator_pulse.stream.panes.firsts import Firsts
from creator_pulse.stream.panes.lateness import ON_TIME
from creator_pulse.stream.panes.names import Names
from creator_pulse.stream.panes.rolling_sums import RollingSums
from creator_pulse.stream.panes.rows import Rows
from creator_pulse.stream.panes.store import PaneStore
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.sinks.case_topic import CaseTopic
from creator_pulse.stream.windows.sink import Surroundings
from creator_pulse.stream.windows.window_operators import operators_of
from tests.support.hash_key import HASH_KEY
from tests.support.partials import partial_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOT = 10_000
_HOUR_MS = 3_600_000


def resident() -> int:
    """Bytes of the process in memory, without pages of program files.

    How many of these are there depends on what else the machine has read.
    """
    gc.collect()
    (line,) = (
        line for line in File("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon")
    )
    return 1024 * int(line.split()[1])


def ids() -> Iterator[int]:
    """Half as many again as are remembered, so that the oldest ones go."""
    most = 1_000_000
    horizon, random = DedupHorizon(10**9, most), np.random.default_rng(1)
    mark = np.zeros(_LOT, dtype=np.int64)
    for _ in range(most * 3 // 2 // _LOT):
        horizon.check(random.integers(0, 2**63, (_LOT, 2), dtype=np.uint64), np.arange(_LOT), mark, mark)
        horizon.drain()
        horizon.expire(0)
        yield most


def streaks(kept: int, *, end: bool) -> Iterator[int]:
    """Streaks, closed by their ends or open with a record each.

    Args:
        kept: bytes of the record.
        end: whether they are closed.
    """
    state = Streaks(30_000, 600_000)
    said = np.tile(np.array([[int(end)], [3], [0]], dtype=np.int64), (1, _LOT))
    for lot in range(10):
        groups = [(lot * _LOT + at).to_bytes(16, "big") for at in range(_LOT)]
        none, progress = np.zeros(_LOT, dtype=np.int64), np.zeros(_LOT, dtype=np.uint8)
        state.fold(
            np.arange(_LOT), groups, said, np.zeros(_LOT + 1, np.int64), lambda _: bytes(kept), none, progress
        )
        state.drain()
        yield len(state)


def paths() -> Iterator[int]:
    """Deals of 32 steps."""
    rule = TOPICS["deal"].paths
    assert rule is not None
    book = Paths(rule, tuple(TOPICS["deal"].types()), Settings())
    for number in range(100_000):
        steps = [(number * 32 + at).to_bytes(16, "little") for at in range(32)]
        book._write(
            number.to_bytes(16, "big"), Path("deal_invited", 0, number, number, steps, bytes(17 * 10))
        )
        if number % _LOT == _LOT - 1:
            list(book.drain(0))
            yield len(book)


def dues() -> Iterator[int]:
    """Payouts, each due in an hour of its own."""
    rule = TOPICS["payout"].dues
    assert rule is not None
    book = Dues(rule, tuple(TOPICS["payout"].types()), "payout", Settings())
    for number in range(100_000):
        due = Due(("tiktok", "gift"), number * _HOUR_MS, str(10**24 + number), 0, settled=False)
        book._write(number.to_bytes(16, "big"), due)
        if number % _LOT == _LOT - 1:
            list(book.drain(0))
            yield len(book)


def identity_rows() -> Iterator[int]:
    """Pairs of a creator and a viewer, in the panes and in the windows that read them."""
    table = tables_of(CATALOGUE)["pair_coins"]
    store = PaneStore(HASH_KEY, [table])
    names = frozenset((table.name,))
    operators = operators_of(CATALOGUE, tables_of(CATALOGUE), store, 0, store._days, HASH_KEY)
    rolling = [
        RollingSums(operator.window, store, names)
        for operator in operators
        if table.name in operator.measures
    ]
    for sums in rolling:
        sums.move(86_400_000)
    for lot in range(100):
        keys = np.random.default_rng(lot).integers(0, 2**63, (_LOT, len(table.keys)), dtype=np.uint64)
        rows = Rows(keys, np.full((_LOT, len(table.columns)), 2**35, dtype=np.int64))
        partial = partial_of(table.name, ("tiktok",), 0, ON_TIME, rows, table.columns)
        for level, begin, added, _ in store.add(partial):
            for sums in rolling:
                if sums._window.step_ms == level:
                    sums.add(table.name, begin, added)
        list(store.identities.drain())
        for sums in rolling:
            sums.of(table.name, late=True)
        yield store.identities.size


def identity_names() -> Iterator[int]:
    """Ids of 256 bytes."""
    names = Names(HASH_KEY)
    for lot in range(20):
        names.add(0, [str(lot * _LOT + at).zfill(256) for at in range(_LOT)])
        list(names.drain())
        yield len(names)


def firsts() -> Iterator[int]:
    """Creators who earned."""
    tables = tables_of(CATALOGUE)
    source = tables["creator_gift_usd_by_creator"]
    book = Firsts(tables, CATALOGUE.measures, HASH_KEY)
    for lot in range(50):
        keys = np.random.default_rng(lot).integers(0, 2**63, (_LOT, 1), dtype=np.uint64)
        rows = Rows(keys, np.ones((_LOT, len(source.columns)), dtype=np.int64))
        made = partial_of(source.name, ("tiktok",), _HOUR_MS, ON_TIME, rows, source.columns)
        list(book.partials([made]))
        list(book.drain())
        yield len(book)


def incidents() -> Iterator[int]:
    """Pairs of ids of 256 bytes with two incidents each."""
    tables = tables_of(CATALOGUE)
    settings = Settings()
    store = PaneStore(HASH_KEY, tables.values())
    operators = operators_of(CATALOGUE, tables, store, 0, store._days, HASH_KEY)
    book = CaseTopic(Surroundings(0, settings, operators, store, ()))
    rule = next(iter(book._reach))
    for number in range(50_000):
        who = (*rule, ("tiktok",), (f"a{number}".zfill(256), f"b{number}".zfill(256)))
        book._begins(who, 0)
        book._begins(who, 10**12)
        if number % _LOT == _LOT - 1:
            list(book.drain())
            yield len(book)


def references() -> Iterator[int]:
    """Verdicts on cases with the longest ids, in the widest of Python's strings, with notes."""
    known = References()
    wide = chr(0x1F339)  # four bytes in UTF-8, and so takes each other character of the text
    for number in range(50_000):
        entry = {"kind": "verdict", "id": wide + str(number).zfill(1_020), "valid_from": 1_760_000_000_000}
        entry |= {"rule": wide + "r" * 252, "confirmed": True, "note": "n" * 8_000}
        assert known.add(msgspec.json.encode(entry))
        if number % _LOT == _LOT - 1:
            yield known.size


KINDS: dict[str, Callable[[], Iterator[int]]] = {
    "ids": ids,
    "closed streaks": lambda: streaks(0, end=True),
    "open streaks": lambda: streaks(8_192, end=False),
    "paths": paths,
    "dues": dues,
    "identity_rows": identity_rows,
    "identity_names": identity_names,
    "firsts": firsts,
    "incidents": incidents,
    "references": references,
}


def main(kind: str) -> None:
    """Fill a table, and print the bytes of an entry."""
    base, most, entries = resident(), 0, 1
    for count in KINDS[kind]():
        most, entries = max(most, resident() - base), count
    sys.stdout.write(f"{most / entries:.0f}\n")


if __name__ == "__main__":
    main(sys.argv[1])
