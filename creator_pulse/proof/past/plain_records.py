"""Gifts and rewards in which nothing is wrong: their value follows from a few fields, without a judgement.

Of a hundred gifts and rewards of a past 99 are such; the ledger judges the others. It would take it as long
to judge all of five weeks as the engine takes to count everything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.proof.ledger.ledger import Accepted
from creator_pulse.proof.ledger.references import RateBook
from creator_pulse.proof.ledger.truth import ON_TIME, late_part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.settings import Settings

    Amounts = tuple[tuple[str, int], ...]
    AmountsOf = Callable[[RateBook, int, str, bytes, Sequence[bytes | None]], Amounts | None]
    """The amounts of a record by its time, app, region and the fields of its own; None if it is not plain."""

_ID = rb'\{"event_id":"([\w-]+)","event_type":'
_TIME = rb',"schema_version":1,"event_time":(\d{13}),'
_CREATOR = rb'"creator_id":"\w+","creator_tier":"\w+","room_id":"\w+",'
_PLACE = rb'"region":"([A-Z]{2})","app":"(tiktok|douyin)",'
_TAKEN = rb'(?:,"ingest_time":(\d{13}))?\}'
# How the generator writes what it does not spoil: no field more, none less, in its order.
_GIFT = re.compile(
    _ID + rb'"gift_sent"' + _TIME + _CREATOR + rb'"viewer_id":"\w+",' + _PLACE + rb'"platform":"(\w+)",'
    rb'"gift_id":"\w+","gift_type":([12]),"unit_coins":(\d+)(?:,"match_id":"\w+","match_points":\d+)?,'
    rb'"room_owner_id":"\w+","transaction_id":"\w+","account_age_days":\d+(?:,"\w+":"\w+")*,'
    rb'"cap_gift_coins":\d+(?:,"group_id":"\w+")?,"repeat_count":(\d+),"repeat_end":(true|false)'
    rb'(?:,"net_usd_micros":\d+,"creator_usd_micros":\d+)?' + _TAKEN
)  # fmt: skip
_REWARD = re.compile(
    _ID + rb'"reward_accrued"' + _TIME + _CREATOR + _PLACE + rb'"video_id":"[\w-]+","views":\d+,'
    rb'"qualified_views":(\d+),"rpm_micros":(\d+),"currency":"([A-Z]{3})"(?:,"bonus_micros":(\d+))?' + _TAKEN
)  # fmt: skip
_STREAKED = b"1"


class PlainValue(NamedTuple):
    """The value of a plain record.

    Attributes:
        app: of which it is.
        amounts: measure of the ledger, and the amount added to it, in its units; none of a repeat.
        time_ms: event time, epoch ms.
        part: how late it is, as the ledger's parts are numbered: 0 is in time.
    """

    app: str
    amounts: Amounts
    time_ms: int
    part: int


class _Progress:
    """How far a topic is.

    Attributes:
        watermark: of its records so far, epoch ms.
        ids: event ids that were accepted within the dedup horizon.
    """

    def __init__(self, horizon_ms: int) -> None:
        self.watermark = 0
        self.ids = Accepted(horizon_ms)


class PlainRecords:
    """Values gifts and rewards of the generator's own form, each event id once within the dedup horizon.

    Args:
        settings: out-of-orderness, allowed lateness and dedup horizon.
    """

    def __init__(self, settings: Settings) -> None:
        self._out_of_orderness_ms = settings.out_of_orderness_ms
        self._allowed_lateness_ms = settings.allowed_lateness_ms
        self._rates = RateBook()
        self._lanes = {topic: _Progress(settings.dedup_horizon_ms) for topic in _FORMS}

    def value(self, record: Produced) -> PlainValue | None:
        """The amounts that a record adds to the ledger's measures.

        Args:
            record: of any topic, in the order in which they were sent.

        Returns:
            None if it is no gift or reward, has another form, or a time after it was sent: then the ledger
            must judge it.
        """
        form = _FORMS.get(record.topic)
        if form is None:
            return None
        parsed = form.pattern.fullmatch(record.value or b"")
        if parsed is None:
            return None
        event_id, time, region, app, *own, taken = parsed.groups()
        sent_ms, time_ms = record.timestamp_ms, int(time)
        taken_ms = sent_ms if taken is None else int(taken)
        if time_ms > sent_ms or taken_ms > sent_ms:
            return None
        of_app = app.decode()
        amounts = form.amounts(self._rates, time_ms, of_app, region, own)
        if amounts is None:
            return None
        lane = self._lanes[record.topic]
        late_ms = lane.watermark - time_ms
        # Whether an id is known is judged by the watermark before the record, as the ledger does.
        lane.ids.advance(lane.watermark)
        self.move(record.topic, min(time_ms, taken_ms) - self._out_of_orderness_ms)
        if lane.ids.again(event_id, lane.watermark):
            amounts = ()
        part = late_part(late_ms) if late_ms > self._allowed_lateness_ms else ON_TIME
        return PlainValue(of_app, amounts, time_ms, part)

    def watermark(self, topic: str) -> int:
        """The watermark of a topic after its records so far, epoch ms; 0 before the first.

        Args:
            topic: its name without prefix, one of ``PLAIN_TOPICS``.
        """
        return self._lanes[topic].watermark

    def move(self, topic: str, watermark: int) -> None:
        """Move the watermark of a topic on.

        Args:
            topic: its name without prefix, one of ``PLAIN_TOPICS``.
            watermark: epoch ms; never back.
        """
        lane = self._lanes[topic]
        lane.watermark = max(lane.watermark, watermark)


def _of_gift(
    rates: RateBook, time_ms: int, app: str, region: bytes, own: Sequence[bytes | None]
) -> Amounts | None:
    platform, kind, coins, count, is_end = own
    # The pattern has no gift without them; the type of a group says that it may be absent.
    assert platform is not None
    assert coins is not None
    assert count is not None
    is_tap = kind == _STREAKED and is_end == b"false"
    place = app, region.decode(), platform.decode()
    price, earned = rates.rate("price", place, time_ms), rates.rate("creator", place, time_ms)
    if is_tap or price is None or earned is None:
        return None
    number = int(coins) * int(count)
    return ("gift_usd", number * price), ("creator_gift_usd", number * earned)


def _of_reward(
    rates: RateBook, time_ms: int, _app: str, _region: bytes, own: Sequence[bytes | None]
) -> Amounts | None:
    views, rpm, currency, bonus = own
    assert views is not None
    assert rpm is not None
    assert currency is not None
    rate = rates.fx(currency.decode(), time_ms)
    if rate is None:
        return None
    # Views are paid by the thousand, a bonus at once.
    return (("reward_usd", (int(views) * int(rpm) + 1_000 * int(bonus or 0)) * rate),)


class _Form(NamedTuple):
    """How the plain records of a topic are written, and how they are valued."""

    pattern: re.Pattern[bytes]
    amounts: AmountsOf


_FORMS: Mapping[str, _Form] = {"gift": _Form(_GIFT, _of_gift), "reward": _Form(_REWARD, _of_reward)}
PLAIN_TOPICS = frozenset(_FORMS)
"""Whose records may be plain."""
