"""Deals go from state to state: illegal steps are invalid, whatever the batches, after a restart too."""

from __future__ import annotations

import json
from collections import Counter
from itertools import permutations
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.keyed.keyed_state import OPEN_MS
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.any_event import any_event
from tests.support.hash_key import HASH_KEY
from tests.support.partials import cells_of
from tests.support.records import T0, sound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.ingestion.source_lane import SourceLane

SETTINGS = Settings(allowed_lateness_ms=60_000, out_of_orderness_ms=0)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
STAMP = T0 + 401 * DAY_MS
"""Kafka's timestamp of all records: none of their times is the future."""
Step = tuple[str, str, int]
"""State, deal, and when, ms after T0."""


def event(state: str, deal: str, at_ms: int, **own: Any) -> bytes:
    """A deal comes into a state."""
    kind = f"deal_{state}"
    usual = {
        "event_id": f"{deal}-{state}-{at_ms}",
        "deal_id": deal,
        "event_time": T0 + at_ms,
        "currency": "USD",
    }
    place = {"app": "tiktok", "region": "US", "ingest_time": T0 + at_ms}
    return json.dumps(sound("deal", kind) | usual | place | own).encode()


def lane() -> SourceLane:
    """A lane of the deal topic."""
    return Topology(SETTINGS, HASH_KEY).source_lane("deal")


def feed(to: SourceLane, values: Sequence[bytes], most: int = 1_000) -> SourceLane:
    """Hand records to a lane, so many at a time."""
    first = to.next_offset or 0
    for at in range(0, len(values), most):
        part = values[at : at + most]
        offsets = range(first + at, first + at + len(part))
        to.apply(Batch.of(offsets, [STAMP] * len(part), [b"k"] * len(part), part))
    return to


def shown(of: SourceLane, family: str, label: str) -> dict[str, float]:
    """The samples of a family that are not 0, by one label."""
    counts: Counter[str] = Counter()
    for sample in of.snapshot().samples:
        if sample.family == f"pulse_{family}":
            counts[dict(sample.labels)[label]] += sample.value  # type: ignore[assignment]
    return {name: value for name, value in counts.items() if value}


def outcomes(of: SourceLane) -> dict[str, float]:
    """Records by outcome."""
    return shown(of, "records_total", "outcome")


def along(*steps: Step) -> SourceLane:
    """A lane that has read some steps."""
    return feed(lane(), [event(*step) for step in steps])


def test_the_usual_way_is_legal() -> None:
    """From the invitation over one revision to the payment: eight steps, all counted."""
    way = ("invited", "agreed", "submitted", "changes_requested", "submitted", "approved", "posted", "paid")
    counts = along(*((state, "d", 1_000 * at) for at, state in enumerate(way)))
    assert outcomes(counts) == {"counted": len(way)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("paid", "cancelled"),
        ("cancelled", "paid"),
        ("declined", "agreed"),
        ("agreed", "declined"),
        ("agreed", "expired"),
        ("agreed", "agreed"),
        ("approved", "submitted"),
        ("cancelled", "approved"),
        ("paid", "posted"),
    ],
)
def test_an_illegal_step_is_invalid(before: str, after: str) -> None:
    """It has a reason of its own, and the deal stays where it was."""
    counts = along((before, "d", 0), (after, "d", 1_000))
    assert outcomes(counts) == {"counted": 1, "invalid": 1}
    assert shown(counts, "invalid_records_total", "reason") == {"illegal_step": 1}


def test_after_an_illegal_step_the_way_goes_on_from_where_it_was() -> None:
    """Declined is refused after the agreement, submitted is not."""
    counts = along(("agreed", "d", 0), ("declined", "d", 1_000), ("submitted", "d", 2_000))
    assert outcomes(counts) == {"counted": 2, "invalid": 1}


WAY = ("invited", "agreed", "submitted", "approved", "posted", "paid")
ROUNDS = (
    "agreed",
    "submitted",
    "changes_requested",
    "submitted",
    "changes_requested",
    "submitted",
    "approved",
)
CALLED_OFF = ("invited", "agreed", "submitted", "cancelled")
OVERTAKEN = Path(__file__).parents[1] / "vectors" / "deal_out_of_order.jsonl"


def told(way: Sequence[str], order: Sequence[int]) -> SourceLane:
    """A lane that has read the steps of a deal, one a second, in some order."""
    return along(*((way[at], "d", 1_000 * at) for at in order))


def earned(of: SourceLane) -> float:
    """What a lane sums as approved: value times rate, so 10^6 for a deal of one micro-dollar."""
    made = of.checkpoint(0)
    assert made is not None
    return sum(
        total
        for record in made.outgoing
        if record.topic == PANE_TOPIC and record.value is not None
        for measure, *_, total in cells_of(pane_record.decode(record.value), tables_of(CATALOGUE))
        if measure == "deal_approved_usd"
    )


