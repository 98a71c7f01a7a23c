"""A worker's start is out of the garbage collector's sight."""

from __future__ import annotations

import gc

import pytest

from creator_pulse.agents.garbage import settle


@pytest.mark.slow
def test_what_the_start_made_is_walked_through_no_more() -> None:
    """A full collection has all modules behind it, which are many thousand objects."""
    gc.unfreeze()
    gc.collect()
    was, before = gc.get_threshold(), len(gc.get_objects())
    settle()
    try:
        assert gc.get_freeze_count() > 0.9 * before > 9_000
        assert len(gc.get_objects()) < 0.1 * before
    finally:
        gc.unfreeze()
        gc.set_threshold(*was)
