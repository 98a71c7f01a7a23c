"""The fast path takes nothing that the strict decoder would not take, and reads the same values."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Union

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creator_pulse.stream.events.decoder import Decoder
from creator_pulse.stream.events.gift import GIFT, STREAKABLE
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.synthetic.fields import FIELDS
from creator_pulse.stream.transport.batch import Batch
from tests.support.hash_key import HASH_KEY
from tests.support.records import sound

if TYPE_CHECKING:
    from creator_pulse.stream.events.layout import Layout

EVERY = {
    name: {field.name for struct in schema.events for field in msgspec.structs.fields(struct)}
    for name, schema in TOPICS.items()
}
LAYOUTS: dict[str, Layout] = {
    name: Decoder(schema, HASH_KEY, EVERY[name]).layout for name, schema in TOPICS.items()
}
STRICT = {name: msgspec.json.Decoder(Union[(*schema.events,)]) for name, schema in TOPICS.items()}
KINDS = [(topic, kind) for topic, kinds in FIELDS.items() for kind in kinds]
PLAIN = [one for one in KINDS if one != ("content", "content_removed")]
"""The fast path takes no type with a rule between two of its fields, but for that of streaks."""
BYTES = b'{}[]":,.\\ \t\n\x00\x1f\x7f\x80\xff0123456789-+eE tfnaulrse'


def taken(topic: str, value: bytes) -> dict[str, object] | None:
    """What the fast path reads of a record; None where it leaves it to the strict decoder."""
    layout = LAYOUTS[topic]
    batch = Batch.of([0], [0], [None], [value])
    columns = layout.parser.parse(batch.data, batch.value_at, batch.value_length)
    if columns.kind[0] < 0:
        assert not columns.there.any()
        assert (columns.codes < 0).all()
        return None
    found: dict[str, object] = {"event_id": tuple(columns.ids[0].tolist())}
    found |= {name: int(columns.ints[at, 0]) for name, at in layout.ints.items() if columns.there[at, 0]}
    for name, at in layout.texts.items():
        if columns.codes[at, 0] >= 0:
            found[name] = layout.dictionaries[at].texts[columns.codes[at, 0]]
    for name, at in layout.spans.items():
        start, length = columns.spans[at, :, 0].tolist()
        if length >= 0:
            found[name] = batch.data[start : start + length].decode()
    return found


def strict(topic: str, value: bytes) -> dict[str, object] | None:
    """The same of the strict decoder; None where it refuses."""
    try:
        event = STRICT[topic].decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    found = {name: one for name, one in fields.items() if one is not None}
    return found | {"event_id": HASH_KEY.hash_of(str(found["event_id"]).encode())}


def misread(topic: str, value: bytes) -> tuple[object, object] | None:
    """What the fast path read and what the strict decoder reads, where these are not the same."""
    fast, slow = taken(topic, value), strict(topic, value)
    if fast is None or fast == slow:
        return None
    # A streak without its group is looked at after the fast path.
    streak = fast.get("gift_type") == STREAKABLE and not fast.get("group_id")
    return None if streak else (fast, slow)


def agree(topic: str, value: bytes) -> bool:
    """Whether the fast path takes a record, and reads it as the strict decoder does."""
    return taken(topic, value) is not None and misread(topic, value) is None


@pytest.mark.parametrize(("topic", "kind"), PLAIN)
def test_plain_records_are_taken(topic: str, kind: str) -> None:
    """A valid event of each type is read by the fast path, however it is spaced."""
    event = sound(topic, kind)
    for separators in ((", ", ": "), (",", ":"), (" ,\n", "\t:\r")):
        assert agree(topic, json.dumps(event, separators=separators).encode())


@pytest.mark.parametrize(("topic", "kind"), PLAIN)
def test_the_order_of_fields_does_not_matter(topic: str, kind: str) -> None:
    """Shuffled fields are read alike."""
    fields = list(sound(topic, kind).items())
    for seed in range(5):
        Random(seed).shuffle(fields)
        assert agree(topic, json.dumps(dict(fields)).encode())


@pytest.mark.parametrize(
    "text",
    [
        '{"event_id": "a", "event_id": "b", ',
        '{"event_id": "\\u0041", ',
        '{"event_id": "é", ',
        '{"event_id": "", ',
        '{"event_id": null, ',
        '{"event_id": "a", "never_heard_of": 1, ',
        '{"event_id": "a",, ',
        '[{"event_id": "a", ',
    ],
)
def test_what_is_not_plain_is_left(text: str) -> None:
    """Twice the same field, an escape, no ASCII, empty, null, not listed, no JSON: the strict decoder's."""
    rest = {name: one for name, one in sound("watch", "heartbeat").items() if name != "event_id"}
    assert taken("watch", (text + json.dumps(rest)[1:]).encode()) is None


@pytest.mark.parametrize(
    "number", ["01", "-0", "+1", "1.0", "1e3", "0x1", "1234567890123456789", "", "true", '"1"']
)
def test_a_number_that_is_not_plain_is_left(number: str) -> None:
    """Leading zeros, fractions, exponents, more than 18 digits, other types."""
    written = json.dumps(sound("watch", "heartbeat") | {"organic_ms": "@"}).replace('"@"', number)
    assert taken("watch", written.encode()) is None


def test_a_record_cut_anywhere_is_left() -> None:
    """No prefix of a record is one."""
    whole = json.dumps(sound("gift", "gift_sent")).encode()
    assert agree("gift", whole)
    assert not any(taken("gift", whole[:size]) for size in range(len(whole)))


def test_a_record_ends_where_it_ends() -> None:
    """What stands behind a record in the data is not read with it."""
    whole = json.dumps(sound("gift", "gift_sent")).encode()
    layout = LAYOUTS["gift"]
    columns = layout.parser.parse(whole, np.array([0]), np.array([len(whole) - 1]))
    assert columns.kind[0] == -1


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=4),
)
def test_damaged_records_are_never_misread(
    which: tuple[str, str], damages: list[tuple[int, int, int]]
) -> None:
    """Bytes replaced, removed or put in: where the fast path takes it, the strict decoder reads the same."""
    value = bytearray(json.dumps(sound(*which)).encode())
    for how, at, byte in damages:
        place = at % max(1, len(value))
        if how == 0:
            value[place : place + 1] = BYTES[byte % len(BYTES)].to_bytes()
        elif how == 1:
            del value[place : place + 1]
        else:
            value.insert(place, BYTES[byte % len(BYTES)])
    assert misread(which[0], bytes(value)) is None


def test_a_streak_without_its_group_is_left() -> None:
    """The rule between two fields is the strict decoder's: the row is invalid."""
    value = json.dumps(sound("gift", "gift_sent") | {"gift_type": 1, "group_id": ""}).encode()
    batch = Batch.of([0], [0], [None], [value])
    decoded = Decoder(GIFT, HASH_KEY).decode(batch.data, batch.value_at, batch.value_length)
    assert decoded.reasons == {0: "out_of_range"}