def test_an_overtaken_step_is_taken() -> None:
    """Approved before it is submitted, then posted and paid: all six count, and the deal is earned once."""
    lines = [json.loads(line) for line in OVERTAKEN.read_text(encoding="ascii").splitlines()]
    order = [WAY.index(line["event_type"].removeprefix("deal_")) for line in lines]
    assert order == [0, 1, 3, 2, 4, 5]
    counts = told(WAY, order)
    assert outcomes(counts) == {"counted": 6}
    assert earned(counts) == 10**6


@pytest.mark.parametrize("first", range(6))
@pytest.mark.slow
def test_any_order_within_the_lateness_earns_the_same(first: int) -> None:
    """All 720 orders of six steps: each counts, the deal is earned once, and nothing waits in the end."""
    for order in permutations(range(6)):
        if order[0] == first:
            counts = told(WAY, order)
            assert (outcomes(counts), earned(counts)) == ({"counted": 6}, 10**6), order
            assert shown(counts, "open_deals", "state") == {}


@pytest.mark.parametrize("way", [ROUNDS, CALLED_OFF])
@pytest.mark.slow
def test_any_order_of_other_ways_is_taken(way: Sequence[str]) -> None:
    """Two rounds of changes, and a deal called off: each step counts, and the last one is where it stands."""
    rng = Random(5)
    for _ in range(100):
        order = rng.sample(range(len(way)), len(way))
        counts = told(way, order)
        assert outcomes(counts) == {"counted": len(way)}, order
        open_ones = {} if way[-1] == "cancelled" else {way[-1]: 1}
        assert shown(counts, "open_deals", "state") == open_ones


@pytest.mark.parametrize(
    ("after_ms", "expected"), [(60_000, {"counted": 4}), (60_001, {"counted": 3, "invalid": 1})]
)
def test_an_overtaken_step_may_come_within_the_lateness(after_ms: int, expected: dict[str, int]) -> None:
    """Approved at 2 s: submitted is taken while the watermark before it has gone on by at most 60 s since."""
    counts = along(("agreed", "d", 0), ("approved", "d", 2_000), ("agreed", "e", 2_000 + after_ms))
    feed(counts, [event("submitted", "d", 1_000)])
    late = {name: n for name, n in outcomes(counts).items() if name != "late"}
    assert late | {"counted": late["counted"] + outcomes(counts).get("late", 0)} == expected


def test_a_step_that_happened_after_what_rules_it_out_is_illegal() -> None:
    """Posted at 3 s, but called off at 2 s: no order of arrival makes that right."""
    assert outcomes(along(("cancelled", "d", 2_000), ("posted", "d", 3_000))) == {"counted": 1, "invalid": 1}
    assert outcomes(along(("cancelled", "d", 2_000), ("posted", "d", 1_000))) == {"counted": 2}


def test_what_happens_once_is_overtaken_once() -> None:
    """A second agreement under another event id is illegal, though the deal has gone on."""
    steps = [("agreed", "d", 0), ("submitted", "d", 2_000), ("agreed", "d", 1_000)]
    assert outcomes(along(*steps)) == {"counted": 2, "invalid": 1}


def test_a_draft_sent_twice_at_one_time_is_illegal() -> None:
    """The same one under another event id is refused; a later one is not, as changes may be asked for."""
    first = event("submitted", "d", 0)
    copy = event("submitted", "d", 0, event_id="copy")
    assert outcomes(feed(lane(), [first, copy])) == {"counted": 1, "invalid": 1}
    assert outcomes(along(("submitted", "d", 0), ("submitted", "d", 1_000))) == {"counted": 2}


def test_an_older_step_of_a_round_moves_nothing_back() -> None:
    """Changes requested at 2 s, and then the draft of 1 s comes in: the deal waits for changes."""
    counts = along(("agreed", "d", 0), ("changes_requested", "d", 2_000), ("submitted", "d", 1_000))
    assert outcomes(counts) == {"counted": 3}
    assert shown(counts, "open_deals", "state") == {"changes_requested": 1}


def test_a_step_of_long_ago_books_nothing_again() -> None:
    """The agreement comes again after 20 minutes, when its id has left the horizon: a duplicate still."""
    counts = along(("agreed", "d", 0), ("agreed", "e", 1_200_001), ("agreed", "d", 0))
    assert outcomes(counts) == {"counted": 2, "duplicate": 1}


def test_a_deal_that_nobody_knows_may_come_in_any_state() -> None:
    """The log need not hold its beginning."""
    assert outcomes(along(("posted", "d", 0), ("paid", "d", 1_000))) == {"counted": 2}


def test_the_same_event_again_is_a_duplicate() -> None:
    """It is no second agreement, so it is not illegal either."""
    assert outcomes(along(("agreed", "d", 0), ("agreed", "d", 0))) == {"counted": 1, "duplicate": 1}


