"""The records of the generator, and the markets, creators and actors that they are about."""

from __future__ import annotations

from typing import NamedTuple


class Produced(NamedTuple):
    """One record, ready to be written.

    Attributes:
        topic: input topic without prefix.
        key: UTF-8 creator id (viewer id in the wallet topic); None only if a faulty producer omits it.
        value: the record's bytes; None: a null value.
        timestamp_ms: Kafka's record timestamp: the send time in the generator's virtual time, epoch ms.
        partition: chosen by the key; equal for all topics with the same number of partitions.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    partition: int


class Market(NamedTuple):
    """A country in which viewers use an app.

    For example US: currency USD, 6 USD per thousand impressions.

    Attributes:
        app: ``tiktok`` or ``douyin``.
        region: ISO country code.
        weight: share of all traffic, 0 to 1.
        currency: currency of prices and orders.
        usd_micros: micro-USD per unit of the currency.
        utc_offset: hours by which clocks are ahead of UTC, without summer time.
        cpm_usd: median price per thousand impressions.
        gifts: gifts per viewing hour, relative to other markets.
        clicks: clicks on products per viewing hour, likewise.
        order_usd: median order value.
        refund: probability that an order is refunded.
        fee_bps: the platform's fee of an order, basis points.
    """

    app: str
    region: str
    weight: float
    currency: str
    usd_micros: int
    utc_offset: float
    cpm_usd: float
    gifts: float
    clicks: float
    order_usd: float
    refund: float
    fee_bps: int


class Creator(NamedTuple):
    """A creator, by whom records are keyed.

    Attributes:
        key: record key.
        text: the creator's fields as JSON, without braces.
        spread: hash of the key; modulo the number of partitions it is the partition of the records.
        followers: number of followers.
        weight: popularity, relative to other creators.
    """

    key: bytes
    text: str
    spread: int
    followers: float = 0.0
    weight: float = 1.0


class Viewer(NamedTuple):
    """A viewer.

    Attributes:
        name: id, and key of the viewer's own records.
        market: where the viewer lives.
        text: the viewer's fields as JSON, without braces.
        gives: whether this viewer ever gives.
    """

    name: bytes
    market: Market
    text: str
    gives: bool


class Actor(NamedTuple):
    """The subject of an event: a creator, a viewer, or both.

    Attributes:
        creator: the creator that the event is attributed to, and the record key.
        market: the viewer's market; without a viewer, the creator's.
        text: the fields of both as JSON, without braces.
    """

    creator: Creator
    market: Market
    text: str
