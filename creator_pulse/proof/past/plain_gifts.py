"""Gifts in which nothing is wrong: their value follows from four fields, without the ledger's judgement.

Of a hundred gifts of a past 99 are such; the ledger judges the others. It would take it as long to judge
all gifts of five weeks as the engine takes to count everything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.proof.ledger.ledger import Accepted
from creator_pulse.proof.ledger.references import RateBook
from creator_pulse.proof.ledger.truth import ON_TIME, Line, late_part

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.settings import Settings

_PLAIN = re.compile(
    rb'\{"event_id":"([\w-]+)","event_type":"gift_sent","schema_version":1,"event_time":(\d{13}),'
    rb'"creator_id":"\w+","creator_tier":"\w+","room_id":"\w+","viewer_id":"\w+",'
    rb'"region":"([A-Z]{2})","app":"(tiktok|douyin)","platform":"(\w+)",'
    rb'"gift_id":"\w+","gift_type":([12]),"unit_coins":(\d+)(?:,"match_id":"\w+","match_points":\d+)?,'
    rb'"room_owner_id":"\w+","transaction_id":"\w+","account_age_days":\d+(?:,"\w+":"\w+")*,'
    rb'"cap_gift_coins":\d+(?:,"group_id":"\w+")?,"repeat_count":(\d+),"repeat_end":(true|false)'
    rb'(?:,"net_usd_micros":\d+,"creator_usd_micros":\d+)?(?:,"ingest_time":(\d{13}))?\}'
)
"""How the generator writes a gift that it does not spoil: no field more, none less, in its order."""
_STREAKED = b"1"


class GiftValue(NamedTuple):
    """What a gift adds.

    Attributes:
        line: micro-USD, by app and region; 0 of a repeat.
        time_ms: event time, epoch ms.
        part: how late it is, as the ledger's parts are numbered: 0 is in time.
    """

    line: Line
    time_ms: int
    part: int


class PlainGifts:
    """Values gifts of the generator's own form, each event id once within the dedup horizon.

    Args:
        settings: out-of-orderness, allowed lateness and dedup horizon.

    Attributes:
        watermark: of the gifts so far, epoch ms; moved by whoever judges the others as well.
    """

    def __init__(self, settings: Settings) -> None:
        self._out_of_orderness_ms = settings.out_of_orderness_ms
        self._allowed_lateness_ms = settings.allowed_lateness_ms
        self._rates = RateBook()
        self._ids = Accepted(settings.dedup_horizon_ms)
        self.watermark = 0

    def value(self, record: Produced) -> GiftValue | None:
        """What a record adds to the value of gifts.

        Args:
            record: of the gift topic, in the order in which they were sent.

        Returns:
            None if it has another form, or a time after it was sent: then the ledger must judge it.
        """
        parsed = _PLAIN.fullmatch(record.value or b"")
        if parsed is None:
            return None
        event_id, time, region, app, platform, kind, coins, count, is_end, taken = parsed.groups()
        time_ms, taken_ms = int(time), int(taken or record.timestamp_ms)
        place = app.decode(), region.decode(), platform.decode()
        price = self._rates.rate("price", place, time_ms)
        is_tap = kind == _STREAKED and is_end == b"false"
        if is_tap or price is None or max(time_ms, taken_ms) > record.timestamp_ms:
            return None
        late_ms = self.watermark - time_ms
        self.watermark = max(self.watermark, min(time_ms, taken_ms) - self._out_of_orderness_ms)
        is_repeat = self._ids.again(event_id, self.watermark)
        self._ids.advance(self.watermark)
        micros = 0 if is_repeat else int(coins) * int(count) * price
        part = late_part(late_ms) if late_ms > self._allowed_lateness_ms else ON_TIME
        return GiftValue(Line("gift_usd", place[:2], micros), time_ms, part)
