"""The engine's decoder and the ledger's validation agree: on what is valid, and on the reason why not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creator_pulse.proof.ledger.fields import FIELDS
from creator_pulse.proof.ledger.validation import check, decode
from creator_pulse.stream.catalog.declaration.labels import REASONS
from creator_pulse.stream.events.json_decoder import JsonDecoder
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.transport.batch import Batch
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, sound

if TYPE_CHECKING:
    from creator_pulse.stream.events.decoded import Decoded

DECODERS = {name: JsonDecoder(schema, HASH_KEY) for name, schema in TOPICS.items()}
KINDS = [(topic, kind) for topic, kinds in FIELDS.items() for kind in kinds]
GONE = object()
NUMBERS = [0, -1, 1, 10**4, 10**4 + 1, 10**6 + 1, 10**7 + 1, 86_400_000, 86_400_001, 10**14, 10**14 + 1]
NUMBERS += [
    946_684_799_999,
    946_684_800_000,
    4_102_444_799_999,
    4_102_444_800_000,
    2**63 - 1,
    2**63,
    -(2**63),
    2**70,
]
OTHERS = [
    GONE,
    None,
    True,
    False,
    1.0,
    0.5,
    "",
    "x",
    "1",
    "tiktok",
    "live",
    "feed",
    "2s",
    [],
    {},
    [1],
    {"a": 1},
]
values = st.sampled_from([*NUMBERS, *OTHERS])


def decoded(topic: str, *values: bytes | None) -> Decoded:
    """What the engine reads."""
    batch = Batch.of(range(len(values)), [0] * len(values), [None] * len(values), values)
    return DECODERS[topic].decode(batch.data, batch.value_at, batch.value_length)


def each_of_engine(topic: str, *values: bytes | None) -> list[str | None]:
    """The engine's reasons; None where it accepts."""
    columns = decoded(topic, *values)
    assert set(np.flatnonzero(columns.kind < 0).tolist()) == columns.reasons.keys()
    return [columns.reasons.get(row) for row in range(len(values))]


def of_engine(topic: str, value: bytes | None) -> str | None:
    """The engine's reason for one record."""
    return each_of_engine(topic, value)[0]


def of_ledger(topic: str, value: bytes | None) -> str | None:
    """The ledger's reason; None where it accepts."""
    columns = decode(value)
    return columns if isinstance(columns, str) else check(topic, columns, value or b"")


@st.composite
def mutated(draw: st.DrawFn, most: int) -> tuple[str, dict[str, Any]]:
    """A valid event with up to so many fields changed, removed or added."""
    topic, kind = draw(st.sampled_from(KINDS))
    event = sound(topic, kind)
    names = ["event_type", "schema_version", *(field.name for field in FIELDS[topic][kind])]
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True)):
        value = draw(values)
        if value is GONE:
            event.pop(name, None)
        else:
            event[name] = value
    return topic, event


@pytest.mark.parametrize(("topic", "kind"), KINDS)
def test_fields_are_judged_in_one_order(topic: str, kind: str) -> None:
    """Engine and ledger go through the fields of an event in the same order."""
    fields = msgspec.structs.fields(TOPICS[topic].types()[kind])
    names = [field.name for field in fields if field.name != "schema_version"]
    assert names == [field.name for field in FIELDS[topic][kind]]


@pytest.mark.parametrize(("topic", "kind"), KINDS)
def test_required_fields_are_enough(topic: str, kind: str) -> None:
    """An event of its required fields alone is valid for both."""
    value = json.dumps(sound(topic, kind)).encode()
    assert of_ledger(topic, value) is None
    assert of_engine(topic, value) is None


def differing(topic: str, kind: str, field: str) -> list[tuple[object, str | None, str | None]]:
    """The sample values of a field for which engine and ledger name different reasons, with both."""
    event = {name: old for name, old in sound(topic, kind).items() if name != field}
    written = [
        json.dumps(event if value is GONE else event | {field: value}).encode()
        for value in (*NUMBERS, *OTHERS)
    ]
    return [
        (value, mine, other)
        for value, mine, one in zip(
            (*NUMBERS, *OTHERS), each_of_engine(topic, *written), written, strict=True
        )
        if mine != (other := of_ledger(topic, one))
    ]


@pytest.mark.parametrize(("topic", "kind"), KINDS)
def test_each_field_is_judged_alike(topic: str, kind: str) -> None:
    """Every field of every type, set to each of the sample values in turn: the same reason."""
    fields = [field.name for field in FIELDS[topic][kind]]
    assert {name: found for name in fields if (found := differing(topic, kind, name))} == {}


@pytest.mark.parametrize("field", ["event_type", "schema_version"])
@pytest.mark.parametrize("topic", sorted(FIELDS))
def test_type_and_version_are_judged_alike(topic: str, field: str) -> None:
    """The two fields that say what a record is, likewise, in each topic."""
    assert differing(topic, next(iter(FIELDS[topic])), field) == []


@settings(max_examples=200, deadline=None, derandomize=True)
@given(mutated(4))
def test_both_accept_the_same_events(found: tuple[str, dict[str, Any]]) -> None:
    """With several fields changed at once: valid for one means valid for the other."""
    topic, event = found
    written = json.dumps(event).encode()
    assert (of_engine(topic, written) is None) == (of_ledger(topic, written) is None)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(mutated(3))
def test_both_name_the_same_reason(found: tuple[str, dict[str, Any]]) -> None:
    """The first field that is wrong in declared order names the reason."""
    topic, event = found
    written = json.dumps(event).encode()
    assert of_engine(topic, written) == of_ledger(topic, written)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "null_value"),
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe{}", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b"NaN", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_object"),
        (b'"text"', "not_object"),
        (b"1", "not_object"),
        (b"{}", "missing_field"),
        (b'{"event_type": 7}', "wrong_type"),
        (b'{"event_type": "impression"}', "event_type"),
        (b'{"event_type": "gift_sent"}', "missing_field"),
        (b'{"event_type": "gift_sent", "schema_version": 2}', "schema_version"),
    ],
)
def test_what_is_no_event_has_its_reason(value: bytes | None, reason: str) -> None:
    """Bytes that are not one JSON object of this topic and version."""
    assert of_engine("gift", value) == reason
    assert of_ledger("gift", value) == reason
    assert reason in REASONS


@pytest.mark.parametrize(
    "extra",
    [
        '"later_field": 1',
        '"later_field": {"a": [1, 2.5, null]}',
        '"later_field": "\\ud83d\\ude00"',
        '"later_field": "\\ud800"',
        '"later_field": NaN',
        '"viewer_id": "\\ud800"',
    ],
)
def test_unknown_fields_are_judged_alike(extra: str) -> None:
    """A field that the contract does not list is ignored, but must be JSON."""
    text = json.dumps(sound("watch", "heartbeat"))[:-1] + f", {extra}}}"
    assert of_engine("watch", text.encode()) == of_ledger("watch", text.encode())


def test_an_unknown_field_is_counted() -> None:
    """One of two records has a field beyond the contract."""
    plain = sound("watch", "heartbeat")
    written = [json.dumps(event).encode() for event in (plain, plain | {"event_time": T0, "new": 1})]
    assert decoded("watch", *written).unknown == 1
