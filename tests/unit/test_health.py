"""Liveness and readiness: what a worker's state says, and how it is told over HTTP."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from creator_pulse.agents.app import PulseApp
from creator_pulse.agents.health import WorkerHealth
from creator_pulse.agents.watchdog import Watchdog
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.exposition.health import HealthVerdict, LaneVitals, Vitals, live, ready
from creator_pulse.stream.exposition.health_server import HealthServer
from creator_pulse.stream.secret import Secret
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.memory_log import MemoryLog
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "f2c9d1"  # noqa: S105 - of these tests alone
SETTINGS = Settings(stall_after=60.0, session_timeout=10.0)
LANE = LaneVitals("creator.gift", 0, shown=True, fenced=False, lag=0, still_seconds=0.0)
WELL = Vitals(
    loop_seconds=0.2,
    look_seconds=0.5,
    heartbeat_seconds=1.0,
    moving_seconds=None,
    joined=True,
    leaving=False,
    group_fault="",
    lanes=(LANE, replace(LANE, partition=1)),
)


def test_a_worker_at_rest_is_live_and_ready() -> None:
    """Turning loop, young heartbeat, every lane shown."""
    assert live(WELL, SETTINGS) == HealthVerdict(ok=True, reason="live")
    assert ready(WELL, SETTINGS) == HealthVerdict(ok=True, reason="ready, 2 lanes")


def test_a_worker_for_which_no_partition_is_left_is_ready() -> None:
    """One more worker than partitions must not hold up a roll-out."""
    assert ready(replace(WELL, lanes=()), SETTINGS).ok


@pytest.mark.parametrize(
    ("vitals", "reason"),
    [
        (replace(WELL, loop_seconds=12.0), "the event loop has stood still for 12 s"),
        (replace(WELL, look_seconds=121.0), "the watchdog has not looked for 121 s"),
        (replace(WELL, moving_seconds=130.0), "the group has not come to rest for 130 s"),
        (
            replace(WELL, lanes=(LANE, replace(LANE, lag=7, still_seconds=61.0))),
            "creator.gift-0 has committed nothing for 61 s, 7 records to read",
        ),
        (
            replace(WELL, lanes=(replace(LANE, lag=None, still_seconds=61.0),)),
            "creator.gift-0 has committed nothing for 61 s, an unknown number of records to read",
        ),
    ],
)
def test_what_is_not_live(vitals: Vitals, reason: str) -> None:
    """Each limit passed is told in one line, and such a worker is not ready either."""
    assert live(vitals, SETTINGS) == HealthVerdict(ok=False, reason=reason)
    assert ready(vitals, SETTINGS) == HealthVerdict(ok=False, reason=reason)


@pytest.mark.parametrize(
    "vitals",
    [
        replace(WELL, loop_seconds=10.0),
        replace(WELL, look_seconds=120.0),
        replace(WELL, moving_seconds=120.0),
        replace(WELL, lanes=(replace(LANE, lag=7, still_seconds=60.0),)),
    ],
)
def test_a_limit_that_is_just_reached_is_live(vitals: Vitals) -> None:
    """Only what is longer than stated counts."""
    assert live(vitals, SETTINGS).ok


@pytest.mark.parametrize(
    ("vitals", "reason"),
    [
        (replace(WELL, leaving=True), "the worker is leaving"),
        (replace(WELL, joined=False, lanes=()), "no assignment yet"),
        (replace(WELL, joined=False, group_fault="it lets nobody in"), "it lets nobody in"),
        (replace(WELL, group_fault="there are strangers in the group"), "there are strangers in the group"),
        (replace(WELL, heartbeat_seconds=None), "no assignment yet"),
        (
            replace(WELL, heartbeat_seconds=10.0),
            "the last group heartbeat was 10 s ago: others may own its partitions",
        ),
        (replace(WELL, moving_seconds=3.0), "the group has been rebalancing for 3 s"),
        (replace(WELL, lanes=(LANE, replace(LANE, fenced=True, shown=False))), "fenced: creator.gift-0"),
        (
            replace(WELL, lanes=(LANE, replace(LANE, shown=False, partition=1))),
            "1 of 2 lanes are recovering: creator.gift-1",
        ),
        (
            replace(WELL, lanes=tuple(replace(LANE, shown=False, partition=number) for number in range(5))),
            "5 of 5 lanes are recovering: creator.gift-0, creator.gift-1, creator.gift-2 and 2 more",
        ),
    ],
)
def test_what_is_live_but_not_ready(vitals: Vitals, reason: str) -> None:
    """Restarting would not help, but no traffic or roll-out should count on it: told in one line."""
    assert live(vitals, SETTINGS).ok
    assert ready(vitals, SETTINGS) == HealthVerdict(ok=False, reason=reason)


def asked(address: str, path: str, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
    """Status and body of an answer."""
    request = Request(f"http://{address}{path}", headers={"Authorization": f"Bearer {token}"})
    try:
        with urlopen(request, timeout=5) as answer:  # noqa: S310 - the address is the test's own
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


class Blocked:
    """An application whose event loop stands still, with a clock turned by hand."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.app = PulseApp(SETTINGS, MemoryLog({}), HASH_KEY, self.clock)
        self.health = WorkerHealth(self.app, Watchdog(self.app))