def test_test_traffic_moves_no_deal() -> None:
    """A test record of an agreed deal changes nothing: it can still be submitted."""
    counts = feed(
        along(("agreed", "d", 0)), [event("posted", "d", 1_000, is_test=True), event("submitted", "d", 2_000)]
    )
    assert outcomes(counts) == {"counted": 2, "test": 1}


def test_a_refused_record_moves_no_watermark() -> None:
    """An illegal step an hour ahead, by its ingest time too, makes nothing late."""
    counts = along(("declined", "d", 0), ("agreed", "d", HOUR_MS), ("agreed", "e", 1_000))
    assert outcomes(counts) == {"counted": 2, "invalid": 1}


@pytest.mark.parametrize(
    ("after_ms", "expected"), [(OPEN_MS, {"counted": 2, "invalid": 1}), (OPEN_MS + 1, {"counted": 3})]
)
def test_an_end_is_known_for_400_days(after_ms: int, expected: dict[str, int]) -> None:
    """Declined at 0: what follows is illegal until the watermark before it has gone on further."""
    assert (
        outcomes(along(("declined", "d", 0), ("agreed", "e", after_ms), ("agreed", "d", after_ms)))
        == expected
    )


def test_what_is_over_is_forgotten() -> None:
    """The declined deal and the agreed ones leave the table 400 days after their last step."""
    counts = along(("declined", "d", 0), ("agreed", "e", 0), ("agreed", "f", 61_000))
    counts.checkpoint(0)
    assert shown(counts, "table_entries", "kind")["paths"] == 3
    feed(counts, [event("invited", "g", OPEN_MS + 100_000)])
    counts.checkpoint(0)
    assert shown(counts, "table_entries", "kind")["paths"] == 1


def test_a_full_table_forgets_what_ended_first() -> None:
    """Of two places a keeps one; b, c and d take the other in turn, as b and c have ended; b is new again."""
    small = msgspec.structs.replace(SETTINGS, most_followed=2)
    deals = Topology(small, HASH_KEY).source_lane("deal")
    steps = [("agreed", "a", 0), ("declined", "b", 1), ("declined", "c", 2), ("agreed", "d", 3)]
    feed(deals, [event(*step) for step in steps])
    feed(deals, [event("invited", "a", 4), event("invited", "d", 5), event("agreed", "b", 6)])
    assert outcomes(deals) == {"counted": 5, "invalid": 2}
    assert shown(deals, "table_overflow_total", "kind")["paths"] == 3


def test_what_waits_is_shown() -> None:
    """Two drafts wait, one of them for more than 14 days; the first since the hour of T0."""
    counts = along(("submitted", "d", 0), ("submitted", "e", 10 * DAY_MS), ("invited", "f", 15 * DAY_MS))
    assert shown(counts, "open_deals", "state") == {"submitted": 2, "invited": 1}
    assert shown(counts, "overdue_deals", "state") == {"submitted": 1}
    since = shown(counts, "oldest_open_deal_timestamp_seconds", "state")["submitted"]
    assert since == T0 // HOUR_MS * 3_600


def records(seed: int) -> list[bytes]:
    """Steps of few deals in any order: about half of them illegal, some late, some sent again."""
    rng = Random(seed)
    kinds = list(TOPICS["deal"].types())
    made = [any_event("deal", rng.choice(kinds), number, rng) for number in range(400)]
    return [value for value in made for _ in range(1 if rng.random() < 0.95 else 2)]


@pytest.mark.parametrize("most", [1, 7, 400])
def test_the_ledger_judges_alike(most: int) -> None:
    """Outcomes and reasons of 400 random steps, whatever the batches."""
    ledger, counts = Ledger(SETTINGS), feed(lane(), records(1), most)
    expected = Counter(ledger.add("deal", 0, value, STAMP) for value in records(1))
    reasons = {
        labels[1]: total for (name, labels), total in ledger.truth.totals.items() if name == "invalid_records"
    }
    assert outcomes(counts) == expected
    assert shown(counts, "invalid_records_total", "reason") == reasons
    assert reasons["illegal_step"] > 50


def test_a_restored_lane_judges_alike() -> None:
    """A lane rebuilt from its changelog half way ends with the figures of one that was not."""
    values = records(2)
    whole = feed(lane(), values)
    changelog: dict[bytes, bytes] = {}
    half = lane()
    for at in range(0, len(values) // 2, 50):
        feed(half, values[at : min(at + 50, len(values) // 2)])
        checkpoint = half.checkpoint(0)
        assert checkpoint is not None
        for key, value in checkpoint.entries:
            if value is None:
                changelog.pop(key, None)
            else:
                changelog[key] = value
    again = lane()
    again.restore(changelog.items())
    feed(again, values[len(values) // 2 :])
    assert outcomes(again) == outcomes(whole)
    assert shown(again, "open_deals", "state") == shown(whole, "open_deals", "state")
