"""Faults on the command line, and what a demo says of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
import msgspec
import pytest
from click.testing import CliRunner

from creator_pulse.agents.cli import main
from creator_pulse.agents.fault_options import FaultName, chosen_faults
from creator_pulse.proof.demo.fault_watch import FaultWatch
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.generator.scenarios.listed import SCENARIOS
from tests.support.scenario_page import BEGIN, PAGE, table

if TYPE_CHECKING:
    from creator_pulse.agents.fault_options import SizedScenario
    from creator_pulse.proof.demo.workers import Workers


def parsed(text: str) -> SizedScenario:
    """The scenario that a text names."""
    return FaultName().convert(text, None, None)


class NoWorkers:
    """A demo whose workers have all ended."""

    running: tuple[str, ...] = ()


def test_a_share_may_be_written_in_per_cent() -> None:
    """``checkout-fails:30%`` is a share of 0.3."""
    assert parsed("checkout-fails:30%").size == pytest.approx(0.3)


def test_without_a_size_it_is_that_of_the_scenario() -> None:
    """``whale`` alone has the size that the list gives."""
    assert parsed("whale").size == SCENARIOS["whale"].size


@pytest.mark.parametrize(
    "text", ["nope", "whale:", "whale:x", "whale:101%", "whale:-1%", "replay:0", "whale:nan"]
)
def test_what_is_wrong_is_refused(text: str) -> None:
    """A name that is not listed, no number, and a size out of its range are errors of the command line."""
    with pytest.raises(click.BadParameter):
        parsed(text)


def test_times_are_of_all_faults() -> None:
    """``--at 2m --fault-for 30s`` hold for each ``--fault``."""
    faults = chosen_faults((parsed("whale"), parsed("replay")), 120.0, 30.0)
    assert {(fault.after_ms, fault.lasts_ms) for fault in faults} == {(120_000, 30_000)}


def test_a_producer_cannot_pause_workers() -> None:
    """``pulse produce`` has no workers: the fault that pauses them is refused in one line."""
    result = CliRunner().invoke(main, ["produce", "--fault", "worker-paused"], prog_name="pulse")
    assert result.exit_code != 0
    assert "pauses workers" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_list_is_given_as_json() -> None:
    """``pulse scenarios --json`` has every scenario with its label."""
    result = CliRunner().invoke(main, ["scenarios", "--json", "-"], prog_name="pulse")
    listed = msgspec.json.decode(result.stdout)["scenarios"]
    assert [scenario["name"] for scenario in listed] == list(SCENARIOS)


def test_the_page_lists_every_scenario() -> None:
    """The page has the list's table, which ``python -m tests.support.scenario_page`` writes."""
    assert PAGE.read_text(encoding="utf-8").partition(f"{BEGIN}\n")[2] == table()


class Listener:
    """Takes lines for people, and waits for the one that says that a fault begins."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.begun = asyncio.Event()

    def say(self, line: str) -> None:
        """Take a line."""
        self.lines.append(line)
        if "begins" in line:
            self.begun.set()


def watch(listener: Listener, firing: list[str], clock: ManualClock) -> FaultWatch:
    """A watch over a fault that begins at once and does not end."""
    workers: Workers = NoWorkers()  # type: ignore[assignment] # it is asked for the running ones only
    fault = chosen_faults((parsed("gifts-vanish"),), 0.0, 3_600.0)
    return FaultWatch(fault, workers, lambda: firing, clock, listener.say)


async def test_the_time_to_an_alert_is_told() -> None:
    """An alert that fires 40 s after the fault began is reported with 40 s."""
    listener, clock = Listener(), ManualClock()
    firing: list[str] = []
    faults = watch(listener, firing, clock)
    following = asyncio.create_task(faults.follow(clock.monotonic()))
    await listener.begun.wait()
    clock.advance(40.0)
    firing.append("GiftValueDrop")
    faults.look()
    following.cancel()
    assert faults.report()[0]["fired_after_seconds"] == {"GiftValueDrop": 40.0}
    assert "GiftValueDrop fires 40 s after gifts-vanish began" in listener.lines[-1]


async def test_a_fault_is_as_old_as_its_records() -> None:
    """Records were produced for 20 s before somebody watched: an alert after 5 s more took 25 s."""
    listener, clock = Listener(), ManualClock()
    faults = watch(listener, ["GiftValueDrop"], clock)
    following = asyncio.create_task(faults.follow(clock.monotonic() - 20.0))
    await listener.begun.wait()
    clock.advance(5.0)
    faults.look()
    following.cancel()
    assert faults.report()[0]["fired_after_seconds"] == {"GiftValueDrop": 25.0}


async def test_an_alert_that_the_fault_does_not_explain_is_named() -> None:
    """A page about orders while gifts vanish stands among the unexplained ones."""
    listener, clock = Listener(), ManualClock()
    faults = watch(listener, ["CheckoutOutage"], clock)
    following = asyncio.create_task(faults.follow(clock.monotonic()))
    await listener.begun.wait()
    faults.look()
    following.cancel()
    (report,) = faults.report()
    assert (report["detected"], report["unexplained"]) == (False, ["CheckoutOutage"])
