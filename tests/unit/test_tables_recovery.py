"""What recovery does besides reading: it keeps the garbage collector out of the way."""

from __future__ import annotations

import gc

import pytest

from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.tables.recovery import _collector_paused


def test_the_collector_rests_while_a_lane_is_restored() -> None:
    """Not within, and again after it."""
    with _collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_goes_on_after_a_changelog_that_cannot_be_read() -> None:
    """An error in the middle changes nothing of it."""
    with pytest.raises(ChangelogError), _collector_paused():
        raise ChangelogError("damaged")
    assert gc.isenabled()
