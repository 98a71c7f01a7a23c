"""The gifts of the benchmark and their recomputation, against sums added by hand."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from creator_pulse.proof.bench.gift_job import SCHEMA
from creator_pulse.proof.bench.gift_plan import (
    CLOSER,
    START_MS,
    GiftPlan,
    creator_id,
    difference,
    gift,
    window_sums,
)
from creator_pulse.stream.events.json_decoder import JsonDecoder
from tests.support.hash_key import HASH_KEY

MINUTE = 60_000
A, B = creator_id(1), creator_id(2)


def sums(minutes: int = 1) -> dict[tuple[str, int], int]:
    """Creator 1: 5 and 7 in the first minute, 11 in the second; creator 2: 100 in the third."""
    gifts = [(1, 5, 0), (1, 7, MINUTE - 1), (1, 11, MINUTE), (2, 100, 2 * MINUTE)]
    creator, coins, time = (np.array(column, np.int64) for column in zip(*gifts, strict=True))
    return window_sums(creator, coins, START_MS + time, minutes)


def test_coins_are_summed_by_creator_and_minute() -> None:
    """The end of a minute is not in it."""
    assert sums() == {(A, START_MS): 12, (A, START_MS + MINUTE): 11, (B, START_MS + 2 * MINUTE): 100}


def test_a_operator_window_holds_all_its_minutes() -> None:
    """Windows of two minutes that start each minute: every gift is in two of them."""
    assert sums(2) == {
        (A, START_MS - MINUTE): 12,
        (A, START_MS): 23,
        (A, START_MS + MINUTE): 11,
        (B, START_MS + MINUTE): 100,
        (B, START_MS + 2 * MINUTE): 100,
    }


@pytest.mark.parametrize("number", [0, 1_999_999, 9_999_999])
def test_a_gift_has_157_bytes_and_is_valid(number: int) -> None:
    """Its size does not depend on its number, creator or coins; the declared schema takes it."""
    value = gift(number, creator_id(number), 100 + number % 900, START_MS)
    assert len(value) == 157
    decoded = JsonDecoder(SCHEMA, HASH_KEY).decode(value, np.array([0]), np.array([len(value)]))
    assert (len(decoded), decoded.reasons, decoded.unknown) == (1, {}, 0)


def test_the_records_are_what_is_summed() -> None:
    """Added record by record from their bytes, as any reader would, the sums are the same."""
    plan = GiftPlan(2_000, creators=7, span_ms=300_000)
    added: Counter[tuple[str, int]] = Counter()
    for _, _, value, timestamp in plan.values():
        record = json.loads(value)
        assert record["event_time"] == timestamp
        if record["creator_id"] != CLOSER:
            added[record["creator_id"], record["event_time"] // MINUTE * MINUTE] += record["coins"]
    assert added == plan.sums()


def test_a_prefix_is_summed_by_partition() -> None:
    """Of a reader that has read 3 records of partition 1 and none of the others."""
    plan = GiftPlan(100, creators=8, span_ms=300_000)
    read = [json.loads(value) for partition, _, value, _ in plan.values() if partition == 1][:3]
    added: Counter[tuple[str, int]] = Counter()
    for record in read:
        added[record["creator_id"], record["event_time"] // MINUTE * MINUTE] += record["coins"]
    assert plan.sums({1: 3}) == added


def test_each_partition_ends_with_a_record_that_closes_all_windows() -> None:
    """It is test traffic, more than the allowed lateness after the last gift."""
    plan = GiftPlan(100, creators=8)
    last = {partition: json.loads(value) for partition, _, value, _ in plan.values()}
    assert sorted(last) == [0, 1, 2, 3]
    assert all(value["is_test"] and value["creator_id"] == CLOSER for value in last.values())
    assert all(value["event_time"] > START_MS + plan.span_ms + 600_000 for value in last.values())


def test_partitions_end_where_the_plan_says() -> None:
    """The offsets that a reader must reach."""
    plan = GiftPlan(1_000, creators=13)
    assert plan.ends() == Counter(partition for partition, *_ in plan.values())


def test_equal_sums_do_not_differ() -> None:
    """The closers' own sums are passed over."""
    assert difference({(A, 0): 1}, {(A, 0): 1, (CLOSER, 5): 4}) == ""


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({(A, 0): 2}, "has 2 instead of 1"),
        ({}, "has None instead of 1"),
        ({(A, 0): 1, (B, 0): 3}, "has 3 instead of None"),
    ],
)
def test_a_wrong_missing_or_invented_sum_is_told(found: dict[tuple[str, int], int], told: str) -> None:
    """With the first one that differs."""
    text = difference({(A, 0): 1}, found)
    assert text.startswith("1 of 1 sums differ")
    assert text.endswith(told)
