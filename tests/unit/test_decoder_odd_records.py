"""What the contract says of records that are odd: each rule with what lies on both sides of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.proof.ledger.fields import FIELDS
from creator_pulse.stream.events.fields import Event
from creator_pulse.stream.events.input_topic import InputTopic
from creator_pulse.stream.events.json_decoder import JsonDecoder
from creator_pulse.stream.events.layout import Layout
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.events.watch import Heartbeat
from creator_pulse.stream.transport.batch import Batch
from tests.support.hash_key import HASH_KEY
from tests.support.record_fuzz import EVERY, row_of
from tests.support.records import batch as kafka_batch
from tests.support.records import counters, sound

if TYPE_CHECKING:
    from creator_pulse.stream.events.decoded import Decoded

CORPUS = Path(__file__).parents[1] / "corpus/records"
GIFT = sound("gift", "gift_sent")
KINDS = [(topic, kind) for topic, kinds in FIELDS.items() for kind in kinds]
TYPED = [
    (topic, kind, field.name, field.kind)
    for topic, kinds in FIELDS.items()
    for kind, fields in kinds.items()
    for field in fields
    if field.kind in {int, bool} or field.listed
]


def decoded(topic: str, *values: bytes | None) -> Decoded:
    """What a decoder that keeps every field reads of some records, one after the other in one batch."""
    batch = Batch.of(range(len(values)), [0] * len(values), [None] * len(values), values)
    return JsonDecoder(TOPICS[topic], HASH_KEY, EVERY[topic]).decode(
        batch.data, batch.value_at, batch.value_length
    )


def reason(value: bytes, topic: str = "gift") -> str | None:
    """Why a record is invalid; None where it is valid."""
    return decoded(topic, value).reasons.get(0)


def gift(**fields: object) -> bytes:
    """A valid gift with some fields set."""
    return json.dumps(GIFT | fields).encode()


def raw(extra: bytes) -> bytes:
    """A valid gift with more behind its last field, as bytes."""
    return gift()[:-1] + b", " + extra + b"}"


def case(name: str) -> list[bytes]:
    """The records of a file of the corpus."""
    return (CORPUS / f"gift-{name}.jsonl").read_bytes().removesuffix(b"\n").split(b"\n")


def test_a_surrogate_where_a_number_belongs_is_a_wrong_type() -> None:
    """The record of the case, and a gift after it that counts."""
    (value,) = case("surrogate-in-number")
    assert counters("gift", kafka_batch(value, gift()))["invalid_records_total:wrong_type"] == 1
    assert counters("gift", kafka_batch(value, gift()))["records_total:counted"] == 1


@pytest.mark.parametrize(("topic", "kind", "name", "type_"), TYPED)
def test_half_a_pair_is_no_number_no_bool_and_nothing_listed(
    topic: str, kind: str, name: str, type_: type
) -> None:
    """In every such field of every topic."""
    value = json.dumps(sound(topic, kind) | {name: "\ud800"}).encode()
    assert reason(value, topic) == ("not_listed" if type_ is str else "wrong_type")


def test_a_text_with_quotes_changes_no_later_record() -> None:
    """The second has its own platform and net value; the fourth, no JSON, is invalid."""
    columns = decoded("gift", *case("escaped-then-plain-text"))
    assert columns.reasons == {3: "not_json"}
    read = row_of(columns, 1)
    assert (read["region"], read["platform"], read["net_usd_micros"]) == ("US", "ios", 5_000_000)
    assert "platform" not in row_of(columns, 0)


def test_an_invalid_record_after_its_escaped_twin_is_invalid() -> None:
    """Its text has a quote where the twin before has an escaped one."""
    assert decoded("gift", *case("invalid-after-escaped-twin")).reasons == {1: "not_json"}


def test_a_field_that_nobody_reads_is_utf_8() -> None:
    """Latin-1 in a field that the contract does not list."""
    (value,) = case("latin1-in-unlisted-field")
    assert reason(value) == "not_json"
    assert reason(value.decode("latin-1").encode()) is None


BAD_UTF_8 = [
    b"\xe9",
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xed\xa0\x80",
    b"\xf0\x80\x80\xaf",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xe2\x82",
    b"\x80",
    b"\xff",
]
PLACES = {
    "a field that is read": b'"region": "%s"',
    "a field that is not read": b'"match_id": "%s"',
    "a number": b'"unit_coins": "%s"',
    "a listed field": b'"app": "%s"',
    "a field that is not listed": b'"later": "%s"',
    "its name": b'"%s": 1',
    "within an array": b'"later": [1, {"a": "%s"}]',
    "a name within": b'"later": {"%s": 1}',
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("text", BAD_UTF_8, ids=lambda text: text.hex())
def test_what_is_not_utf_8_is_not_json_anywhere(place: bytes, text: bytes) -> None:
    """Overlong forms, surrogates, what is beyond U+10FFFF, pieces of characters, other encodings."""
    assert reason(raw(place % (b"a" + text + b"b"))) == "not_json"


@pytest.mark.parametrize("text", ["\x7f", "\x80", "߿", "ࠀ", "퟿", "￿", "\U00010000", "\U0010ffff"])
def test_the_first_and_last_characters_of_each_length_are_read(text: str) -> None:
    """As UTF-8 and escaped: the same text, the same id."""
    plain = json.dumps(GIFT | {"event_id": text, "region": text}, ensure_ascii=False).encode()
    columns = decoded("gift", plain, gift(event_id=text, region=text))
    assert not columns.reasons
    assert [row_of(columns, row)["region"] for row in (0, 1)] == [text, text]
    assert columns.ids[0].tolist() == columns.ids[1].tolist() == list(HASH_KEY.hash_of(text.encode()))


@pytest.mark.parametrize("place", [*PLACES][4:])
def test_half_a_pair_of_surrogates_where_nobody_reads_makes_no_json(place: str) -> None:
    """An escape without its other half; a whole pair is a character."""
    assert reason(raw(PLACES[place] % rb"\ud83d")) == "not_json"
    assert reason(raw(PLACES[place] % rb"\ude00\ud83d")) == "not_json"
    assert reason(raw(PLACES[place] % rb"\ud83d\ude00")) is None


def test_half_a_pair_comes_after_what_else_is_wrong() -> None:
    """In a text it is the last reason: a currency that is missing, a type, a range come before it."""
    assert reason(gift(viewer_id="\ud800")) == "not_json"
    assert reason(gift(viewer_id="\ud800", unit_coins=0)) == "out_of_range"
    assert reason(gift(viewer_id="\ud800", gift_type=1)) == "missing_field"


DEEP = {
    "arrays": (b"[", b"]"),
    "objects": (b'{"a":', b"}"),
    "both": (b'[{"a":', b"}]"),
}


@pytest.mark.parametrize(("opens", "closes"), DEEP.values(), ids=DEEP)
def test_a_hundred_levels_are_json(opens: bytes, closes: bytes) -> None:
    """The record is the first of them; one more is too many, however many."""
    levels = opens.count(b"[") + opens.count(b"{")
    # 99 levels within the record; where two come at a time, 98 and an empty array.
    inner = b"1" if levels == 1 else b"[]"
    deepest = opens * (99 // levels) + inner + closes * (99 // levels)
    assert reason(raw(b'"later": ' + deepest)) is None
    assert reason(raw(b'"later": [' + deepest + b"]")) == "not_json"
    assert reason(raw(b'"later": ' + opens * 20_000 + b"1" + closes * 20_000)) == "not_json"


def test_levels_are_counted_where_no_object_is() -> None:
    """A hundred arrays are JSON and no object, one more is no JSON."""
    assert reason(b"[" * 100 + b"]" * 100) == "not_object"
    assert reason(b"[" * 101 + b"]" * 101) == "not_json"


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        ("0", 0),
        ("-0", 0),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775808", "out_of_range"),
        ("-9223372036854775809", "out_of_range"),
        ("18446744073709551616", "out_of_range"),
        ("9" * 5_000, "out_of_range"),
        ("1.0", "wrong_type"),
        ("1e3", "wrong_type"),
        ("1E-3", "wrong_type"),
        ("1e400", "wrong_type"),
        ("0." + "1" * 5_000, "wrong_type"),
        ("true", "wrong_type"),
        ('"1"', "wrong_type"),
        ("[1]", "wrong_type"),
        ("01", "not_json"),
        ("-01", "not_json"),
        ("+1", "not_json"),
        (".5", "not_json"),
        ("1.", "not_json"),
        ("1e", "not_json"),
        ("-", "not_json"),
        ("0x1", "not_json"),
        ("NaN", "not_json"),
        ("-Infinity", "not_json"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_numbers_are_those_of_json(number: str, wanted: int | str) -> None:
    """In a field of 64 bits; where nobody reads it, what is JSON is nothing wrong."""
    columns = decoded("gift", raw(b'"match_points": ' + number.encode()))
    assert (columns.reasons[0] if columns.reasons else row_of(columns, 0)["match_points"]) == wanted
    assert reason(raw(b'"later": ' + number.encode())) == ("not_json" if wanted == "not_json" else None)


def test_of_a_name_said_twice_the_last_value_holds() -> None:
    """Whatever stood before it: another type, a text, a null."""
    columns = decoded(
        "gift",
        raw(b'"unit_coins": "x", "unit_coins": 5'),
        raw(b'"viewer_id": "v", "viewer_id": null'),
        raw(b'"net_usd_micros": 7, "net_usd_micros": null'),
        raw(rb'"event\u005fid": "other"'),
        raw(b'"unit_coins": null'),
        raw(b'"event_id": "x", "event_id": ""'),
        raw(b'"event_type": "gift_reversed"'),
    )
    assert columns.reasons == {4: "missing_field", 5: "out_of_range", 6: "missing_field"}
    assert row_of(columns, 0)["unit_coins"] == 5
    assert "viewer_id" not in row_of(columns, 1)
    assert "net_usd_micros" not in row_of(columns, 2)
    assert columns.ids[3].tolist() == list(HASH_KEY.hash_of(b"other"))


def test_a_field_of_another_event_type_is_not_listed_for_this_one() -> None:
    """``coins`` of a gift: counted as unknown, whatever it holds, and in no column."""
    columns = decoded("gift", raw(b'"coins": 5'), raw(b'"coins": "five"'), gift())
    assert (columns.reasons, columns.unknown) == ({}, 2)
    assert "coins" not in row_of(columns, 0)


def sized(topic: str, kind: str, name: str, size: int, letter: str = "x") -> bytes:
    """A valid event with a text of so many bytes."""
    text = letter * (size // len(letter.encode()))
    event = sound(topic, kind) | {name: text.ljust(size - len(text.encode()) + len(text), "x")}
    return json.dumps(event, ensure_ascii=False).encode()


LONG = {
    ("gift", "gift_reversed", "reason"),
    ("purchase", "checkout_failed", "failure_code"),
    ("purchase", "order_cancelled", "refund_reason"),
    ("purchase", "order_refunded", "refund_reason"),
    ("reward", "reward_reversed", "reason"),
    ("payout", "payout_failed", "failure_code"),
    ("content", "content_removed", "reason"),
    *(("wallet", kind, "failure_code") for kind in FIELDS["wallet"]),
}
TEXTS = [
    (topic, kind, field.name)
    for topic, kinds in FIELDS.items()
    for kind, fields in kinds.items()
    for field in fields
    if field.kind is str and not field.listed
]


@pytest.mark.parametrize(("topic", "kind", "name"), TEXTS)
def test_every_text_has_a_largest_size_in_bytes(topic: str, kind: str, name: str) -> None:
    """256 bytes of UTF-8, 4 KiB of what somebody may have written; one more is too large, however escaped."""
    largest = 4_096 if (topic, kind, name) in LONG else 256
    for letter in ("x", "é", "€", "\U0001f600"):
        assert reason(sized(topic, kind, name, largest, letter), topic) is None
        over = sized(topic, kind, name, largest + 1, letter)
        assert reason(over, topic) == "too_large"
        assert reason(json.dumps(json.loads(over)).encode(), topic) == "too_large"


def test_a_listed_field_is_not_listed_at_any_size() -> None:
    """So is an event type of another topic's, of a megabyte or not."""
    assert reason(gift(app="x" * 5_000)) == "not_listed"
    assert reason(gift(event_type="x" * 5_000)) == "event_type"


