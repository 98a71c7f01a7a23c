"""Bounds of alerts that hold for a while: what is written, refused, shown, and ended."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from creator_pulse.agents.cli import main
from creator_pulse.agents.override import OverridePlace, Overrider, Reason
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import OverrideError
from creator_pulse.stream.events.references import References
from creator_pulse.stream.reference_series import reference_samples
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.memory_log import MemoryLog

NOW = 1_760_000_000_000
HOUR = 3_600_000
SETTINGS = Settings()
REFERENCE = SETTINGS.topic("reference")
FAILING = OverridePlace("CheckoutFailing", "tiktok")
QUIET = OverridePlace("RegionQuiet", "tiktok", "US")
REASON = Reason("provider fails 10 %", "ann")


class Bench:
    """The command over a log in memory, with a clock that a test moves."""

    def __init__(self) -> None:
        self.log = MemoryLog({REFERENCE: 1})
        self.said: list[str] = []
        self.clock = ManualClock(NOW)
        self.overrider = Overrider(SETTINGS, self.log, self.clock, self.said.append)

    async def values(self) -> list[bytes | None]:
        """What stands in the reference topic."""
        _, end = await self.log.bounds(REFERENCE, 0)
        batch = self.log.batch(REFERENCE, 0, 0, end)
        return [] if batch is None else list(batch.values)

    async def bounds(self) -> dict[tuple[str, ...], float]:
        """The bounds that a worker shows now, by alert, app and region."""
        references = References()
        for value in await self.values():
            assert references.add(value)
        shown = reference_samples(references, SETTINGS, self.clock.now_ms())
        return {
            tuple(value for _, value in sample.labels): sample.value
            for sample in shown
            if sample.family == "pulse_override_bound"
        }


async def test_an_override_is_shown_until_it_ends() -> None:
    """200 for an hour: shown at once and a millisecond before its end, and not at it."""
    bench = Bench()
    await bench.overrider.set_to(FAILING, 200, HOUR, REASON)
    place = ("CheckoutFailing", "tiktok", "all")
    assert await bench.bounds() == {place: 200}
    bench.clock.advance(HOUR / 1000 - 0.001)
    assert await bench.bounds() == {place: 200}
    bench.clock.advance(0.001)
    assert await bench.bounds() == {}


async def test_the_entry_is_that_of_the_contract() -> None:
    """Kind, id of alert, app and region, from and until, value, reason and who."""
    bench = Bench()
    await bench.overrider.set_to(QUIET, 50, HOUR, REASON)
    (value,) = await bench.values()
    assert json.loads(value or b"") == {
        "kind": "override",
        "id": "RegionQuiet:tiktok:US",
        "valid_from": NOW,
        "valid_until": NOW + HOUR,
        "value": 50,
        "note": "provider fails 10 %",
        "who": "ann",
    }


async def test_who_and_why_are_shown_with_the_end() -> None:
    """The series that says until when has both as labels."""
    references = References()
    bench = Bench()
    await bench.overrider.set_to(FAILING, 200, HOUR, REASON)
    (value,) = await bench.values()
    references.add(value)
    (told,) = (
        sample
        for sample in reference_samples(references, SETTINGS, NOW)
        if sample.family == "pulse_override_until_timestamp_seconds"
    )
    assert (dict(told.labels)["who"], dict(told.labels)["reason"]) == ("ann", "provider fails 10 %")
    assert told.value == (NOW + HOUR) / 1000


async def test_a_later_one_of_the_same_place_counts() -> None:
    """A second bound replaces the first; another region keeps its own."""
    bench = Bench()
    await bench.overrider.set_to(QUIET, 50, HOUR, REASON)
    await bench.overrider.set_to(OverridePlace("RegionQuiet", "tiktok", "GB"), 40, HOUR, REASON)
    bench.clock.advance(0.001)
    await bench.overrider.set_to(QUIET, 60, HOUR, REASON)
    assert await bench.bounds() == {("RegionQuiet", "tiktok", "US"): 60, ("RegionQuiet", "tiktok", "GB"): 40}


async def test_what_is_ended_does_not_come_back() -> None:
    """A millisecond after its end the declared bound holds, and the first version does not again."""
    bench = Bench()
    await bench.overrider.set_to(FAILING, 200, HOUR, REASON)
    bench.clock.advance(1)
    await bench.overrider.end(FAILING, REASON)
    bench.clock.advance(0.001)
    assert await bench.bounds() == {}
    assert await bench.overrider.holding() == []


async def test_those_that_hold_are_listed() -> None:
    """With bound, unit, end, who and why."""
    bench = Bench()
    await bench.overrider.set_to(OverridePlace("AdFillDrop", "douyin"), 0.7, HOUR, REASON)
    assert await bench.overrider.holding() == [
        {
            "alert": "AdFillDrop",
            "app": "douyin",
            "region": "all",
            "bound": 0.7,
            "meaning": "times what is usual",
            "until": "2025-10-09T09:53:20+00:00",
            "who": "ann",
            "why": "provider fails 10 %",
        }
    ]


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (OverridePlace("CheckoutFails", "tiktok"), "did you mean CheckoutFailing"),
        (OverridePlace("MinorGift", "tiktok"), "one is too many"),
        (OverridePlace("DataStale", "tiktok"), "it is of no app"),
        (OverridePlace("EcpmOutOfBand", "tiktok"), "it has no single bound"),
        (OverridePlace("CheckoutFailing", "moon"), "there is no app 'moon'"),
        (OverridePlace("CheckoutFailing", "tiktok", "US"), "leave --region out"),
        (OverridePlace("RegionQuiet", "tiktok"), "name one, --region US or"),
        (OverridePlace("RegionQuiet", "tiktok", "ZZ"), "name one, --region US or"),
    ],
)
async def test_what_cannot_be_set_is_refused(place: OverridePlace, says: str) -> None:
    """No such alert, a fact, of no app, a band, no such place: one line says why, and nothing is written."""
    bench = Bench()
    with pytest.raises(OverrideError, match=says):
        await bench.overrider.set_to(place, 1, HOUR, REASON)
    assert await bench.values() == []


@pytest.mark.parametrize("reason", [Reason("", "ann"), Reason("why", ""), Reason("x" * 513, "ann")])
async def test_a_reason_that_workers_would_refuse_is_not_written(reason: Reason) -> None:
    """None, of nobody, or longer than 512 bytes."""
    bench = Bench()
    with pytest.raises(OverrideError, match="this would be no entry"):
        await bench.overrider.set_to(FAILING, 200, HOUR, reason)
    assert await bench.values() == []


async def test_none_that_holds_cannot_be_ended() -> None:
    """Neither one that never was nor one that is over."""
    bench = Bench()
    with pytest.raises(OverrideError, match="no override of CheckoutFailing:tiktok:all holds"):
        await bench.overrider.end(FAILING, REASON)
    await bench.overrider.set_to(FAILING, 200, HOUR, REASON)
    bench.clock.advance(HOUR / 1000)
    with pytest.raises(OverrideError, match="no override of CheckoutFailing:tiktok:all holds"):
        await bench.overrider.end(FAILING, REASON)


@pytest.mark.parametrize("name", ["Another:tiktok:all", "MinorGift:tiktok:all", "CheckoutFailing:tiktok:US"])
def test_an_entry_of_nothing_is_not_shown(name: str) -> None:
    """No such alert, a fact, a region of an alert of the whole app: written by another hand."""
    entry = {"kind": "override", "id": name, "valid_from": NOW, "valid_until": NOW + 1}
    references = References()
    assert references.add(json.dumps(entry | {"value": 1, "note": "x", "who": "y"}).encode())
    shown = reference_samples(references, SETTINGS, NOW)
    assert [sample for sample in shown if sample.family.startswith("pulse_override")] == []


@pytest.mark.parametrize("lacks", ["valid_until", "value", "note", "who"])
def test_an_entry_without_a_part_is_refused(lacks: str) -> None:
    """Above all one that would never end."""
    entry = {
        "kind": "override",
        "id": "CheckoutFailing:tiktok:all",
        "valid_from": NOW,
        "valid_until": NOW + 1,
    }
    entry |= {"value": 1, "note": "x", "who": "y"}
    del entry[lacks]
    assert not References().add(json.dumps(entry).encode())


@pytest.mark.parametrize("lacks", ["--app", "--bound", "--for", "--why", "--who"])
def test_the_command_asks_for_each_part(lacks: str) -> None:
    """Before it asks Kafka for anything."""
    words = {"--app": "tiktok", "--bound": "200", "--for": "1h", "--why": "x", "--who": "ann"}
    chosen = [word for pair in words.items() if pair[0] != lacks for word in pair]
    done = CliRunner().invoke(main, ["override", "set", "CheckoutFailing", *chosen])
    assert done.exit_code == 2
    assert f"Missing option '{lacks}'" in done.output
