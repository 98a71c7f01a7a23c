"""Prometheus's remote write, version 1: samples as a snappy block of protobuf.

Field numbers are those of prometheus/prompb: WriteRequest.timeseries 1; TimeSeries.labels 1, samples 2;
Label.name 1, value 2; Sample.value 1 (double), timestamp 2 (int64, ms).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import cramjam

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LENGTH_DELIMITED, _FIXED64, _VARINT = 2, 1, 0
HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}


def write_request(series: Iterable[tuple[Mapping[str, str], Iterable[tuple[float, float]]]]) -> bytes:
    """The body of a request.

    Args:
        series: labels, with the name as ``__name__``; epoch seconds and value of each sample.
    """
    return bytes(cramjam.snappy.compress_raw(b"".join(_bytes(1, _series(*labelled)) for labelled in series)))


def _series(labels: Mapping[str, str], samples: Iterable[tuple[float, float]]) -> bytes:
    return b"".join((*_labels(labels), *(_bytes(2, _sample(*sample)) for sample in samples)))


def _labels(labels: Mapping[str, str]) -> Iterator[bytes]:
    for name, value in sorted(labels.items()):
        yield _bytes(1, _bytes(1, name.encode()) + _bytes(2, value.encode()))


def _sample(seconds: float, value: float) -> bytes:
    number = _key(1, _FIXED64) + struct.pack("<d", value)
    return number + _key(2, _VARINT) + _varint(round(seconds * 1_000))


def _bytes(field: int, content: bytes) -> bytes:
    return _key(field, _LENGTH_DELIMITED) + _varint(len(content)) + content


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))
