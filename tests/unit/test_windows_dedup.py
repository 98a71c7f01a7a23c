"""The dedup horizon: what is a duplicate, at the boundary and after a recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.keyed.dedup import DedupHorizon
from creator_pulse.stream.native.ids import NEW, Ids
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

HORIZON = 10
steps = st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 6)), max_size=60)


def check(horizon: DedupHorizon, names: str, before: int, after: int | None = None) -> list[bool]:
    """Whether each record of a batch, one letter an id, is a duplicate."""
    hashes = np.array([HASH_KEY.hash_of(name.encode()) for name in names], dtype=np.uint64)
    marks = (np.full(len(names), mark) for mark in (before, before if after is None else after))
    return [outcome != NEW for outcome in horizon.check(hashes, np.arange(len(names)), *marks).tolist()]


def seen(horizon: DedupHorizon, name: str, before: int, after: int | None = None) -> bool:
    """Whether one record is a duplicate."""
    return check(horizon, name, before, after)[0]


def test_an_id_is_known_for_exactly_the_horizon() -> None:
    """Accepted at 100: a duplicate at 110, new at 111."""
    horizon = DedupHorizon(HORIZON)
    assert not seen(horizon, "a", 95, 100)
    assert seen(horizon, "a", 110)
    assert not seen(horizon, "a", 111)


def test_a_duplicate_does_not_prolong_the_horizon() -> None:
    """Seen again at 105, the id accepted at 100 is new at 111 all the same."""
    horizon = DedupHorizon(HORIZON)
    seen(horizon, "a", 100)
    assert seen(horizon, "a", 105)
    assert not seen(horizon, "a", 111)


def test_an_id_accepted_anew_is_known_from_then_on() -> None:
    """Accepted at 100 and again at 111: a duplicate at 121, new at 122."""
    horizon = DedupHorizon(HORIZON)
    seen(horizon, "a", 100)
    seen(horizon, "a", 111)
    assert seen(horizon, "a", 121)
    assert not seen(horizon, "a", 122)


def test_ids_of_one_batch_see_each_other() -> None:
    """The second of two equal ids in a batch is the duplicate."""
    assert check(DedupHorizon(HORIZON), "aba", 0) == [False, False, True]


def test_what_was_drained_can_be_restored() -> None:
    """A new horizon from the packs knows the same ids until the same watermark."""
    horizon, restored = DedupHorizon(HORIZON), DedupHorizon(HORIZON)
    seen(horizon, "a", 100)
    (packed,) = horizon.drain()
    assert len(packed) == 16 + 8 + 8
    restored.restore(packed)
    assert seen(restored, "a", 110)
    assert not seen(restored, "a", 111)


def test_nothing_new_drains_nothing() -> None:
    """Without an accepted id there is no pack."""
    horizon = DedupHorizon(HORIZON)
    seen(horizon, "a", 100)
    horizon.drain()
    seen(horizon, "a", 100)
    assert horizon.drain() == []


def test_memory_is_bounded_by_the_horizon() -> None:
    """A pack whose newest id is beyond the horizon leaves, at exactly the horizon it stays."""
    horizon = DedupHorizon(HORIZON)
    seen(horizon, "a", 100)
    horizon.drain()
    assert (horizon.expire(110), len(horizon)) == (0, 1)
    assert (horizon.expire(111), len(horizon)) == (1, 0)


def test_an_id_accepted_anew_outlives_its_first_pack() -> None:
    """When the pack of 100 leaves, the id accepted again at 111 stays known."""
    horizon = DedupHorizon(HORIZON)
    for mark in (100, 111):
        seen(horizon, "a", mark)
        horizon.drain()
    assert horizon.expire(112) == 1
    assert seen(horizon, "a", 112)


def naive(rows: Iterable[tuple[str, int]]) -> list[bool]:
    """The rule by the letter: id -> the watermark at which it was last accepted."""
    accepted: dict[str, int] = {}
    outcomes, mark = [], 0
    for name, step in rows:
        again = name in accepted and mark - accepted[name] <= HORIZON
        mark += step
        if not again:
            accepted[name] = mark
        outcomes.append(again)
    return outcomes


def test_the_table_is_bounded_by_the_horizon() -> None:
    """200 generations of 1,000 ids, each beyond the horizon of the one before: room for a few, not all."""
    table = Ids(HORIZON)
    rows, outcomes = np.arange(1_000), np.zeros(1_000, dtype=np.uint8)
    contents = np.zeros(1_000, dtype=np.uint64)
    for generation in range(200):
        hashes = np.array([[generation, number] for number in range(1_000)], dtype=np.uint64)
        marks = np.full(1_000, generation * (HORIZON + 1))
        table.check(hashes, contents, rows, marks, marks, outcomes)
        assert not outcomes.any()
    assert len(table) <= 4_000


@given(steps, st.integers(1, 9))
def test_checkpoints_and_recoveries_change_nothing(rows: list[tuple[str, int]], every: int) -> None:
    """Drained, expired and restored after every few records, the answers are those of the rule."""
    horizon, packs, outcomes, mark = DedupHorizon(HORIZON), list[bytes](), [], 0
    for number, (name, step) in enumerate(rows, 1):
        outcomes.append(seen(horizon, name, mark, mark + step))
        mark += step
        if number % every == 0:
            packs += horizon.drain()
            del packs[: horizon.expire(mark)]
            horizon = DedupHorizon(HORIZON)
            for pack in packs:
                horizon.restore(pack)
    assert outcomes == naive(rows)


def test_many_ids_drain_in_packs_that_kafka_takes() -> None:
    """A pack has at most 250,000 bytes, so 7,812 ids of 32 bytes: 40,000 are six packs."""
    horizon = DedupHorizon(HORIZON)
    check(horizon, "".join(map(chr, range(100, 40_100))), 100)
    assert [len(pack) // 32 for pack in horizon.drain()] == [*[7_812] * 5, 940]
