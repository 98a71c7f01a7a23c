"""Engagement in generated traffic, and what the ledger adds up of it; expected sums by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import takewhile
from typing import Any

import msgspec
import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.world import PLATFORM, World
from creator_pulse.stream.settings import Settings
from tests.support.any_event import T0
from tests.support.ledger_events import add
from tests.support.records import cells, record
from tests.support.world_day import sound

ACTS = ("like", "comment", "share", "follow")
FEED = ("tiktok", "US", "feed")


def sent(world: World, seconds: int = 120) -> list[dict[str, Any]]:
    """The sound events of the first seconds of a run, 400 a second."""
    until = T0 + seconds * 1_000
    records = takewhile(lambda one: one.timestamp_ms < until, events(1, 400.0, T0, world=world))
    return [event for event in map(sound, records) if event is not None]


@pytest.mark.parametrize(
    ("kind", "measure"),
    [("like", "likes"), ("comment", "comments"), ("share", "shares"), ("follow", "follows")],
)
def test_an_act_is_one(kind: str, measure: str) -> None:
    """Two records are two acts on their surface, and two of the viewer and of the creator."""
    ledger = Ledger(Settings())
    for _ in range(2):
        add(ledger, "engagement", kind, surface="feed", viewer_id="v1")
    windows = ledger.truth.windows
    assert ledger.truth.totals[measure, FEED] == 2
    assert windows[f"viewer_{kind}s", ("tiktok", "v1"), T0][0] == 2
    assert windows[f"creator_{kind}s", ("tiktok", "c1"), T0][0] == 2


def test_completions_are_increments() -> None:
    """3 of 5 and 1 of 2 are 4 of 7."""
    ledger = Ledger(Settings())
    for views, completed in ((5, 3), (2, 1)):
        add(ledger, "engagement", "completion", surface="feed", views=views, completed=completed)
    assert ledger.truth.totals["video_views", FEED] == 7
    assert ledger.truth.totals["video_completions", FEED] == 4


def test_a_completion_is_no_act() -> None:
    """Who watches a video to the end has not engaged: nothing is summed of the viewer."""
    summed = cells("engagement", record("engagement", "completion", viewer_id="v1", views=5, completed=3))
    assert {measure for measure, _ in summed} & {f"viewer_{kind}s" for kind in ACTS} == set()


@pytest.mark.parametrize(
    ("kind", "own", "reason"),
    [
        ("like", {}, "missing_field"),
        ("like", {"surface": "profile"}, "not_listed"),
        ("completion", {"surface": "feed", "views": 1}, "missing_field"),
        ("completion", {"surface": "feed", "views": -1, "completed": 0}, "out_of_range"),
        ("heartbeat", {"surface": "feed"}, "event_type"),
    ],
)
def test_what_the_contract_does_not_allow_is_invalid(kind: str, own: dict[str, Any], reason: str) -> None:
    """With the reason that says why."""
    ledger = Ledger(Settings())
    assert add(ledger, "engagement", kind, **own) == "invalid"
    assert ledger.truth.totals["invalid_records", ("engagement", reason)] == 1


def test_every_kind_of_act_is_made() -> None:
    """Within two minutes, each on the feed."""
    kinds = Counter(record["event_type"] for record in sent(PLATFORM) if record.get("surface") == "feed")
    assert all(kinds[kind] for kind in (*ACTS, "completion"))


def test_nobody_completes_more_than_was_begun() -> None:
    """In no report of the feed, and no live room has one."""
    reports = [record for record in sent(PLATFORM) if record["event_type"] == "completion"]
    assert reports
    assert all(
        0 <= report["completed"] <= report["views"] and report["surface"] == "feed" for report in reports
    )


def test_who_engages_watches_the_creator() -> None:
    """Each pair of viewer and creator that engages has sent a heartbeat, but for those that come late."""
    made = sent(PLATFORM)
    watching = {
        (record["viewer_id"], record["creator_id"]) for record in made if record["event_type"] == "heartbeat"
    }
    engaged = [(record["viewer_id"], record["creator_id"]) for record in made if record["event_type"] in ACTS]
    assert sum(pair in watching for pair in engaged) >= 0.9 * len(engaged) > 0


def test_a_world_may_do_without() -> None:
    """With an engagement of 0 there is none."""
    kinds = {record["event_type"] for record in sent(replace(PLATFORM, engagement=0.0), 30)}
    assert "heartbeat" in kinds
    assert kinds & {*ACTS, "completion"} == set()


def test_a_run_shows_the_sides_of_a_record_as_the_engine() -> None:
    """A follow in a live room of the douyin app in CN: one on that surface."""
    summed = cells("engagement", record("engagement", "follow", app="douyin", region="CN", surface="live"))
    assert summed["follows", ("douyin", "CN", "live")] == 1


def test_reports_are_bytes_of_json() -> None:
    """A time record of the topic says nothing: 0 of 0 videos, as a test."""
    first = next(record for record in events(1, 400.0, T0) if record.topic == "engagement")
    assert msgspec.json.decode(first.value or b"")["is_test"] is True
