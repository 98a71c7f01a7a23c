"""Gifts that are valued by their fields are worth what the ledger says of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.truth import ON_TIME, Line, Truth
from creator_pulse.proof.past.money import money
from creator_pulse.proof.past.plain_gifts import PlainGifts
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


class ByPart(Truth):
    """Keeps the value of gifts by app, hour and part."""

    def __init__(self) -> None:
        super().__init__()
        self.value: Counter[tuple[str, int, int]] = Counter()

    def post(self, lines: Iterable[Line], time_ms: int, part: int = ON_TIME, *, counted: bool = True) -> None:
        """Add lines."""
        del counted
        for measure, labels, value in lines:
            if measure == "gift_usd":
                self.value[labels[0], time_ms // HOUR_MS, part] += value


def sent(text: str, after_ms: int = 700) -> Produced:
    """A record some ms after noon."""
    return Produced("gift", b"c1", text.encode(), NOON_MS + after_ms, 0)


def test_hours_of_gifts_are_worth_what_the_ledger_says() -> None:
    """Two hours at full size, late gifts, repeats within and beyond the dedup horizon among them."""
    gifts = [
        record
        for record in money(4, 1_000.0, NOON_MS, NOON_MS + 2 * HOUR_MS, NOON_MS + 2 * HOUR_MS, PLATFORM)
        if record.topic == "gift"
    ]
    judged, valued = ByPart(), ByPart()
    whole, others, plain = Ledger(SETTINGS), Ledger(SETTINGS), PlainGifts(SETTINGS)
    whole.truth, others.truth = judged, valued
    number = 0
    for record in gifts:
        whole.add("gift", 0, record.value, record.timestamp_ms, record.key)
        value = plain.value(record)
        if value is None:
            others.add("gift", 0, record.value, record.timestamp_ms, record.key)
        else:
            valued.post([value.line], value.time_ms, value.part)
            number += 1
    assert number > 0.98 * len(gifts)
    assert judged.value == valued.value
    assert {part for _, _, part in judged.value} >= {0, 1, 2}


def test_a_gift_is_its_coins_at_the_price_of_a_coin() -> None:
    """Three gifts of 5 coins at 14,300 micro-USD each."""
    value = PlainGifts(SETTINGS).value(sent(GIFT))
    assert value == (Line("gift_usd", ("tiktok", "US"), 3 * 5 * 14_300), NOON_MS, ON_TIME)


@pytest.mark.parametrize(("after_ms", "micros"), [(599_000, 0), (602_000, 214_500)])
def test_a_repeat_is_worth_nothing_within_the_dedup_horizon(after_ms: int, micros: int) -> None:
    """It is remembered until the watermark, here moved by another gift, has gone ten minutes further."""
    plain = PlainGifts(SETTINGS)
    plain.value(sent(GIFT))
    other = GIFT.replace("1-7d", "1-7e").replace("7614400", str(7_614_400 + after_ms // 1_000))
    plain.value(sent(other, after_ms + 700))
    value = plain.value(sent(GIFT, after_ms + 800))
    assert value is not None
    assert value.line.value == micros


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
    assert PlainGifts(SETTINGS).value(sent(GIFT.replace(text, instead))) is None
