"""What the board's own server lets through: no query of a board is longer than it allows."""

from __future__ import annotations

from creator_pulse.stream.board.bounds import MAX_QUERY_CHARS


def test_queries_are_short_enough(expressions: list[str]) -> None:
    """Each leaves a quarter of the room for the variables' values."""
    assert max(map(len, expressions)) < 0.75 * MAX_QUERY_CHARS
