"""Odd records cost no more than ten plain ones."""

from __future__ import annotations

from tests.support.odd_costs import costs


def test_no_odd_record_costs_more_than_ten_plain_ones() -> None:
    """In CPU time of decoding, records of every odd kind beside plain ones in one process."""
    assert {kind: ratio for kind, (_, ratio) in costs(5).items() if ratio > 10} == {}