def test_a_record_has_a_largest_size() -> None:
    """256 KiB with blanks and fields that are not listed; it is judged before all else."""
    whole = gift(later="x" * 200_000).ljust(262_144)
    assert reason(whole) is None
    assert reason(whole + b" ") == "too_large"
    assert reason(b"x" * 262_145) == "too_large"


def test_a_size_is_judged_in_the_order_of_the_fields() -> None:
    """The first field that is wrong names the reason: ``region`` comes before ``unit_coins``."""
    assert reason(gift(region="x" * 257, unit_coins=0)) == "too_large"
    assert reason(gift(unit_coins=0, transaction_id="x" * 257)) == "out_of_range"


def test_texts_kept_by_their_place_are_kept_without_their_escapes() -> None:
    """A group and a transaction, plain and escaped, in one batch."""
    group = {"gift_type": 1, "repeat_end": False}
    columns = decoded(
        "gift",
        gift(**group, group_id="plain", transaction_id='t"1'),
        gift(**group, group_id='g"\\é\n', transaction_id="t2"),
    )
    rows = np.array([0, 1])
    assert columns.said("group_id", rows) == [b"plain", 'g"\\é\n'.encode()]
    assert columns.said("transaction_id", rows) == [b't"1', b"t2"]
    hashes = columns.numbers("transaction_id", rows).T.tolist()
    assert hashes == [[*HASH_KEY.hash_of(b't"1')], [*HASH_KEY.hash_of(b"t2")]]


