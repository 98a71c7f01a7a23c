"""The wallet topic: viewers buy coins. Its record key is the viewer."""

from __future__ import annotations

from creator_pulse.stream.events.fields import Event, LongString, Money, String, Text, Time
from creator_pulse.stream.events.input_topic import InputTopic
from creator_pulse.stream.events.schema import KeyRule, Lookup


class TopUp(Event, kw_only=True):
    """Fields common to all top-up events."""

    topup_id: Text
    coins: Money
    amount_micros: Money
    currency: Text
    payment_method: Text
    net_micros: Money | None = None
    failure_code: LongString | None = None
    viewer_age_band: String | None = None
    age_source: String | None = None
    payment_hash: String | None = None
    original_event_time: Time | None = None


class TopUpCompleted(TopUp, tag="topup_completed", kw_only=True):
    """Coins were bought."""


class TopUpFailed(TopUp, tag="topup_failed", kw_only=True):
    """A purchase of coins failed."""


class TopUpSettled(TopUp, tag="topup_settled", kw_only=True):
    """The payment of a top-up was settled."""


class TopUpDisputed(TopUp, tag="topup_disputed", kw_only=True):
    """A viewer disputes the payment of a top-up."""


class TopUpFraudReported(TopUp, tag="topup_fraud_reported", kw_only=True):
    """The payment of a top-up was reported as fraud."""


_AFTERWARDS = ("topup_settled", "topup_disputed", "topup_fraud_reported")

WALLET = InputTopic(
    name="wallet",
    events=(TopUpCompleted, TopUpFailed, TopUpSettled, TopUpDisputed, TopUpFraudReported),
    lookups=(
        Lookup("fx_rate", "fx", ("currency",), ("topup_completed", "topup_failed"), required=True),
        Lookup("fx_rate", "fx", ("currency",), _AFTERWARDS, at="original_event_time", required=True),
    ),
    keyed=(KeyRule("topup_id"),),
    record_key="viewer_id",
)
