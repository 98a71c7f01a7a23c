"""What an entry takes is what a soak takes off for it."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from creator_pulse.proof.soak.verdict import BYTES
from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.panes.rows import packed
from creator_pulse.stream.panes.store import LEVELS, PaneStore
from creator_pulse.stream.panes.tables import COUNT as INCREMENTS
from creator_pulse.stream.panes.tables import Table
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.sinks.window_topic import FINALS, REVISION, WindowTopic
from creator_pulse.stream.windows.sink import Surroundings
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

COUNT = 5_000


SURROUNDINGS = Surroundings(0, Settings(), (), PaneStore(HASH_KEY), ())


def cells() -> object:
    """Panes of one level as they come back from a changelog: four measures of five regions in each."""
    measures = tuple(f"measure_usd_{number}" for number in range(4))
    columns = (*measures, INCREMENTS)
    table = Table(
        "t", "", ("app", "region"), (), LEVELS, measures, columns, (), (), frozenset(), read=(4, 4, 4)
    )
    panes = PaneStore(HASH_KEY, [table])
    lots = [(("tiktok", region), False, 1) for region in ("US", "GB", "DE", "KR", "other")]
    sums = np.full((5, 5), 10**9, dtype=np.int64)
    for pane in range(COUNT // 40):
        for level in (MINUTE_MS, HOUR_MS):
            name = msgspec.msgpack.encode((level, pane * level, "t", 0))
            entry = (lots, *packed(np.empty((5, 0), dtype=np.uint64), sums, columns))
            panes.identities.restore(name, msgspec.msgpack.encode(entry))
    return panes


def finals() -> object:
    """Books of closed windows with 100 results each."""
    results = WindowTopic(SURROUNDINGS)
    for end in range(COUNT // 100):
        keys = [
            f"creator_gift_usd|5m|{1_760_000_000_000 + end}|app=tiktok|region={number}"
            for number in range(100)
        ]
        at = msgspec.msgpack.encode(("gift,watch|5m", end, 0))
        results.restore(FINALS, at, msgspec.msgpack.encode(keys))
    return results


def revisions() -> object:
    """Revisions of as many results."""
    results = WindowTopic(SURROUNDINGS)
    for number in range(COUNT):
        key = f"creator_gift_usd|5m|{1_760_000_000_000 + number}|app=tiktok|region=US"
        results.restore(REVISION, key.encode(), msgspec.msgpack.encode((1, 1_760_000_000_000 + number)))
    return results


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("minute_cells", cells),
        ("hour_cells", cells),
        ("finals", finals),
        ("revisions", revisions),
    ],
)
def test_an_entry_takes_about_what_is_taken_off(kind: str, make: Callable[[], object]) -> None:
    """As Python's own allocator counts it, to within a third."""
    gc.collect()
    tracemalloc.start()
    try:
        kept = make()
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del kept
    assert taken / COUNT == pytest.approx(BYTES[kind], rel=1 / 3)
