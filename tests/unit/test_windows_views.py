"""What a merge lane gives to Redis: the newest window and the newest closed one, the latter made once."""

from __future__ import annotations

from typing import Any

import msgspec

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.panes.lateness import LATE_RECENT, ON_TIME
from creator_pulse.stream.panes.pane_record import PaneRecord, encode, route
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.lane_harness import PARTITIONS, SMALL, Harness
from tests.support.partials import summed

US = ("tiktok", "US")
PLACE = ("pane", route(US, SMALL.merge_partitions))
DAY = 20_000 * 24 * HOUR_MS
"""A midnight."""


async def bench() -> Harness:
    """A merge lane that heard of 3 gifts in a minute, and of its partitions until that has closed."""
    harness = Harness()
    await harness.open(PLACE)
    await tell(harness, 2.2, ON_TIME, 3)
    return harness


async def tell(harness: Harness, minutes: float, kind: int = ON_TIME, gifts: int = 0) -> None:
    """Gifts of the day's first minute and the watermark of both gift partitions; one commit."""
    for number in range(PARTITIONS):
        cells = [("gifts", US, DAY, kind, gifts)] if gifts and not number else []
        parts = summed(tables_of(CATALOGUE), *cells)
        record = PaneRecord("gift", number, DAY + round(minutes * MINUTE_MS), False, [], parts=parts)
        harness.log.write([OutRecord(PANE_TOPIC, None, encode(record), PLACE[1])])
    await harness.deliver(PLACE, 100)
    await harness.runners[PLACE].commit()


def views(harness: Harness, state: str) -> dict[str, bytes]:
    """The views of one state."""
    committed = harness.runners[PLACE].committed
    assert committed is not None
    return {key: view for key, view in committed.views.items() if f"|state={state}|" in key}


def gifts(harness: Harness, state: str) -> dict[str, Any]:
    """The view of the gifts of a minute in the United States."""
    ((_, view),) = (
        (key, view)
        for key, view in views(harness, state).items()
        if key.startswith("name=gift_count|") and "|region=US|" in key and key.endswith("|window=1m")
    )
    content: dict[str, Any] = msgspec.json.decode(view)
    return content


async def test_a_closed_window_has_a_view() -> None:
    """The first minute closed with 3 gifts a minute after its end; the newest has none."""
    harness = await bench()
    final = gifts(harness, "final")
    assert (final["value"], final["end"]) == (3, DAY + MINUTE_MS)
    assert final["watermark"] == DAY + MINUTE_MS + SMALL.allowed_lateness_ms
    assert gifts(harness, "provisional")["value"] == 0


async def test_finals_are_not_made_again_at_each_commit() -> None:
    """While only the watermark moves, a final's view is the same object; a provisional one is not."""
    harness = await bench()
    before = {state: views(harness, state) for state in ("final", "provisional")}
    await tell(harness, 2.3)
    assert all(view is before["final"][key] for key, view in views(harness, "final").items())
    assert views(harness, "provisional") != before["provisional"]


async def test_a_restated_window_has_another_view() -> None:
    """2 gifts came late: the final view says 5, of the same window, once it is time to look again."""
    harness = await bench()
    await tell(harness, 2.3, LATE_RECENT, 2)
    assert gifts(harness, "final")["value"] == 3
    harness.clock.advance(SMALL.provisional_interval)
    await tell(harness, 2.4)
    assert (gifts(harness, "final")["value"], gifts(harness, "final")["end"]) == (5, DAY + MINUTE_MS)


async def test_what_came_last_is_shown_though_nothing_follows() -> None:
    """2 late gifts and then silence: the beats alone bring the final view to 5."""
    harness = await bench()
    await tell(harness, 2.3, LATE_RECENT, 2)
    harness.clock.advance(SMALL.provisional_interval)
    await harness.runners[PLACE].commit()
    assert gifts(harness, "final")["value"] == 5
