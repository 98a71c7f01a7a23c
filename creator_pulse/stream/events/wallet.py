"""The wallet topic: viewers buy coins. Its key is the viewer."""

from __future__ import annotations

from creator_pulse.stream.events.fields import Event, Money, Text, Time
from creator_pulse.stream.events.schema import KeyRule, Lookup, TopicSchema


class TopUp(Event, kw_only=True):
    """Fields common to all top-up events."""

    topup_id: Text
    coins: Money
    amount_micros: Money
    currency: Text
    payment_method: Text
    net_micros: Money | None = None
    failure_code: str | None = None
    viewer_age_band: str | None = None
    age_source: str | None = None
    payment_hash: str | None = None
    original_event_time: Time | None = None


class TopUpCompleted(TopUp, tag="topup_completed", kw_only=True):
    """Coins were bought."""


class TopUpFailed(TopUp, tag="topup_failed", kw_only=True):
    """A purchase of coins that broke."""


class TopUpSettled(TopUp, tag="topup_settled", kw_only=True):
    """Its payment is settled."""


class TopUpDisputed(TopUp, tag="topup_disputed", kw_only=True):
    """A viewer disputes its payment."""


class TopUpFraudReported(TopUp, tag="topup_fraud_reported", kw_only=True):
    """Its payment is reported as fraud."""


_AFTERWARDS = ("topup_settled", "topup_disputed", "topup_fraud_reported")

WALLET = TopicSchema(
    name="wallet",
    events=(TopUpCompleted, TopUpFailed, TopUpSettled, TopUpDisputed, TopUpFraudReported),
    lookups=(
        Lookup("fx_rate", "fx", ("currency",), ("topup_completed", "topup_failed"), required=True),
        Lookup("fx_rate", "fx", ("currency",), _AFTERWARDS, at="original_event_time", required=True),
    ),
    keyed=(KeyRule("topup_id"),),
    record_key="viewer_id",
)
