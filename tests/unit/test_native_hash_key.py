"""Hashes under the key of an installation: published values, and what nobody can choose without the key."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from creator_pulse.stream.native.codes import Dictionary
from creator_pulse.stream.native.hash_key import NOBODY, HashKey, siphash_1_3
from tests.support.hash_key import HASH_KEY

VECTORS = Path(__file__).parents[1] / "vectors" / "siphash_2_4_128.txt"
PUBLISHED = HashKey(bytes(range(16)))
"""The key of the published values."""


def contents(
    *values: bytes, stamps: list[tuple[int, int]] | None = None, key: HashKey = HASH_KEY
) -> list[int]:
    """The fingerprints of some records that stand one after the other."""
    lengths = np.array([len(value) for value in values], dtype=np.int64)
    places = [(-1, -1)] * len(values) if stamps is None else stamps
    fingerprints = key.contents_of(
        b"".join(values),
        np.cumsum(lengths) - lengths,
        lengths,
        np.ascontiguousarray(np.array(places, dtype=np.int64).T),
        np.arange(len(values)),
    )
    return [int(number) for number in fingerprints]


def test_ids_are_hashed_by_siphash_2_4() -> None:
    """All 64 published values of 128 bits: of no byte, of 00, of 00 01, ..."""
    published = VECTORS.read_text(encoding="ascii").splitlines()[2:]
    halves = [PUBLISHED.hash_of(bytes(range(size))) for size in range(64)]
    assert [b"".join(half.to_bytes(8, "little") for half in both).hex() for both in halves] == published


def test_texts_in_a_buffer_have_the_same_hashes() -> None:
    """The published values of one and of three bytes, cut out of a longer text; 0 where there is none."""
    data = b"xx\x00\x01\x02"
    hashes = PUBLISHED.hashes_of(data, np.array([2, 2, 0]), np.array([1, 3, -1]))
    wanted = [*map(PUBLISHED.hash_of, (b"\x00", b"\x00\x01\x02")), (0, 0)]
    assert [tuple(map(int, row)) for row in hashes] == wanted


def test_rows_of_numbers_are_hashed_as_their_bytes() -> None:
    """Two numbers are sixteen bytes, the lowest first: 00 to 0f."""
    rows = np.frombuffer(bytes(range(16)), dtype="<u8").reshape(1, 2).copy()
    (hashed,) = PUBLISHED.hashes_of_rows(rows)
    assert tuple(map(int, hashed)) == PUBLISHED.hash_of(bytes(range(16)))


@pytest.mark.parametrize("text", [b"", b"-"])
def test_nobody_is_nobody_under_every_key(text: bytes) -> None:
    """No id and ``-`` stand for nobody, in every installation."""
    assert HASH_KEY.identity_of(text) == PUBLISHED.identity_of(text)
    assert HASH_KEY.identity_of(text) in NOBODY


def test_an_identity_is_the_first_half_of_the_hash() -> None:
    """Of a dictionary's texts as well as of one alone."""
    dictionary = Dictionary(HASH_KEY, ["ann", "-", ""])
    wanted = [HASH_KEY.hash_of(b"ann")[0], NOBODY[1], NOBODY[0]]
    assert dictionary.identities().tolist() == wanted
    assert dictionary.identities_of(np.array([2, -1, 0], np.int32)).tolist() == [
        NOBODY[0],
        NOBODY[0],
        wanted[0],
    ]


def test_another_key_gives_other_hashes() -> None:
    """Of an id, of its identity and of a content."""
    assert HASH_KEY.hash_of(b"e1") != PUBLISHED.hash_of(b"e1")
    assert HASH_KEY.mark != PUBLISHED.mark
    assert contents(b"e1") != contents(b"e1", key=PUBLISHED)


@pytest.mark.parametrize("size", [0, 15, 17])
def test_a_key_of_another_length_is_refused(size: int) -> None:
    """A key has 16 bytes."""
    with pytest.raises(ValueError, match=f"16 bytes, not {size}"):
        HashKey(bytes(size))


def test_a_key_is_not_printed() -> None:
    """Neither its text nor that of what holds it shows a byte."""
    assert repr(HashKey(b"sixteen secrets!")) == str(HashKey(b"sixteen secrets!")) == "HashKey(***)"


@pytest.mark.parametrize("size", [1, 6, 7, 8, 55, 56, 57, 58, 63, 64, 112, 113, 1_000])
def test_one_bit_makes_another_content(size: int) -> None:
    """Each bit of texts shorter and longer than a stripe, and one byte more, even a zero."""
    text = bytes(range(1, 256)) * 4
    text = text[:size]
    others = [
        text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1 :] for at in range(size) for bit in range(8)
    ]
    fingerprints = contents(text, text + b"\0", b"\0" + text, *others)
    assert len(set(fingerprints)) == len(fingerprints)


def test_when_a_gateway_took_it_is_no_content() -> None:
    """Another ``ingest_time``, with more digits too, is the same record; any other byte is not."""
    one = b'{"a":1,"ingest_time":%s,"b":2}'
    same = contents(one % b"5", one % b"1760000000000")
    assert same[0] == same[1]
    stamps = (b"5", b"null", b"5.0")
    others = contents(*(one % stamp for stamp in stamps), b'{"a":1,"ingest_tim":5,"b":2}', b'{"a":1,"b":2}')
    assert len(set(others)) == len(others)


def test_what_stands_before_and_behind_the_stamp_is_told_apart() -> None:
    """A byte that moves from one side of the digits to the other makes another record."""
    fingerprints = contents(b'{"ingest_time": 5 }', b'{"ingest_time":5  }', b'{"ingest_time":  5}')
    assert len(set(fingerprints)) == len(fingerprints)


def test_a_stamp_whose_place_is_known_need_not_be_looked_for() -> None:
    """The same fingerprint with the place of the digits given."""
    value = b'{"ingest_time":1760000000000,"b":2}'
    assert contents(value, stamps=[(15, 28)]) == contents(value)


def test_places_in_tables_are_chosen_by_siphash_1_3() -> None:
    """As the interpreter's own hash of bytes, whose key is 0 where PYTHONHASHSEED is 0."""
    if sys.hash_info.algorithm != "siphash13":
        pytest.skip(f"this interpreter hashes with {sys.hash_info.algorithm}")
    texts = [bytes(range(size)) for size in range(1, 40)]
    asked = f"print([hash(one) for one in {texts!r}])"
    answer = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    signed = [int(text) for text in answer.stdout.strip("[]\n").split(",")]
    hashes = [siphash_1_3(text, 0, 0) for text in texts]
    assert [hashed if hashed < 2**63 else hashed - 2**64 for hashed in hashes] == signed
