"""What every ``Decoder`` must do, whatever the payload format; run on JSON and on MessagePack."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from creator_pulse.proof.ledger.fields import FIELDS
from creator_pulse.stream.events.fields import LARGEST_RECORD
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import PRODUCT, Job, Topology
from creator_pulse.stream.transport.batch import Batch
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, sound

if TYPE_CHECKING:
    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.events.decoder import Decoder, DecoderClass

KINDS = [(topic, kind) for topic, kinds in FIELDS.items() for kind in kinds]
GIFT = sound("gift", "gift_sent") | {"app": "tiktok", "region": "US"}
KEPT = {
    name: {field.name for struct in schema.events for field in msgspec.structs.fields(struct)}
    for name, schema in TOPICS.items()
}


class DecoderContract(ABC):
    """The tests; a subclass gives the decoder, and how a record of its format is written."""

    decoder_class: DecoderClass

    @abstractmethod
    def encode(self, record: object) -> bytes:
        """A record in the format."""

    @property
    @abstractmethod
    def garbage(self) -> bytes:
        """Bytes that are no record of the format."""

    def decoder(self, topic: str = "gift") -> Decoder:
        """A decoder that keeps every field."""
        return self.decoder_class(TOPICS[topic], HASH_KEY, KEPT[topic])

    def decode(self, *records: object, topic: str = "gift", decoder: Decoder | None = None) -> Decoded:
        """What is read of some records; None is a null value, bytes are taken as they are."""
        values = [
            record if record is None or isinstance(record, bytes) else self.encode(record)
            for record in records
        ]
        batch = Batch.of(range(len(values)), [T0] * len(values), [b"c"] * len(values), values)
        return (decoder or self.decoder(topic)).decode(batch.data, batch.value_at, batch.value_length)

    def reason(self, record: object) -> str | None:
        """Why a gift is invalid; None if it is valid."""
        return self.decode(record).reasons.get(0)

    @pytest.mark.parametrize(("topic", "kind"), KINDS)
    def test_each_event_type_is_told_apart(self, topic: str, kind: str) -> None:
        """A record with its required fields is valid, and of the event type that it names."""
        decoded = self.decode(sound(topic, kind), topic=topic)
        assert decoded.reasons == {}
        assert list(TOPICS[topic].types())[int(decoded.kind[0])] == kind

    def test_columns_hold_what_the_record_says(self) -> None:
        """An integer, a truth, a text with a code and a text by its place."""
        decoded = self.decode(
            GIFT | {"unit_coins": 7, "repeat_end": True, "gift_id": 'é"x', "group_id": "g\n"}
        )
        assert decoded.ints("unit_coins").tolist() == [7]
        assert decoded.ints("repeat_end").tolist() == [1]
        assert decoded.texts("gift_id")[int(decoded.codes("gift_id")[0])] == 'é"x'
        assert decoded.said("group_id", np.array([0])) == [b"g\n"]

    def test_what_is_absent_or_null_is_not_there(self) -> None:
        """Neither an integer nor a text."""
        decoded = self.decode(
            GIFT, GIFT | {"match_points": None, "viewer_id": None}, GIFT | {"match_points": 0}
        )
        assert decoded.there("match_points").tolist() == [False, False, True]
        assert decoded.codes("viewer_id").tolist()[:2] == [-1, -1]

    def test_a_null_value_is_invalid(self) -> None:
        """A tombstone is no event."""
        assert self.reason(None) == "null_value"

    def test_bytes_of_no_record_are_invalid(self) -> None:
        """They have the reason of the contract, whatever the format is called."""
        assert self.reason(self.garbage) == "not_json"

    def test_a_record_that_is_no_object_is_invalid(self) -> None:
        """A list."""
        assert self.reason([1]) == "not_object"

    def test_a_record_that_is_too_large_is_invalid(self) -> None:
        """A byte more than the limit."""
        assert self.reason(b" " * (LARGEST_RECORD + 1)) == "too_large"

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"gift_id": None}, "missing_field"),
            ({"gift_id": ""}, "out_of_range"),
            ({"unit_coins": "7"}, "wrong_type"),
            ({"unit_coins": 7.0}, "wrong_type"),
            ({"repeat_end": 1}, "wrong_type"),
            ({"gift_id": 7}, "wrong_type"),
            ({"unit_coins": 0}, "out_of_range"),
            ({"repeat_count": 10**6 + 1}, "out_of_range"),
            ({"event_time": 1}, "out_of_range"),
            ({"schema_version": 2}, "schema_version"),
            ({"event_type": "order_completed"}, "event_type"),
            ({"app": "elsewhere"}, "not_listed"),
        ],
        ids=str,
    )
    def test_a_field_that_is_wrong_has_a_reason(self, fields: dict[str, Any], reason: str) -> None:
        """The contract's, section 3; nothing is coerced."""
        assert self.reason(GIFT | fields) == reason

    def test_a_bad_record_leaves_its_neighbours(self) -> None:
        """The first and the last of three are valid."""
        decoded = self.decode(GIFT | {"unit_coins": 1}, self.garbage, GIFT | {"unit_coins": 3})
        assert decoded.reasons.keys() == {1}
        assert decoded.ints("unit_coins").tolist()[::2] == [1, 3]

    def test_records_may_lie_anywhere_in_the_data(self) -> None:
        """In another order, with other bytes between them."""
        first, second = self.encode(GIFT | {"unit_coins": 1}), self.encode(GIFT | {"unit_coins": 2})
        data = b"\x00" + second + b"\x00\x00" + first
        at, length = [3 + len(second), 1], [len(first), len(second)]
        decoded = self.decoder().decode(data, np.array(at), np.array(length))
        assert decoded.ints("unit_coins").tolist() == [1, 2]

    @pytest.mark.parametrize(("at", "length"), [(-1, 1), (0, 3), (3, 0), (1, 2**63 - 1)])
    def test_a_place_outside_of_the_data_is_an_error(self, at: int, length: int) -> None:
        """It is a fault of the software, and no record's."""
        with pytest.raises(ValueError, match="not within the data"):
            self.decoder().decode(b"{}", np.array([at]), np.array([length]))

    def test_an_empty_batch_has_no_rows(self) -> None:
        """Nothing is read of nothing."""
        assert len(self.decode()) == 0

    def test_ids_are_equal_where_their_texts_are(self) -> None:
        """Whatever else the record says."""
        decoded = self.decode(GIFT, GIFT | {"unit_coins": 9}, GIFT | {"event_id": "other"})
        first, second, third = (identity.tobytes() for identity in decoded.ids)
        assert first == second != third

    def test_contents_are_equal_but_for_the_ingest_time(self) -> None:
        """What the gateway adds is no part of what a producer said; another number is."""
        decoded = self.decode(
            GIFT | {"ingest_time": T0}, GIFT | {"ingest_time": T0 + 1}, GIFT | {"unit_coins": 9}
        )
        first, second, third = decoded.contents(np.arange(3)).tolist()
        assert first == second != third

    def test_fields_that_are_not_listed_are_counted(self) -> None:
        """The record is valid."""
        decoded = self.decode(GIFT, GIFT | {"unheard_of": 1})
        assert (decoded.reasons, decoded.unknown) == ({}, 1)

    def test_a_key_that_differs_from_the_creator_is_found(self) -> None:
        """Keys are bytes of the batch, in every format."""
        values = [self.encode(GIFT | {"creator_id": "c"}), self.encode(GIFT | {"creator_id": "d"})]
        batch = Batch.of(range(2), [T0] * 2, [b"c", b"c"], values)
        decoded = self.decoder().decode(batch.data, batch.value_at, batch.value_length)
        keys = batch.key_at, batch.key_length
        assert decoded.elsewhere(keys, batch.data).tolist() == [False, True]

    def test_codes_are_kept_from_batch_to_batch(self) -> None:
        """A text that was seen before has the code that it had."""
        decoder = self.decoder()
        first = self.decode(GIFT | {"gift_id": "a"}, GIFT | {"gift_id": "b"}, decoder=decoder)
        second = self.decode(GIFT | {"gift_id": "b"}, GIFT | {"gift_id": "c"}, decoder=decoder)
        assert second.codes("gift_id")[0] == first.codes("gift_id")[1]
        assert second.texts("gift_id")[int(second.codes("gift_id")[1])] == "c"

    def test_a_stored_record_is_read_again(self) -> None:
        """A streak that times out counts its record from the changelog: every column is as it was."""
        decoder = self.decoder()
        record = GIFT | {"unit_coins": 7, "gift_id": "é", "group_id": "g", "unheard_of": "x" * 5_000}
        stored = decoder.stored(self.encode(record))
        decoded = decoder.again([stored, stored])
        assert decoded.ints("unit_coins").tolist() == [7, 7]
        assert decoded.texts("gift_id")[int(decoded.codes("gift_id")[0])] == "é"
        assert decoded.said("group_id", np.arange(2)) == [b"g", b"g"]

    def test_a_stored_record_is_no_larger_than_what_is_read_of_it(self) -> None:
        """What the contract does not list could be megabytes, and a lane keeps many streaks."""
        assert len(self.decoder().stored(self.encode(GIFT | {"unheard_of": "x" * 100_000}))) < 4_096

    def test_a_stored_record_that_is_not_valid_any_more_is_an_error(self) -> None:
        """A changelog of another contract must not be counted by halves."""
        decoder = self.decoder()
        with pytest.raises(ValueError, match="stored record of gift"):
            decoder.again([decoder.stored(self.encode(GIFT | {"unit_coins": 0}))])

    def test_a_lane_counts_the_same_of_every_format(self) -> None:
        """Two gifts, a streak that times out, a duplicate, an invalid record: the totals by hand."""
        schema = replace(TOPICS["gift"], decoder=self.decoder_class)
        lane = Topology(Settings(), HASH_KEY, job=Job({"gift": schema}, PRODUCT.catalogue)).source_lane(
            "gift"
        )
        tap = {"gift_type": 1, "group_id": "g", "repeat_end": False, "repeat_count": 3, "unit_coins": 2}
        records = [
            GIFT | {"event_id": "a", "unit_coins": 5, "repeat_count": 1},
            GIFT | {"event_id": "a", "unit_coins": 5, "repeat_count": 1},
            GIFT | {"event_id": "b"} | tap,
            GIFT | {"event_id": "c", "unit_coins": 0},
            GIFT | {"event_id": "d", "event_time": T0 + 60_000, "unit_coins": 1, "repeat_count": 1},
        ]
        values = [*map(self.encode, records), self.garbage]
        times = [T0, T0, T0, T0, T0 + 60_000, T0 + 60_000]
        lane.apply(Batch.of(range(6), times, [b"x"] * 6, values))
        totals: dict[str, float] = {}
        for sample in lane.snapshot().samples:
            labels = dict(sample.labels)
            name = "_".join((sample.family, *(labels[key] for key in ("outcome", "reason") if key in labels)))
            totals[name] = totals.get(name, 0) + sample.value
        assert totals["pulse_gifts_total"] == 3
        assert totals["pulse_gift_coins_total"] == 5 + 6 + 1
        outcomes = ("counted", "progress", "duplicate", "invalid")
        assert [totals[f"pulse_records_total_{outcome}"] for outcome in outcomes] == [2, 1, 1, 2]
        assert totals["pulse_invalid_records_total_out_of_range"] == 1
        assert totals["pulse_invalid_records_total_not_json"] == 1
