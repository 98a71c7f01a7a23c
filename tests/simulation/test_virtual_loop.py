"""The event loop in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from creator_pulse.proof.simulation.virtual_loop import VirtualClock, VirtualLoop, background


async def pass_time(seconds: float) -> None:
    """Wait for a timer."""
    loop = asyncio.get_running_loop()
    rang = loop.create_future()
    loop.call_later(seconds, rang.set_result, None)
    await rang


def test_waiting_takes_virtual_time_only() -> None:
    """An hour of sleep moves the clock by an hour."""
    loop = VirtualLoop(start=5.0)
    clock = VirtualClock(loop, 1_000)
    loop.complete(pass_time(3_600))
    assert (clock.monotonic(), clock.now_ms()) == (3_605.0, 3_606_000)


def test_timers_run_in_the_order_of_their_times() -> None:
    """Whichever was set first."""
    order: list[str] = []

    async def note(name: str, seconds: float) -> None:
        await pass_time(seconds)
        order.append(name)

    async def work() -> None:
        await asyncio.gather(note("late", 2), note("second", 1.5), note("first", 1), note("now", 0))

    VirtualLoop().complete(work())
    assert order == ["now", "first", "second", "late"]


def test_a_time_out_is_virtual_too() -> None:
    """What waits for ever is given up when the time has come."""
    loop = VirtualLoop(start=0.0)

    async def work() -> None:
        async with asyncio.timeout(30):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        loop.complete(work())
    assert loop.time() == 30.0


def test_a_wait_without_end_is_found() -> None:
    """Where no timer is set, nothing will ever happen."""

    async def work() -> None:
        await asyncio.Event().wait()

    loop = VirtualLoop()
    task = work()
    with pytest.raises(AssertionError, match="nothing will ever happen"):
        loop.complete(task)


def test_the_error_of_a_task_that_nobody_awaits_is_raised() -> None:
    """A part of the simulation that fails must not fail in silence."""

    async def broken() -> None:
        raise ValueError("broken")

    async def work() -> None:
        task = background(broken())
        await pass_time(10)
        await task

    with pytest.raises(ValueError, match="broken"):
        VirtualLoop().complete(work())
