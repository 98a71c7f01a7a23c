"""Records of the past in files: what each must say, and what follows from its event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from creator_pulse.stream.errors import PastError
from creator_pulse.stream.past.files import PastFiles, partition_of
from creator_pulse.stream.past.records import PastRecord
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SETTINGS = Settings()
EVENT = {"creator_id": "c1", "viewer_id": "v1", "ingest_time": 5_000}


def lines(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    """A file of JSON lines."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def packed(event: dict[str, Any]) -> bytes:
    """An event as it stands in such a file."""
    return json.dumps(event).encode()


def test_a_record_says_where_it_was_written(tmp_path: Path) -> None:
    """Topic, partition, key and timestamp are taken as they stand, the value as its bytes."""
    record = {"topic": "gift", "partition": 3, "key": "k", "value": EVENT, "timestamp": 7_000}
    files = PastFiles([lines(tmp_path / "any.jsonl", [record])], SETTINGS)
    assert list(files) == [PastRecord("gift", 3, b"k", packed(EVENT), 7_000)]


def test_a_bare_event_is_of_the_topic_that_its_file_is_named_for(tmp_path: Path) -> None:
    """Its key is its creator, its timestamp its ingest time."""
    files = PastFiles([lines(tmp_path / "ad-2026-11.jsonl", [EVENT])], SETTINGS)
    assert list(files) == [PastRecord("ad", partition_of(b"c1", 4), b"c1", packed(EVENT), 5_000)]


def test_records_of_wallets_are_keyed_by_viewer(tmp_path: Path) -> None:
    """As the contract says of that topic."""
    (record,) = PastFiles([lines(tmp_path / "wallet.jsonl", [EVENT])], SETTINGS)
    assert record.key == b"v1"


@pytest.mark.parametrize(
    ("key", "hashed"), [(b"21", -973932308), (b"foobar", -790332482), (b"abc", 479470107)]
)
def test_partitions_are_those_of_kafkas_partitioner(key: bytes, hashed: int) -> None:
    """The hashes are those of UtilsTest in Kafka's sources; a partition is of their lower 31 bits."""
    assert partition_of(key, 1_000) == (hashed & 0x7FFFFFFF) % 1_000


def test_parquet_holds_the_same_columns(tmp_path: Path) -> None:
    """The value is the event's JSON as text."""
    path = tmp_path / "past.parquet"
    row = {"topic": "watch", "partition": 1, "key": "k", "value": json.dumps(EVENT), "timestamp": 9_000}
    pl.DataFrame([row]).write_parquet(path)
    files = PastFiles([path], SETTINGS)
    assert list(files) == [PastRecord("watch", 1, b"k", packed(EVENT), 9_000)]
    assert files.last_ms() == 9_000


def test_files_are_merged_by_time(tmp_path: Path) -> None:
    """One beside the other, each in its own order."""
    gifts = lines(tmp_path / "gift.jsonl", [EVENT | {"ingest_time": time} for time in (1_000, 4_000)])
    ads = lines(tmp_path / "ad.jsonl", [EVENT | {"ingest_time": time} for time in (2_000, 3_000)])
    files = PastFiles([gifts, ads], SETTINGS)
    assert [record.timestamp_ms for record in files] == [1_000, 2_000, 3_000, 4_000]
    assert files.last_ms() == 4_000


def test_what_is_no_event_is_left_to_the_lanes(tmp_path: Path) -> None:
    """A record that says itself where it was written may hold anything: it counts as invalid."""
    record = {"topic": "gift", "key": "k", "value": "no JSON", "timestamp": 7_000}
    (read,) = PastFiles([lines(tmp_path / "any.jsonl", [record])], SETTINGS)
    assert read.value == b"no JSON"


@pytest.mark.parametrize(
    ("name", "records", "message"),
    [
        ("gift.jsonl", [EVENT, EVENT | {"ingest_time": 1}], "record 2: it was written before"),
        ("other.jsonl", [EVENT], "record 1 lacks a topic"),
        ("gift.jsonl", [{"creator_id": "c"}], "record 1 lacks a timestamp"),
        ("gift.jsonl", [[]], "record 1: Expected `object`"),
    ],
)
def test_a_record_that_cannot_be_placed_is_named(
    tmp_path: Path, name: str, records: list[dict[str, Any]], message: str
) -> None:
    """With its file, its number, and what is wrong."""
    path = lines(tmp_path / name, records)
    with pytest.raises(PastError, match=f"{name}, {message}"):
        list(PastFiles([path], SETTINGS))
