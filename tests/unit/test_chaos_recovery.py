"""Recovery times: from a fault until what stood in the log at its moment is committed."""

from __future__ import annotations

from creator_pulse.proof.chaos.recovery import Recovery

GIFT, AD = ("gift", 0), ("ad", 0)


def test_a_fault_is_over_when_every_partition_has_passed_its_end() -> None:
    """Ends at 10 and 20: over at second 9, when the second one comes to 20 too."""
    recovery = Recovery()
    recovery.fault(5.0, {GIFT: 10, AD: 20})
    recovery.committed(7.0, {GIFT: 15, AD: 19})
    recovery.committed(9.0, {GIFT: 15, AD: 20})
    recovery.committed(11.0, {GIFT: 30, AD: 30})
    assert recovery.seconds(99.0) == [4.0]


def test_a_fault_that_is_not_over_shows_the_time_so_far() -> None:
    """Still at 9 of 10 when asked 30 s later."""
    recovery = Recovery()
    recovery.fault(5.0, {GIFT: 10})
    recovery.committed(20.0, {GIFT: 9})
    assert recovery.seconds(35.0) == [30.0]


def test_faults_are_timed_one_by_one() -> None:
    """Two faults a second apart end together: 4 s and 3 s."""
    recovery = Recovery()
    recovery.fault(0.0, {GIFT: 10})
    recovery.fault(1.0, {GIFT: 20})
    recovery.committed(4.0, {GIFT: 20})
    assert recovery.seconds(9.0) == [4.0, 3.0]


def test_a_partition_that_never_committed_counts_as_nothing() -> None:
    """An empty partition is over at once, one with a record is not."""
    recovery = Recovery()
    recovery.fault(0.0, {GIFT: 0})
    recovery.fault(0.0, {GIFT: 0, AD: 1})
    recovery.committed(2.0, {})
    assert recovery.seconds(6.0) == [2.0, 6.0]
