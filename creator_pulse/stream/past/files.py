"""Records of the past in files: JSON lines or Parquet, each file in the order of time.

A record has the fields ``topic`` (without prefix), ``value`` (the event: an object, or its JSON as text),
and may have ``key``, ``timestamp`` (epoch ms: when it was written) and ``partition``. A line of JSON may be
the bare event too: its topic is then the name of the file, ``gift.jsonl`` or ``gift-2026-11.jsonl``. Missing
fields follow from the event: the key is its creator (of ``wallet`` its viewer), the timestamp its
``ingest_time``, and the partition the one that Kafka's own partitioner gives to the key.
"""

from __future__ import annotations

import heapq
import re
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
from aiokafka.partitioner import murmur2

from creator_pulse.stream.errors import PastError
from creator_pulse.stream.past.records import PastRecord
from creator_pulse.stream.settings import INPUT_TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from creator_pulse.stream.settings import Settings

_PARQUET = ".parquet"
_COLUMNS = ("topic", "partition", "key", "value", "timestamp")
_POSITIVE = 0x7FFFFFFF
_TAIL_BYTES = 4 * 1024 * 1024


_NO_VALUE = msgspec.Raw()


class _Line(msgspec.Struct):
    """A line of a file; if it is a bare event, there is no ``value``."""

    topic: str | None = None
    partition: int | None = None
    key: str | None = None
    value: msgspec.Raw = _NO_VALUE
    timestamp: int | None = None


class _Event(msgspec.Struct):
    """The fields of an event that say where and when it was written."""

    creator_id: str | None = None
    viewer_id: str | None = None
    ingest_time: int | None = None


_LINE = msgspec.json.Decoder(_Line)
_EVENT = msgspec.json.Decoder(_Event)
_TEXT = msgspec.json.Decoder(str)


class PastFiles:
    """The records of some files, one file beside the other.

    Args:
        paths: ``*.parquet``; anything else is JSON lines.
        settings: number of partitions of each topic.
    """

    def __init__(self, paths: Sequence[Path], settings: Settings) -> None:
        self._paths, self._settings = paths, settings

    def __iter__(self) -> Iterator[PastRecord]:
        """All records, in the order in which they were written.

        Raises:
            PastError: a record cannot be read; the text names its file and line.
        """
        return heapq.merge(*(self._of(path) for path in self._paths), key=attrgetter("timestamp_ms"))

    def last_ms(self) -> int:
        """When the last record was written, epoch ms: files are in the order of time.

        Raises:
            PastError: there is none, or it cannot be read.
        """
        times = [time for path in self._paths if (time := self._last_of(path)) is not None]
        if not times:
            raise PastError("the files hold no record")
        return max(times)

    def _of(self, path: Path) -> Iterator[PastRecord]:
        before = 0
        for number, line in self._lines(path):
            record = self._record(path, number, line)
            if record.timestamp_ms < before:
                raise PastError(
                    f"{path}, record {number}: it was written before the one that stands before it; sort the "
                    "file by timestamp"
                )
            before = record.timestamp_ms
            yield record

    def _lines(self, path: Path) -> Iterator[tuple[int, bytes | dict[str, Any]]]:
        try:
            if path.suffix == _PARQUET:
                frame = pl.read_parquet(path)
                yield from enumerate(frame.iter_rows(named=True), 1)
                return
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        yield number, line
        except (OSError, pl.exceptions.PolarsError) as error:
            raise PastError(f"{path} cannot be read: {' '.join(str(error).split())}") from error

    def _last_of(self, path: Path) -> int | None:
        if path.suffix == _PARQUET:
            last = None
            for number, row in self._lines(path):
                last = number, row
        else:
            with path.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - _TAIL_BYTES))
                lines = [line for line in file.read().splitlines() if line.strip()]
            last = (0, lines[-1]) if lines else None
        return None if last is None else self._record(path, *last).timestamp_ms

    def _record(self, path: Path, number: int, line: bytes | dict[str, Any]) -> PastRecord:
        try:
            topic, partition, key, value, timestamp = (
                self._of_row(line) if isinstance(line, dict) else self._of_line(line)
            )
            # Of an event that is none the lanes say so: here it is read only for what the record lacks.
            event = _EVENT.decode(value) if key is None or timestamp is None else _Event()
        except (msgspec.MsgspecError, KeyError, TypeError) as error:
            raise PastError(f"{path}, record {number}: {error}") from error
        topic = topic or _topic_of(path)
        if key is None:
            key = event.viewer_id if topic == "wallet" else event.creator_id
        if timestamp is None:
            timestamp = event.ingest_time
        if topic not in INPUT_TOPICS or timestamp is None:
            lacks = (
                "a timestamp, or an ingest_time" if topic in INPUT_TOPICS else "a topic, one of the inputs"
            )
            raise PastError(f"{path}, record {number} lacks {lacks}")
        packed = None if key is None else key.encode()
        if partition is None:
            partition = partition_of(packed or b"", self._settings.partitions_of(topic))
        return PastRecord(topic, partition, packed, value, timestamp)

    @staticmethod
    def _of_row(row: dict[str, Any]) -> tuple[str | None, int | None, str | None, bytes, int | None]:
        topic, partition, key, value, timestamp = (row.get(name) for name in _COLUMNS)
        if value is None:
            raise KeyError("it has no value")
        if isinstance(key, bytes):
            key = key.decode()
        return topic, partition, key, value if isinstance(value, bytes) else value.encode(), timestamp

    @staticmethod
    def _of_line(line: bytes) -> tuple[str | None, int | None, str | None, bytes, int | None]:
        record = _LINE.decode(line)
        if not bytes(record.value):
            return None, None, None, line.strip(), None
        value = bytes(record.value)
        if value.startswith(b'"'):
            value = _TEXT.decode(value).encode()
        return record.topic, record.partition, record.key, value, record.timestamp


def partition_of(key: bytes, count: int) -> int:
    """The partition that Kafka's own partitioner gives to a key.

    Args:
        key: of the record.
        count: how many partitions there are.
    """
    hashed: int = murmur2(key)
    return (hashed & _POSITIVE) % count


def _topic_of(path: Path) -> str | None:
    """The topic that a file is named for."""
    name = re.split(r"[^a-z]", path.stem)[0]
    return name if name in INPUT_TOPICS else None
