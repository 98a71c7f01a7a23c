"""Pieces of a buffer cut out in compiled code, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from creator_pulse.stream.native.records import parts


def test_pieces_are_bytes_and_nulls() -> None:
    """Of ``abcde`` the first two, an empty one, the last, and a null."""
    at, length = np.array([0, 2, 4, 0]), np.array([2, 0, 1, -1])
    assert parts(b"abcde", at, length) == [b"ab", b"", b"e", None]


@pytest.mark.parametrize(("at", "length"), [(4, 2), (-1, 1), (6, 0), (1, 2**62)])
def test_a_piece_beyond_the_data_is_refused(at: int, length: int) -> None:
    """Of five bytes: one too many, one before, a place behind the end, a length that overflows."""
    with pytest.raises(ValueError, match="not within"):
        parts(b"abcde", np.array([at]), np.array([length]))
