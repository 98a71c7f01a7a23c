"""Random and lying input for each compiled module, beside a few lines of plain Python that do the same.

``make sanitize`` runs it with modules that are checked for reads and writes out of bounds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from array import array
from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.native.ids import AGAIN, CONFLICTING, NEW, Ids
from creator_pulse.stream.native.records import Columns, parts
from creator_pulse.stream.native.streaks import Streaks
from creator_pulse.stream.native.sums import added, packed, runs, summed, unpacked
from tests.support.broken_records import Source
from tests.support.hash_key import HASH_KEY
from tests.support.record_fuzz import fresh
from tests.support.strict_judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE = (-(2**63), -(2**62), -1, 0, 1, 2**31, 2**62, 2**63 - 1)


def zigzag(number: int) -> bytes:
    """A number as a record has it."""
    left = (number << 1) ^ (number >> 63)
    left &= 2**64 - 1
    buffer = bytearray()
    while left > 0x7F:
        buffer.append(0x80 | (left & 0x7F))
        left >>= 7
    return bytes([*buffer, left])


def stored(rng: Random, delta: int) -> bytes:
    """One record as it is stored."""
    key = rng.randbytes(rng.randrange(6))
    value = rng.randbytes(rng.choice((0, 3, 200)))
    body = b"\0" + zigzag(rng.randrange(1_000)) + zigzag(delta)
    body += (zigzag(-1) if rng.random() < 0.2 else zigzag(len(key)) + key) + zigzag(len(value)) + value
    headers = rng.randrange(3)
    body += zigzag(headers) + b"".join(zigzag(1) + b"h" + zigzag(2) + b"vv" for _ in range(headers))
    return zigzag(len(body)) + body


def damaged(data: bytes, rng: Random) -> bytes:
    """Some bytes of it changed, cut off, or a number put in that lies."""
    changed = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        at = rng.randrange(len(changed) + 1)
        changed[at : at + rng.randrange(3)] = rng.choice(
            (rng.randbytes(1), b"", b"\xff" * rng.randrange(12), zigzag(rng.choice(LARGE)))
        )
    return bytes(changed[: rng.choice((len(changed), rng.randrange(len(changed) + 1)))])


def stored_batches(rng: Random) -> int:
    """Batches of stored records: refused as a whole, or all places lie within their bytes."""
    columns, taken, count = Columns(rng.choice(LARGE)), 0, 0
    for _ in range(rng.randrange(1, 5)):
        records = rng.randrange(6)
        data = b"".join(stored(rng, delta) for delta in range(records))
        if rng.random() < 0.8:
            data = damaged(data, rng)
        says = rng.choice((records, records, records + 1, 0, -1, 2**31 - 1, 2**62))
        base = rng.choice((0, 1_000, *LARGE))
        # Memory of just this size: what is read beyond it is seen.
        memory = memoryview(array("B", data))
        try:
            last, stamp = rng.choice((records, 2**31 - 1)), rng.choice(LARGE)
            columns.add(memory, says, base, last, stamp, rng.random() < 0.5)
        except ValueError:
            continue
        taken, count = taken + len(data), count + records
    table = columns.table_of_rows()
    assert columns.size == taken
    assert table.shape == (6, len(columns))
    for at, length in (*zip(*table[2:4].tolist(), strict=True), *zip(*table[4:6].tolist(), strict=True)):
        assert 0 <= at <= at + max(length, 0) <= taken
        assert length >= -1
    return 1 + count


def pieces(rng: Random) -> int:
    """Pieces of bytes, some of them not within: refused, or the pieces that slices are."""
    data = rng.randbytes(rng.randrange(20))
    count = rng.randrange(6)
    at = [
        rng.choice((rng.randrange(22), *LARGE)) if rng.random() < 0.1 else rng.randrange(len(data) + 1)
        for _ in range(count)
    ]
    length = [rng.choice(LARGE) if rng.random() < 0.1 else rng.randrange(-1, 4) for _ in range(count)]
    within = all(
        size < 0 or (place >= 0 and place + size <= len(data)) for place, size in zip(at, length, strict=True)
    )
    try:
        found = parts(data, np.array(at, np.int64), np.array(length, np.int64))
    except ValueError:
        assert not within
        return 1
    assert within
    assert found == [
        None if size < 0 else data[place : place + size] for place, size in zip(at, length, strict=True)
    ]
    return 1


def sums(rng: Random) -> int:
    """Sums by key, of keys that crowd one place of the table."""
    rows, columns = rng.choice((0, 1, 5, 300)), rng.randrange(4)
    some = [rng.getrandbits(64) << rng.choice((0, 32, 60)) & (2**64 - 1) for _ in range(max(rows // 3, 1))]
    keys = [rng.choice(some) for _ in range(rows)]
    values = [[rng.randrange(-(2**40), 2**40) for _ in range(columns)] for _ in range(rows)]
    first, totals = summed(np.array(keys, np.uint64), np.array(values, np.int64).reshape(rows, columns))
    wanted: dict[int, list[int]] = defaultdict(lambda: [0] * columns)
    for key, row in zip(keys, values, strict=True):
        wanted[key] = [old + new for old, new in zip(wanted[key], row, strict=True)]
    assert [keys[row] for row in first.tolist()] == list(wanted)
    assert totals.tolist() == list(wanted.values())
    return 1


def rows(rng: Random) -> int:
    """Lots of rows added up, of which the lower column has 36 bits; then as bytes and back."""
    width, many = rng.randrange(1, 4), rng.choice((1, 5, 200))
    some = [[rng.choice((0, 1, 2**40, 2**64 - 1)) for _ in range(width)] for _ in range(5)]
    lots = [
        [(tuple(rng.choice(some)), rng.randrange(-(2**60), 2**60)) for _ in range(many)] for _ in range(3)
    ]
    keys = [np.array([key for key, _ in lot], np.uint64) for lot in lots]
    values = [np.array([[number & (2**36 - 1), number >> 36] for _, number in lot], np.int64) for lot in lots]
    wanted: dict[tuple[int, ...], int] = defaultdict(int)
    for lot in lots:
        for key, number in lot:
            wanted[key] += number
    groups, totals = added(keys, values, (0,))
    whole = [(high << 36) + low for low, high in totals.tolist()]
    assert dict(zip(map(tuple, groups.tolist()), whole, strict=True)) == {
        k: v for k, v in wanted.items() if v
    }
    assert all(0 <= low < 2**36 for low in totals[:, 0].tolist())
    assert unpacked(packed(groups), len(groups)).tolist() == groups.tolist()
    first = np.sort(groups[:, 0])
    assert [code for code, begin, end in runs(first) for _ in range(begin, end)] == first.tolist()
    return 1


def records(rng: Random) -> int:
    """Records at the end of memory of their own: the same reasons as where more follows."""
    topic = rng.choice(sorted(TOPICS))
    source, decoder = Source(topic, rng), fresh(topic)
    for _ in range(8):
        value = source.next() or b""
        memory = memoryview(array("B", value))
        columns = decoder.layout.parser.parse(memory, np.array([0]), np.array([len(value)]))
        assert (columns.reason[0] == 0) == (not judge(TOPICS[topic], value).reason)
    return 8


def streaks(rng: Random) -> int:
    """Streaks in any order, stored and read back in between: the same as without."""
    kept, again = Streaks(30, 100), Streaks(30, 100)
    entries: dict[bytes, bytes] = {}
    watermark = 0
    for _ in range(rng.randrange(1, 8)):
        size = rng.randrange(1, 12)
        watermarks = np.array(sorted(watermark + rng.randrange(80) for _ in range(size + 1)), np.int64)
        watermark = int(watermarks[-1])
        rows = np.array(sorted(rng.sample(range(size), rng.randrange(size + 1))), np.int64)
        groups = [rng.choice((b"a", b"b", b"c")) for _ in rows]
        said = np.array(
            [(rng.randrange(2), rng.randrange(1, 50), watermark + rng.randrange(-90, 90)) for _ in rows],
            np.int64,
        ).reshape(-1, 3)
        said = np.ascontiguousarray(said.T)
        outcome = []
        for state in (kept, again):
            booked, progress = np.zeros(size, np.int64), np.zeros(size, np.uint8)
            timed_out = state.fold(rows, groups, said, watermarks, lambda row: b"%d" % row, booked, progress)
            told = sorted(
                (streak.count, streak.value, streak.last_ms, streak.closed_at) for streak in timed_out
            )
            outcome.append((booked.tolist(), progress.tolist(), told))
        assert outcome[0] == outcome[1]
        kept.drain()
        for group, entry in again.drain():
            entries.pop(group, None)
            if entry is not None:
                entries[group] = entry
        again = Streaks(30, 100)
        for group, entry in entries.items():
            again.restore(group, entry)
    return 1


def ids(rng: Random) -> int:
    """Ids whose hashes crowd one place, forgotten and stored in between: as a dict has them."""
    horizon, table = 50, Ids(50)
    marks: dict[tuple[int, int], tuple[int, int]] = {}
    some = [
        (rng.randrange(3) << rng.choice((0, 10, 40)), rng.randrange(2)) for _ in range(rng.choice((3, 2_000)))
    ]
    some += [(rng.getrandbits(64), rng.getrandbits(64)) for _ in range(len(some))]
    watermark, count = 0, 0
    for _ in range(rng.randrange(1, 6)):
        size = rng.choice((0, 1, 40, 1_500))
        hashes = [rng.choice(some) for _ in range(size)]
        contents = [rng.randrange(2) for _ in range(size)]
        after = sorted(watermark + rng.randrange(rng.choice((2, 90))) for _ in range(size))
        before = [watermark, *after[:-1]][:size]
        found = np.full(size, 9, np.uint8)
        table.check(
            np.array(hashes, np.uint64).reshape(-1, 2),
            np.array(contents, np.uint64),
            np.arange(size),
            np.array(before, np.int64),
            np.array(after, np.int64),
            found,
        )
        wanted = []
        for name, content, before_it, after_it in zip(hashes, contents, before, after, strict=True):
            mark, other = marks.get(name, (0, -1))
            if other >= 0 and before_it - mark <= horizon:
                wanted.append(AGAIN if other == content else CONFLICTING)
            else:
                wanted.append(NEW)
                marks[name] = after_it, content
        assert found.tolist() == wanted
        watermark, count = after[-1] if after else watermark, count + size
        if rng.random() < 0.3:
            table, alive = Ids(horizon), list(marks.items())
            table.restore(
                np.array([name for name, _ in alive], np.uint64).reshape(-1, 2),
                np.array([content for _, (_, content) in alive], np.uint64),
                np.array([mark for _, (mark, _) in alive], np.int64),
            )
    return 1 + count


def hashes(rng: Random) -> int:
    """Hashes and fingerprints of texts in memory of their own size: the same as within more."""
    values = [rng.randbytes(rng.choice((1, 7, 8, 55, 56, 57, 63, 64, 113, 300))) for _ in range(4)]
    values.append(b'{"ingest_time"' + rng.choice((b"", b" ", b":", b": 1", b" : 12, ", b'"ingest_time":3')))
    together = b"".join(values)
    starts = np.cumsum([0, *map(len, values)])[:-1].astype(np.int64)
    lengths = np.array([len(value) for value in values], np.int64)
    stamps, rows = np.full((2, len(values)), -1, np.int64), np.arange(len(values))
    alone = [
        (
            HASH_KEY.hashes_of(memory, starts[:1], lengths[row : row + 1])[0].tolist(),
            HASH_KEY.contents_of(memory, starts[:1], lengths[row : row + 1], stamps[:, :1].copy(), rows[:1])[
                0
            ],
        )
        for row, memory in enumerate(memoryview(array("B", value)) for value in values)
    ]
    hashes = HASH_KEY.hashes_of(together, starts, lengths).tolist()
    assert alone == list(
        zip(hashes, HASH_KEY.contents_of(together, starts, lengths, stamps, rows), strict=True)
    )
    assert [tuple(pair) for pair in hashes] == [HASH_KEY.hash_of(value) for value in values]
    return len(values)


ROUNDS: dict[str, Callable[[Random], int]] = {
    "stored batches": stored_batches,
    "pieces": pieces,
    "sums": sums,
    "rows": rows,
    "records": records,
    "streaks": streaks,
    "ids": ids,
    "hashes": hashes,
}


def main() -> int:
    """Go through all rounds for a number of seeds."""
    parser = argparse.ArgumentParser(prog="native_fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10_000)
    asked = parser.parse_args()
    began = time.monotonic()
    inputs = {name: sum(play(Random(seed)) for seed in range(asked.rounds)) for name, play in ROUNDS.items()}
    sys.stdout.write(f"{json.dumps({'inputs': inputs, 'seconds': round(time.monotonic() - began, 1)})}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
