"""How long the event loop stood during a scrape, and how long it stands without one."""

from __future__ import annotations

import pytest

from creator_pulse.proof.bench.measured.scrape import waits


def test_a_stall_is_told_from_what_the_machine_does() -> None:
    """A scrape from 10.0 to 10.4 s: 30 ms late in it, 5 in the 0.4 s before, 90 long before, 80 after."""
    looks = [(9.0, 9.09), (9.7, 9.705), (10.1, 10.102), (10.2, 10.23), (11.0, 11.08)]
    (wait,) = waits([(10.0, 10.4)], looks)
    assert wait == pytest.approx((400, 30, 5))


def test_a_loop_that_stood_all_the_time_is_seen() -> None:
    """Due before the scrape and back after it: no look lies within."""
    (wait,) = waits([(10.0, 10.1)], [(9.95, 10.2)])
    assert wait.stall_ms == pytest.approx(250)


def test_a_page_that_takes_no_time_to_wait_for_stalls_nothing() -> None:
    """Between two looks that came in time."""
    assert waits([(10.0, 10.1)], [(9.0, 9.0), (11.0, 11.0)])[0].stall_ms == 0
