"""What no series and no rate tells apart does not split the rows, however many values it has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.events.references import References, Timeline
from creator_pulse.stream.ingestion.combined import folded
from creator_pulse.stream.ingestion.group_by import GroupBy
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.lateness import LATE_OLD, LATE_RECENT, ON_TIME
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.partials import cells_of
from tests.support.records import T0, batch, record

if TYPE_CHECKING:
    from creator_pulse.stream.events.schema import Lookup

MANY = 500


def test_a_text_that_is_not_wanted_is_null() -> None:
    """Codes of `b` and of null become null, those of `a` and `c` are numbered anew."""
    codes, texts = folded(np.array([2, 1, -1, 0, 2], dtype=np.int32), ["a", "b", "c"], {"a", "c"})
    assert [None if code < 0 else texts[code] for code in codes.tolist()] == ["c", None, None, "a", "c"]
    assert sorted(texts) == ["a", "c"]


@pytest.mark.parametrize("field", ["region", "platform", "gift_id"])
def test_rates_are_looked_up_for_places_that_entries_name(
    field: str,
) -> None:
    """500 gifts, each with a region, platform or gift of its own: each rate is asked for once."""
    asked: Counter[str] = Counter()

    class Counted(References):
        def timeline(self, lookup: Lookup, key: tuple[str | None, ...]) -> Timeline:
            asked[lookup.column] += 1
            return super().timeline(lookup, key)

    lane = Topology(Settings(), HASH_KEY, Counted()).source_lane("gift")
    lane.apply(
        batch(*(record("gift", "gift_sent", event_id=f"e{n}", **{field: f"{field}{n}"}) for n in range(MANY)))
    )
    assert asked == {"coin_price": 1, "creator_rate": 1, "catalogue_coins": 1}


def test_regions_are_other_before_they_are_grouped(monkeypatch: pytest.MonkeyPatch) -> None:
    """500 regions without series of their own, and one with: two groups."""
    sizes: list[int] = []
    texts = GroupBy._texts

    def counted(self: GroupBy, labels: object) -> dict[str, list[str]]:
        labels_of = texts(self, labels)  # type: ignore[arg-type]
        sizes.append(len(labels_of["region"]))
        return labels_of

    monkeypatch.setattr(GroupBy, "_texts", counted)
    lane = Topology(Settings(), HASH_KEY).source_lane("gift")
    odd = [record("gift", "gift_sent", event_id=f"e{n}", region=f"R{n}") for n in range(MANY)]
    lane.apply(batch(*odd, record("gift", "gift_sent", event_id="plain")))
    assert lane.checkpoint(0) is not None
    assert set(sizes) == {2}


def late_starts(hours: int) -> dict[int, set[int]]:
    """Kind -> starts of the cells of 120 late gifts, one a minute, the youngest so many hours old."""
    lane = Topology(Settings(), HASH_KEY).source_lane("gift")
    lane.apply(batch(record("gift", "gift_sent", event_id="now")))
    values = [
        record("gift", "gift_sent", event_id=f"e{n}", event_time=T0 - hours * HOUR_MS - n * MINUTE_MS)
        for n in range(120)
    ]
    lane.apply(batch(*values, first=1))
    checkpoint = lane.checkpoint(0)
    assert checkpoint is not None
    starts: dict[int, set[int]] = {}
    for one in checkpoint.outgoing:
        if one.topic == PANE_TOPIC:
            pane = pane_record.decode(one.value or b"")
            for name, _, start, kind, _ in cells_of(pane, tables_of(CATALOGUE)):
                if name == "gift_coins":
                    starts.setdefault(kind, set()).add(start)
    return starts


def test_what_no_pane_of_a_minute_takes_is_told_by_the_hour() -> None:
    """Gifts of 120 minutes, three to five hours old, begin in three hours."""
    starts = late_starts(3)
    assert set(starts) == {ON_TIME, LATE_OLD}
    assert len(starts[LATE_OLD]) == 3
    assert all(start % HOUR_MS == 0 for start in starts[LATE_OLD])


def test_what_restates_minutes_keeps_its_minute() -> None:
    """Of those that are less than two hours late each is in a pane of its own."""
    starts = late_starts(1)
    assert len(starts[LATE_RECENT]) > 50
