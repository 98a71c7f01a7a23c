"""All input topics by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from stream.events.ad import AD
from stream.events.content import CONTENT
from stream.events.deal import DEAL
from stream.events.gift import GIFT
from stream.events.payout import PAYOUT
from stream.events.purchase import PURCHASE
from stream.events.reward import REWARD
from stream.events.wallet import WALLET
from stream.events.watch import WATCH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream.events.schema import TopicSchema

TOPICS: Mapping[str, TopicSchema] = MappingProxyType(
    {schema.name: schema for schema in (GIFT, AD, PURCHASE, WATCH, REWARD, DEAL, PAYOUT, CONTENT, WALLET)}
)
