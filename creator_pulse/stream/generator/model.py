"""What the generator hands out, and who an event is about."""

from __future__ import annotations

from typing import NamedTuple


class Produced(NamedTuple):
    """One record, ready to be written.

    Attributes:
        topic: input topic without prefix.
        key: UTF-8 creator id (of the wallet topic: viewer id); None only where a producer leaves it out.
        value: the record's bytes; None for a null value.
        timestamp_ms: send time in the generator's virtual time, Kafka's record timestamp.
        partition: chosen from the key, the same for every topic with as many partitions.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    partition: int


class Market(NamedTuple):
    """Where viewers are.

    Attributes:
        app: ``tiktok`` or ``douyin``.
        region: ISO country code.
        weight: share of all traffic.
        currency: of prices and orders.
        usd_micros: micro-USD per unit of the currency.
        cpm_usd: median price per thousand impressions.
        order_usd: median order value.
        refund: probability that an order is refunded.
    """

    app: str
    region: str
    weight: float
    currency: str
    usd_micros: int
    cpm_usd: float
    order_usd: float
    refund: float


class Creator(NamedTuple):
    """Whom records are keyed by, as the records show them.

    Attributes:
        key: record key.
        text: the creator's fields as JSON, without braces.
        spread: of the key; modulo the partitions of a topic it is where their records go.
    """

    key: bytes
    text: str
    spread: int


class Actor(NamedTuple):
    """Whom an event is about: a creator and a viewer of theirs, or one of them alone.

    Attributes:
        creator: who it is attributed to, and the key.
        place: where the viewer is; of a creator alone, the creator.
        text: the fields of both as JSON, without braces.
    """

    creator: Creator
    place: Market
    text: str
