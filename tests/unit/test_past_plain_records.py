"""Gifts and rewards that are valued by their fields are worth what the ledger says of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.truth import ON_TIME, Line, Truth
from creator_pulse.proof.past.money import money
from creator_pulse.proof.past.plain_records import PlainRecords
from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.generator.world import PLATFORM
from creator_pulse.stream.settings import Settings
from tests.support.plain_gift import gift_text

if TYPE_CHECKING:
    from collections.abc import Iterable

SETTINGS = Settings()
HOUR_MS = 3_600_000
NOON_MS = 1_767_614_400_000
GIFT = gift_text("1-7d", NOON_MS, 3, ',"ingest_time":1767614400700')
REWARD = (
    '{"event_id":"1-bd","event_type":"reward_accrued","schema_version":1,"event_time":1767614400000,'
    '"creator_id":"c1","creator_tier":"10k_50k","room_id":"rc1","region":"DE","app":"tiktok",'
    '"video_id":"xc1-8","views":2000,"qualified_views":1500,"rpm_micros":500000,"currency":"EUR",'
    '"bonus_micros":250000,"ingest_time":1767614400700}'
)
"""For 1,500 views at 0.50 EUR for a thousand, and 0.25 EUR besides."""


class ByPart(Truth):
    """Keeps what plain records add by measure, app, hour and part."""

    def __init__(self) -> None:
        super().__init__()
        self.value: Counter[tuple[str, str, int, int]] = Counter()

    def post(self, lines: Iterable[Line], time_ms: int, part: int = ON_TIME, *, counted: bool = True) -> None:
        """Add lines."""
        del counted
        for measure, labels, value in lines:
            if measure in {"gift_usd", "creator_gift_usd", "reward_usd"}:
                self.value[measure, labels[0], time_ms // HOUR_MS, part] += value


def sent(text: str, after_ms: int = 700, topic: str = "gift") -> Produced:
    """A record some ms after noon."""
    return Produced(topic, b"c1", text.encode(), NOON_MS + after_ms, 0)


@pytest.mark.parametrize("topic", ["gift", "reward"])
def test_hours_are_worth_what_the_ledger_says(topic: str) -> None:
    """Two hours at full size, late records, repeats within and beyond the dedup horizon among them."""
    records = [
        record
        for record in money(4, 1_000.0, NOON_MS, NOON_MS + 2 * HOUR_MS, NOON_MS + 2 * HOUR_MS, PLATFORM)
        if record.topic == topic
    ]
    judged, valued = ByPart(), ByPart()
    whole, others, plain = Ledger(SETTINGS), Ledger(SETTINGS), PlainRecords(SETTINGS)
    whole.truth, others.truth = judged, valued
    number = 0
    for record in records:
        whole.add(topic, 0, record.value, record.timestamp_ms, record.key)
        value = plain.value(record)
        if value is None:
            others.add(topic, 0, record.value, record.timestamp_ms, record.key)
        else:
            lines = [Line(measure, (value.app,), amount) for measure, amount in value.amounts]
            valued.post(lines, value.time_ms, value.part)
            number += 1
    assert number > 0.98 * len(records)
    assert +judged.value == +valued.value
    assert {part for *_, part in judged.value} >= {0, 2}


def test_a_gift_is_its_coins_at_the_price_of_a_coin_and_half_of_it_is_the_creators() -> None:
    """Three gifts of 5 coins at 14,300 micro-USD each, of which the creator gets 5,000."""
    value = PlainRecords(SETTINGS).value(sent(GIFT))
    amounts = ("gift_usd", 3 * 5 * 14_300), ("creator_gift_usd", 3 * 5 * 5_000)
    assert value == ("tiktok", amounts, NOON_MS, ON_TIME)


def test_a_reward_is_its_views_at_their_rate_and_the_bonus() -> None:
    """1.00 EUR at 1.08 USD; a dollar has 10^15 units, as views are paid by the thousand."""
    value = PlainRecords(SETTINGS).value(sent(REWARD, topic="reward"))
    assert value == ("tiktok", (("reward_usd", 108 * 10**13),), NOON_MS, ON_TIME)


@pytest.mark.parametrize(("after_ms", "micros"), [(599_000, []), (602_000, [214_500, 75_000])])
def test_a_repeat_is_worth_nothing_within_the_dedup_horizon(after_ms: int, micros: list[int]) -> None:
    """It is remembered until the watermark, here moved by another gift, has gone ten minutes further."""
    plain = PlainRecords(SETTINGS)
    plain.value(sent(GIFT))
    other = GIFT.replace("1-7d", "1-7e").replace("7614400", str(7_614_400 + after_ms // 1_000))
    plain.value(sent(other, after_ms + 700))
    value = plain.value(sent(GIFT, after_ms + 800))
    assert value is not None
    assert [amount for _, amount in value.amounts] == micros


def test_ids_within_the_horizon_are_never_removed() -> None:
    """Ids are removed at each gift, and yet its repeat after another one is still worth nothing."""
    plain = PlainRecords(SETTINGS)
    plain.value(sent(GIFT))
    plain.value(sent(GIFT.replace("1-7d", "1-7e")))
    value = plain.value(sent(GIFT))
    assert value is not None
    assert value.amounts == ()


def test_a_judged_record_moves_the_watermark() -> None:
    """A repeat counts once more, and late, after one that the ledger has judged eleven minutes on."""
    plain = PlainRecords(SETTINGS)
    plain.value(sent(GIFT))
    plain.move("gift", NOON_MS + 11 * 60_000)
    value = plain.value(sent(GIFT, 11 * 60_000))
    assert value is not None
    assert (len(value.amounts), value.part) == (2, 1)


def test_other_topics_are_left_to_the_ledger() -> None:
    """A payout, even in the form of a gift."""
    assert PlainRecords(SETTINGS).value(sent(GIFT, topic="payout")) is None


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ('"schema_version":1,', ""),
        ('"schema_version":1,', '"schema_version":2,'),
        ('"region":"US"', '"region":null'),
        ('"app":"tiktok"', '"app":"kuaishou"'),
        ("gift_sent", "something_else"),
        ('"event_time":1767614400000', '"event_time":"1767614400000"'),
        ('"event_time":1767614400000', '"event_time":1767614400701'),
        ('"repeat_end":true', '"repeat_end":false'),
        ("0700}", '0700,"is_test":true}'),
        ("}", ""),
    ],
)
def test_what_the_contract_may_refuse_is_left_to_the_ledger(text: str, instead: str) -> None:
    """Each way in which the generator spoils a record, a time to come, a tap, and a test."""
    assert text in GIFT
    assert PlainRecords(SETTINGS).value(sent(GIFT.replace(text, instead))) is None
