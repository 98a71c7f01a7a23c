"""In what order a worker's lanes commit."""

from __future__ import annotations

from creator_pulse.stream.tables.lanes import Lanes
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.lane_harness import Harness, traffic


async def test_merge_lanes_commit_after_the_others() -> None:
    """What was counted is not to wait for windows that close: the source lane first, though it came last."""
    harness = Harness(traffic(9, 20, 2_000))
    places = {Place(harness.topic(place), place[1]): place for place in (("pane", 0), ("gift", 0))}
    beat = harness.clock.monotonic()
    lanes = Lanes(
        lambda place: harness.runner(places[place]), harness.clock, lambda: beat, 10.0, lambda *_: None
    )
    await harness.open(("watch", 0))
    await harness.drain([("watch", 0)], 100)
    await lanes.assign(places)
    for place in places:
        batch = harness.log.batch(place.topic, place.partition, 0, 50)
        assert batch is not None
        lanes.table(place.topic).count(place.partition, batch)
    committed: list[str] = []

    def note(transactional_id: str) -> str:
        committed.append(transactional_id)
        return ""

    harness.log.tear = note
    await lanes.commit()
    assert [PANE_TOPIC in topics for topics in committed] == [False, True]
