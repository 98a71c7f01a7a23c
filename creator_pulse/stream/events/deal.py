"""The deal topic: brand orders, from invitation to payment."""

from __future__ import annotations

from creator_pulse.stream.events.fields import Event, Money, Natural, String, Text
from creator_pulse.stream.events.input_topic import InputTopic
from creator_pulse.stream.events.schema import Gauge, KeyRule, Lookup, PathRule


class DealEvent(Event, kw_only=True):
    """Fields common to all deal events; the value is that of the whole deal."""

    deal_id: Text
    advertiser_id: Text
    value_micros: Money
    currency: Text


class DealInvited(DealEvent, tag="deal_invited", kw_only=True):
    """A brand invites a creator."""


class DealAgreed(DealEvent, tag="deal_agreed", kw_only=True):
    """Price and terms are fixed; the advertiser is charged."""


class DealSubmitted(DealEvent, tag="deal_submitted", kw_only=True):
    """A draft waits for review."""


class DealChangesRequested(DealEvent, tag="deal_changes_requested", kw_only=True):
    """The draft goes back to the creator."""


class DealApproved(DealEvent, tag="deal_approved", kw_only=True):
    """The draft is accepted: the creator has earned the deal."""

    approved_by: String | None = None


class DealPosted(DealEvent, tag="deal_posted", kw_only=True):
    """The video is public."""

    disclosure_label: bool | None = None


class DealPaid(DealEvent, tag="deal_paid", kw_only=True):
    """The creator was paid."""

    views: Natural | None = None


class DealDeclined(DealEvent, tag="deal_declined", kw_only=True):
    """The creator declines."""


class DealExpired(DealEvent, tag="deal_expired", kw_only=True):
    """The invitation was not answered in time."""


class DealCancelled(DealEvent, tag="deal_cancelled", kw_only=True):
    """The deal is called off; depending on progress, a part of the value is still owed."""

    payable_micros: Money | None = None


_EVENTS = (
    DealInvited,
    DealAgreed,
    DealSubmitted,
    DealChangesRequested,
    DealApproved,
    DealPosted,
    DealPaid,
    DealDeclined,
    DealExpired,
    DealCancelled,
)

_DAY_MS = 86_400_000
_STEPS = {
    "deal_invited": (),
    "deal_agreed": ("deal_invited",),
    "deal_declined": ("deal_invited",),
    "deal_expired": ("deal_invited",),
    "deal_submitted": ("deal_agreed", "deal_changes_requested"),
    "deal_changes_requested": ("deal_submitted",),
    "deal_approved": ("deal_submitted",),
    "deal_posted": ("deal_approved",),
    "deal_paid": ("deal_posted",),
    "deal_cancelled": (
        "deal_invited",
        "deal_agreed",
        "deal_submitted",
        "deal_changes_requested",
        "deal_approved",
        "deal_posted",
    ),
}

DEAL = InputTopic(
    name="deal",
    events=_EVENTS,
    lookups=(
        Lookup(
            "fx_rate",
            "fx",
            ("currency",),
            tuple(str(struct.__struct_config__.tag) for struct in _EVENTS),
            required=True,
        ),
    ),
    paths=PathRule(
        key="deal_id",
        steps=_STEPS,
        # A draft that nobody reviews counts as approved after 14 days.
        due={"deal_submitted": 14 * _DAY_MS, "deal_posted": 30 * _DAY_MS},
        column="in_state_ms",
        prefix="deal_",
        waiting=Gauge("open_deals", "deals by the state in which they wait"),
        overdue=Gauge("overdue_deals", "deals that wait for too long, by the watermark"),
        oldest=Gauge(
            "oldest_open_deal_timestamp_seconds", "since when the first one waits, to the hour; 0: none"
        ),
    ),
    keyed=(KeyRule("deal_id", ("event_time",)),),
)