@pytest.fixture
async def blocked() -> Blocked:
    """A worker that has just begun."""
    return Blocked()


async def test_a_blocked_event_loop_is_told_over_http(blocked: Blocked) -> None:
    """This test blocks the loop: the answer comes from a thread, 503 with reason and seconds."""
    with closing(HealthServer("127.0.0.1", 0, blocked.health.answers, Secret(TOKEN))) as server:
        assert asked(server.address, "/live")[0] == 200
        blocked.clock.advance(11)
        status, body = asked(server.address, "/live")
        blocked.health.turn()
        again, _ = asked(server.address, "/live")
    assert (status, again) == (503, 200)
    assert body["ok"] is False
    assert body["reason"] == "the event loop has stood still for 11 s"
    assert body["vitals"]["loop_seconds"] == 11.0


async def test_before_the_first_assignment_a_worker_is_live_but_not_ready(blocked: Blocked) -> None:
    """200 and 503, with the reason."""
    with closing(HealthServer("127.0.0.1", 0, blocked.health.answers, Secret(TOKEN))) as server:
        assert asked(server.address, "/live")[0] == 200
        status, body = asked(server.address, "/ready")
    assert (status, body["reason"]) == (503, "no assignment yet")
    assert body["vitals"]["heartbeat_seconds"] is None


async def test_a_worker_that_was_told_to_stop_is_leaving(blocked: Blocked) -> None:
    """The first sign that it goes, before anything is handed over."""
    blocked.health.leave()
    assert ready(blocked.health.vitals(), SETTINGS).reason == "the worker is leaving"


async def test_the_event_loop_says_that_it_turns(blocked: Blocked) -> None:
    """Each turn is counted, for the guard, and sets the seconds back to 0."""
    blocked.clock.advance(5)
    before = blocked.health.turns
    blocked.health.turn()
    assert (blocked.health.turns - before, blocked.health.vitals().loop_seconds) == (1, 0.0)


def _well() -> tuple[HealthVerdict, Vitals]:
    return live(WELL, SETTINGS), WELL


def test_lanes_are_in_the_body() -> None:
    """Details for people: owned lanes with lag and seconds."""
    with closing(HealthServer("127.0.0.1", 0, {"/live": _well}, Secret(TOKEN))) as server:
        _, body = asked(server.address, "/live?verbose")
    assert body["vitals"]["lanes"][1] == {
        "topic": "creator.gift",
        "partition": 1,
        "shown": True,
        "fenced": False,
        "lag": 0,
        "still_seconds": 0.0,
    }


@pytest.mark.parametrize("own", ["", TOKEN])
@pytest.mark.parametrize("sent", ["", f"{TOKEN}x"])
def test_without_the_token_it_is_up_or_down(own: str, sent: str) -> None:
    """No reason, no topics, no numbers; nor where no token is set at all."""
    with closing(HealthServer("127.0.0.1", 0, {"/live": _well}, Secret(own))) as server:
        assert asked(server.address, "/live", sent) == (200, {"ok": True})


def test_nothing_else_is_served() -> None:
    """Another path is 404."""
    with (
        closing(HealthServer("127.0.0.1", 0, {"/live": _well}, Secret(TOKEN))) as server,
        pytest.raises(HTTPError, match="404") as caught,
    ):
        urlopen(f"http://{server.address}/metrics", timeout=5)
    caught.value.close()


def test_a_client_that_never_asks_stops_nobody() -> None:
    """An open connection without a request leaves the next one its answer."""
    release = threading.Event()

    def slow() -> tuple[HealthVerdict, Vitals]:
        release.wait(5)
        return _well()

    answers: dict[str, Callable[[], tuple[HealthVerdict, Vitals]]] = {"/slow": slow, "/live": _well}
    with closing(HealthServer("127.0.0.1", 0, cast("Any", answers))) as server:
        waiting = threading.Thread(target=asked, args=(server.address, "/slow"))
        waiting.start()
        assert asked(server.address, "/live")[0] == 200
        release.set()
        waiting.join()


def test_a_taken_port_is_named() -> None:
    """The error says which port, and which setting chooses another."""
    with closing(HealthServer("127.0.0.1", 0, {})) as server:
        port = int(server.address.rpartition(":")[2])
        with pytest.raises(PulseError, match=f"{port}.*PULSE_HEALTH_PORT"):
            HealthServer("127.0.0.1", port, {})