def test_what_is_stored_of_a_record_has_no_other_fields() -> None:
    """Trimmed, it is as valid as before, and reads the same; names and values are those of its bytes."""
    large = b" " * 4_096
    value = raw(
        rb'"later": {"a": [1e400, 1]}, "coins": 7, "viewer\u005fid": "v\u00e9", "match_points": -0' + large
    )
    decoder = JsonDecoder(TOPICS["gift"], HASH_KEY, EVERY["gift"])
    trimmed = decoder.stored(value)
    assert json.loads(trimmed).keys() == GIFT.keys() | {"viewer_id", "match_points"}
    assert row_of(decoder.again([trimmed]), 0) == row_of(decoder.again([value]), 0)


def test_a_place_outside_of_the_data_is_an_error() -> None:
    """Before, behind, and with a length that overflows when it is added."""
    decoder = JsonDecoder(TOPICS["gift"], HASH_KEY)
    for at, length in ((-1, 1), (0, 3), (3, 0), (1, 2**63 - 1)):
        with pytest.raises(ValueError, match="not within the data"):
            decoder.decode(b"{}", np.array([at]), np.array([length]))


def test_a_field_with_two_types_in_one_topic_is_refused() -> None:
    """A text in one event type, a number in another: declared so, no records can be read."""

    class Other(Event, tag="other", kw_only=True):
        """Its session is no text."""

        session_id: bool

    both = InputTopic(name="watch", events=(Heartbeat, Other))
    with pytest.raises(ValueError, match="session_id has two types"):
        Layout(both, (), HASH_KEY)
