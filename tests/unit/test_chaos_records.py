"""The records of the poison and burst plans: broken and copied as stated, and what the ledger calls them."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from creator_pulse.proof.chaos.burst import copying
from creator_pulse.proof.chaos.poison import HUGE_BYTES, SHARE, huge, poison, poisoning
from creator_pulse.proof.chaos.replaced import Replaced
from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.generator.producer import Plan, RecordSource
from creator_pulse.stream.settings import Settings

START = 1_760_000_040_000
GIFT = (
    b'{"event_id":"e1","event_type":"gift_sent","schema_version":1,"event_time":1760000040000,'
    b'"creator_id":"c1","region":"US","app":"tiktok","gift_id":"rose","gift_type":2,"unit_coins":1,'
    b'"repeat_count":1,"repeat_end":true}'
)


def taken(source: RecordSource, seconds: float) -> list[Produced]:
    """All records of the first seconds."""
    source.begin()
    found: list[Produced] = []
    while part := source.take(START + seconds * 1000):
        found += part
    return found


def outcome(value: bytes | None, timestamp_ms: int = START) -> str:
    """What the ledger calls a first record."""
    return Ledger(Settings()).add("gift", 0, value, timestamp_ms)


def test_a_copy_differs_in_its_ids_alone() -> None:
    """Ten copies of each original: ten different event ids, and otherwise the same bytes."""
    originals = taken(RecordSource(Plan(1, 500), Settings(), START), 2)
    copies = taken(Replaced(Plan(1, 500), Settings(), START, copying(10)), 2)
    assert len(copies) == 10 * len(originals)
    plain = [(copy.value or b"").replace(b'id":"3.', b'id":"') for copy in copies[3::10]]
    assert plain == [original.value or b"" for original in originals]


@pytest.mark.slow
def test_copies_are_events_of_their_own() -> None:
    """The ledger finds ten times the outcomes of the originals: copies are no duplicates of each other."""
    outcomes = []
    for source in (
        RecordSource(Plan(1, 500), Settings(), START),
        Replaced(Plan(1, 500), Settings(), START, copying(10)),
    ):
        ledger = Ledger(Settings())
        outcomes.append(
            Counter(
                ledger.add(record.topic, record.partition, record.value, record.timestamp_ms, record.key)
                for record in taken(source, 4)
            )
        )
    assert outcomes[1] == Counter({name: 10 * count for name, count in outcomes[0].items()})


def test_one_in_a_hundred_is_broken() -> None:
    """Of 5,000 records within three standard deviations of 50 differ from what the generator made."""
    sound = taken(RecordSource(Plan(1, 1_000), Settings(), START), 5)
    broken = taken(Replaced(Plan(1, 1_000), Settings(), START, poisoning(Random(1))), 5)
    differing = sum(one != other for one, other in zip(sound, broken, strict=True))
    assert abs(differing - SHARE * len(sound)) < 3 * (SHARE * len(sound)) ** 0.5


def test_poison_takes_every_form() -> None:
    """Null keys, null values, old timestamps, and both valid and invalid bytes occur."""
    rng, record = Random(1), Produced("gift", b"c1", GIFT, START, 0)
    poisoned = [poison(record, rng) for _ in range(500)]
    assert any(record.key is None for record in poisoned)
    assert any(record.value is None for record in poisoned)
    assert any(record.timestamp_ms < START for record in poisoned)
    assert {outcome(record.value, record.timestamp_ms) for record in poisoned} == {"counted", "invalid"}


@pytest.mark.parametrize("sound", [True, False])
def test_a_huge_record_is_invalid(sound: bool) -> None:
    """10 MB in a field that the contract does not list are too large, as are 10 MB of nothing."""
    value = huge(GIFT, sound=sound)
    assert len(value) >= HUGE_BYTES
    assert outcome(value) == "invalid"
