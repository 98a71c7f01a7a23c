"""The guard of the event loop: a thread's looks, taken by hand."""

from __future__ import annotations

from creator_pulse.agents.loop_guard import FAREWELL_SECONDS, LoopGuard


class Guarded:
    """A guard that is looked at by hand."""

    def __init__(self, limit: float) -> None:
        self.turns = 0
        self.ended: list[str] = []
        self.guard = LoopGuard(lambda: self.turns, limit, self.ended.append)

    def looks(self, count: int, *, turning: bool) -> None:
        """So many looks, one a second."""
        for _ in range(count):
            self.turns += turning
            self.guard.look()


def test_a_loop_that_turns_is_left_alone() -> None:
    """For ever."""
    guarded = Guarded(120)
    guarded.looks(1_000, turning=True)
    assert guarded.ended == []


def test_a_blocked_loop_ends_the_process() -> None:
    """After the stated time, with one line; a single turn gives all of it again."""
    guarded = Guarded(120)
    guarded.looks(120, turning=False)
    guarded.looks(1, turning=True)
    guarded.looks(120, turning=False)
    assert guarded.ended == []
    guarded.looks(1, turning=False)
    assert guarded.ended == ["the event loop has stood still for 121 s"]


def test_a_farewell_without_end_ends_the_process() -> None:
    """The loop may turn, but the worker must be gone within the stated time."""
    guarded = Guarded(120)
    guarded.guard.leave()
    guarded.looks(int(FAREWELL_SECONDS), turning=True)
    assert guarded.ended == []
    guarded.looks(1, turning=True)
    assert guarded.ended == ["the farewell has taken longer than 60 s"]
