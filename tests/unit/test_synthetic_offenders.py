"""Offenders: each fraud guardrail has somebody to show, and at any time too few to page."""

from __future__ import annotations

import functools
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.validation import decode
from creator_pulse.proof.ledger.verify_windows import ExpectedNumber, expected_windows
from creator_pulse.stream.catalog.fraud.alerts import HYPE, RINGS, VELOCITY, WHALES
from creator_pulse.stream.catalog.registry import VALUES
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.offenders import CAST
from creator_pulse.stream.generator.world import DENSE
from creator_pulse.stream.settings import Settings
from tests.support.lane_harness import Harness, traffic

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Produced

START = 1_760_000_040_000
RATE, SHARE, NUMBER = 200, 0.2, 4_000
FLAGGED = (
    "gift_coins_velocity_viewers",
    "new_account_whales",
    "gift_ring_devices",
    "gift_ring_payments",
    "hype_refund_creators",
)


@functools.cache
def records() -> tuple[Produced, ...]:
    """Twenty seconds of traffic, a fifth of it by offenders: several incidents of each."""
    return tuple(islice(events(3, RATE, START, world=DENSE, offenders=SHARE), NUMBER))


@functools.cache
def expected() -> dict[str, list[int]]:
    """Value -> how many are flagged, in each window."""
    ledger = Ledger(Settings())
    for record in records():
        ledger.add(record.topic, record.partition, record.value, record.timestamp_ms, record.key)
    found: dict[str, list[int]] = {}
    only = {(value.name, window) for value in VALUES if value.name in FLAGGED for window in value.windows}
    for (name, *_), number in expected_windows(ledger.truth, Settings(), only).items():
        assert isinstance(number, ExpectedNumber)
        found.setdefault(name, []).append(int(number.stated(late=True)["value"] or 0))
    return found


def test_the_same_arguments_give_the_same_records() -> None:
    """Incidents are chosen by the seed like all else."""
    again = tuple(islice(events(3, RATE, START, world=DENSE, offenders=SHARE), NUMBER))
    assert again == records()


def test_without_offenders_nothing_is_changed() -> None:
    """A share of 0 gives the bytes of a run that knows of none."""
    plain = tuple(islice(events(3, RATE, START), 500))
    assert plain == tuple(islice(events(3, RATE, START, offenders=0.0), 500))
    assert plain != records()[:500]


def test_the_share_is_kept() -> None:
    """Twenty per cent of the records within a fifth: an incident is a hundred records at most."""
    cast = sum(record.key is not None and len(record.key) == 3 for record in records())
    assert abs(cast - SHARE * NUMBER) < SHARE * NUMBER / 5


@pytest.mark.parametrize("name", FLAGGED)
def test_somebody_is_flagged_and_never_more_than_the_cast(name: str) -> None:
    """By the ledger, in the windows of the whole run."""
    assert 1 <= max(expected()[name]) <= CAST


def test_the_cast_is_too_small_to_page() -> None:
    """Each alert asks for more than its least bound, whatever is usual."""
    bounds = [guard.condition.least for guard in (*VELOCITY, *WHALES, *RINGS, *HYPE)]  # type: ignore[attr-defined]
    assert min(bound for bound in bounds if bound is not None) >= CAST
    assert None not in bounds


def test_a_reciprocal_pair_gives_both_ways() -> None:
    """FR6: of each pair either is once the giver, with the same coins."""
    given = {
        (event["viewer_id"], event["creator_id"]): event["unit_coins"] * event["repeat_count"]
        for event in gifts()
        if event.get("viewer_id", "")[:2] in {"cm", "cn"}
    }
    assert given
    assert all(given.get((to, of)) == coins for (of, to), coins in given.items())


def test_a_structuring_room_gets_equal_gifts() -> None:
    """FR8: over twenty gifts of the same value from one sender."""
    equal = [event for event in gifts() if event["creator_id"] == "ce0"]
    assert len(equal) > 20
    assert {(event["viewer_id"], event["unit_coins"]) for event in equal} == {("ve0", 100)}


def gifts() -> list[dict[str, Any]]:
    """The sound gifts, decoded."""
    return [
        event
        for event in (decode(record.value) for record in records() if record.topic == "gift")
        if isinstance(event, dict) and "viewer_id" in event
    ]


@pytest.mark.slow
async def test_lanes_say_what_the_ledger_says() -> None:
    """Totals, windows and cases of traffic with offenders."""
    harness = Harness(traffic(3, 20, 3_000, offenders=SHARE))
    await harness.open()
    await harness.run(500)
    assert harness.differences() == []
    assert harness.cases()
