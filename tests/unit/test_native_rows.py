"""Plain records, however they are written: their values come into the columns of their names."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.proof.ledger.fields import FIELDS
from creator_pulse.stream.events.gift import GIFT
from creator_pulse.stream.events.json_decoder import JsonDecoder
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.native.rows import LARGEST_TEXT, TEXT, Parser
from tests.support.hash_key import HASH_KEY
from tests.support.record_fuzz import compare, fresh, row_of
from tests.support.records import sound

if TYPE_CHECKING:
    from creator_pulse.stream.native.codes import Dictionary

KINDS = [(topic, kind) for topic, kinds in FIELDS.items() for kind in kinds]


@pytest.mark.parametrize(("topic", "kind"), KINDS)
def test_valid_events_are_read_however_they_are_spaced(topic: str, kind: str) -> None:
    """One of each type, with no blanks, some, and all kinds of them."""
    event = sound(topic, kind)
    written = [
        json.dumps(event, separators=separators).encode()
        for separators in ((", ", ": "), (",", ":"), (" ,\n", "\t:\r"))
    ]
    assert compare(topic, written) == {kind: 3}


@pytest.mark.parametrize(("topic", "kind"), KINDS)
def test_the_order_of_fields_does_not_matter(topic: str, kind: str) -> None:
    """Shuffled fields are read alike, one after the other through one decoder."""
    fields = list(sound(topic, kind).items())
    written = []
    for seed in range(5):
        Random(seed).shuffle(fields)
        written.append(json.dumps(dict(fields)).encode())
    assert compare(topic, written) == {kind: 5}


def test_a_record_cut_anywhere_is_no_json() -> None:
    """No prefix of a record is one."""
    whole = json.dumps(sound("gift", "gift_sent")).encode()
    pieces = [whole[:size] for size in range(len(whole))]
    assert compare("gift", [*pieces, whole]) == {"not_json": len(whole), "gift_sent": 1}


def test_a_record_ends_where_it_ends() -> None:
    """What stands behind a record in the data is not read with it."""
    whole = json.dumps(sound("gift", "gift_sent")).encode()
    decoded = fresh("gift").decode(whole, np.array([0, 0]), np.array([len(whole) - 1, len(whole)]))
    assert decoded.reasons == {0: "not_json"}


def test_an_invalid_record_leaves_nothing_in_the_columns() -> None:
    """What was read of it before it was refused is taken back."""
    value = json.dumps(sound("gift", "gift_sent") | {"group_id": "g", "viewer_id": "v"}).encode()[:-1]
    decoded = fresh("gift").decode(value, np.array([0]), np.array([len(value)]))
    assert row_of(decoded, 0) == {}
    assert decoded.ids.tolist() == [[0, 0]]


def test_a_streak_names_its_group() -> None:
    """The rule between two fields: absent is missing, empty is out of range."""
    values = [
        json.dumps(sound("gift", "gift_sent") | {"gift_type": 1} | more).encode()
        for more in ({}, {"group_id": ""}, {"group_id": "g"})
    ]
    lengths = np.array([len(value) for value in values])
    decoded = JsonDecoder(GIFT, HASH_KEY).decode(b"".join(values), np.cumsum(lengths) - lengths, lengths)
    assert decoded.reasons == {0: "missing_field", 1: "out_of_range"}


def test_there_are_no_records_in_nothing() -> None:
    """No rows of no data; and an empty value is no JSON."""
    assert len(fresh("gift").decode(b"", np.array([], np.int64), np.array([], np.int64))) == 0
    assert fresh("gift").decode(b"", np.array([0]), np.array([0])).reasons == {0: "not_json"}


@pytest.mark.parametrize("size", [0, LARGEST_TEXT + 1])
def test_texts_of_other_sizes_cannot_be_declared(size: int) -> None:
    """A parser has room for a text without its escapes, and no more."""
    with pytest.raises(ValueError, match="can be allowed"):
        Parser(HASH_KEY, [(b"a", TEXT, -1, 0, size, False)], [], [], (0, 0), 1)


def test_a_dictionary_forgets_when_it_holds_many_bytes() -> None:
    """Texts of 4 KiB each: after 64 MiB they go, though there are few."""
    decoder = JsonDecoder(TOPICS["gift"], HASH_KEY, {"reason"})
    texts: Dictionary = decoder.layout.dictionaries[decoder.layout.texts["reason"]]
    for number in range(16_385):
        texts.code(f"{number:05}".ljust(4_096, "x"))
    assert (len(texts), texts.size) == (16_385, 16_385 * 4_096)
    decoder.layout.trim()
    assert (len(texts), texts.size) == (0, 0)
