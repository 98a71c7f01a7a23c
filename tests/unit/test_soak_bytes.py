"""What an entry takes is what a soak takes off for it."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.proof.soak.verdict import BYTES
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.windows.pane_record import packed
from creator_pulse.stream.windows.panes import ON_TIME, PaneStore
from creator_pulse.stream.windows.sink import Surroundings
from creator_pulse.stream.windows.window_topic import FINALS, REVISION, WindowTopic
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

COUNT = 5_000
LABELS = ("tiktok", "US")


SURROUNDINGS = Surroundings(0, Settings(), (), PaneStore(HASH_KEY), ())


def cells() -> object:
    """Panes of one level, as a pane record brings their keys."""
    panes = PaneStore(HASH_KEY)
    for one in range(COUNT // 2):
        name = msgspec.msgpack.encode((60_000, one // 50 * 60_000, f"measure_usd_{one % 50}", LABELS))
        panes.restore(name, msgspec.msgpack.encode([packed(10**9 + one), packed(0)]))
        name = msgspec.msgpack.encode((3_600_000, one // 50 * 3_600_000, f"measure_usd_{one % 50}", LABELS))
        panes.restore(name, msgspec.msgpack.encode([packed(10**9 + one), packed(ON_TIME)]))
    return panes


def finals() -> object:
    """Books of closed windows with 100 results each."""
    results = WindowTopic(SURROUNDINGS)
    for end in range(COUNT // 100):
        keys = [
            f"creator_gift_usd|5m|{1_760_000_000_000 + end}|app=tiktok|region={one}" for one in range(100)
        ]
        at = msgspec.msgpack.encode(("gift,watch|5m", end, 0))
        results.restore(FINALS, at, msgspec.msgpack.encode(keys))
    return results


def revisions() -> object:
    """Revisions of as many results."""
    results = WindowTopic(SURROUNDINGS)
    for one in range(COUNT):
        key = f"creator_gift_usd|5m|{1_760_000_000_000 + one}|app=tiktok|region=US"
        results.restore(REVISION, key.encode(), msgspec.msgpack.encode((1, 1_760_000_000_000 + one)))
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
