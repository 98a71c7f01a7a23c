"""All input topics by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.events.ad import AD
from creator_pulse.stream.events.content import CONTENT
from creator_pulse.stream.events.deal import DEAL
from creator_pulse.stream.events.engagement import ENGAGEMENT
from creator_pulse.stream.events.gift import GIFT
from creator_pulse.stream.events.payout import PAYOUT
from creator_pulse.stream.events.purchase import PURCHASE
from creator_pulse.stream.events.reward import REWARD
from creator_pulse.stream.events.wallet import WALLET
from creator_pulse.stream.events.watch import WATCH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.events.input_topic import InputTopic

TOPICS: Mapping[str, InputTopic] = MappingProxyType(
    {
        schema.name: schema
        for schema in (GIFT, AD, PURCHASE, WATCH, ENGAGEMENT, REWARD, DEAL, PAYOUT, CONTENT, WALLET)
    }
)
