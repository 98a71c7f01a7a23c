"""All input topics by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stream.events.ad import AD
from stream.events.gift import GIFT
from stream.events.purchase import PURCHASE
from stream.events.schema import TopicSchema
from stream.events.watch import WATCH

TOPICS: Mapping[str, TopicSchema] = MappingProxyType(
    {schema.name: schema for schema in (GIFT, AD, PURCHASE, WATCH)}
)
