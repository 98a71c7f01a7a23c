"""The fields of every event type of the ten topics, written down once more from the contract.

The order is the contract's order of listing: the first field that is wrong names the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_INT64 = 2**63
_DAY_MS = 86_400_000
_SHORT_BYTES, _LONG_BYTES = 256, 4_096
_YEAR_2000_MS = 946_684_800_000
_YEAR_2100_MS = 4_102_444_800_000
APPS = frozenset({"tiktok", "douyin"})
SURFACES = frozenset({"feed", "live"})
TOOLS = frozenset({"gift", "ad", "reward", "deal", "commerce"})
OUTCOMES = ("counted", "progress", "duplicate", "late", "invalid", "test")
REASONS = (
    "null_value",
    "too_large",
    "not_json",
    "not_object",
    "event_type",
    "schema_version",
    "missing_field",
    "wrong_type",
    "out_of_range",
    "not_listed",
    "no_rate",
    "illegal_step",
    "future_time",
    "unreadable",
    "failed",
    "void",
)
"""Why a record is invalid; the last three say nothing of its producer's intent."""


MINOR_BANDS = frozenset(f"{word}_{age}" for word in ("under", "lt") for age in (13, 14, 16, 18)) | frozenset(
    {"13_15", "13_17", "14_15", "14_17", "16_17"}
)
_BANDS = (
    MINOR_BANDS
    | {"18", "18_24", "19_24", "20_24", "25_34", "35_44", "45_54", "55_64"}
    | {"ge_18", "ge_19", "ge_55", "ge_65", "unknown"}
)
WORDS: Mapping[str, frozenset[str]] = {
    "viewer_age_band": _BANDS,
    "creator_age_band": _BANDS,
    "age_source": frozenset({"verified", "declared", "model"}),
    "payment_method": frozenset({"card", "wallet", "cod", "carrier", "bank", "voucher"}),
    "reason": frozenset({"minor_claim", "fraud", "chargeback", "user_request", "error"}),
}
"""Fields with a closed list that accept any text: the words that are known."""
WORDED: Mapping[str, tuple[str, str]] = {
    "gift_sent": ("gift", "viewer_age_band creator_age_band age_source"),
    "gift_reversed": ("gift", "reason"),
    "topup_completed": ("wallet", "viewer_age_band age_source payment_method"),
    "order_completed": ("purchase", "payment_method"),
    "order_settled": ("purchase", "payment_method"),
    "fraud_reported": ("purchase", "payment_method"),
    "dispute_opened": ("purchase", "payment_method"),
}
"""Event type -> its topic, and those of its fields of which unknown words are counted."""


class Field(NamedTuple):
    """The type and range that a field must have.

    Attributes:
        name: key in the JSON object.
        kind: exact type after decoding; a bool is no int.
        required: whether it must be there (and, a string, be non-empty).
        low: least integer.
        high: largest integer.
        listed: the only strings allowed; None: any.
        most: largest size of a string, bytes in UTF-8.
    """

    name: str
    kind: type
    required: bool = False
    low: int = -_INT64
    high: int = _INT64 - 1
    listed: frozenset[str] | None = None
    most: int = 256


_KINDS: Mapping[str, tuple[type, int, int]] = {
    "money": (int, 0, 10**14),
    "some_money": (int, 1, 10**14),
    "coins": (int, 1, 10**7),
    "count": (int, 1, 10**6),
    "bps": (int, 0, 10**4),
    "ms": (int, 0, _DAY_MS),
    "time": (int, _YEAR_2000_MS, _YEAR_2100_MS - 1),
    "natural": (int, 0, 10**12),
    "int": (int, -_INT64, _INT64 - 1),
    "bool": (bool, 0, 0),
    "str": (str, 0, 0),
    "long": (str, 0, 0),
}
_LISTED = {"app": APPS, "surface": SURFACES, "tool": TOOLS}


def _fields(text: str) -> tuple[Field, ...]:
    """Read ``name:kind`` words; ``!`` behind the kind: required; no kind: an id or a label."""
    fields = []
    for word in text.split():
        name, _, kind = word.rstrip("!").partition(":")
        cls, low, high = _KINDS[kind or "str"]
        most = _LONG_BYTES if kind == "long" else _SHORT_BYTES
        fields.append(Field(name, cls, word.endswith("!"), low, high, _LISTED.get(name), most))
    return tuple(fields)


_COMMON = _fields(
    "event_id! event_time:time! creator_id! region! app! viewer_id platform creator_tier room_id video_id "
    "arm ingest_time:time is_test:bool"
)
_AD = "campaign_id creative_id advertiser_id ad_format ivt_class surface session_id"
_IMPRESSION = f"{_AD} imp_id!"
_REVERSAL = (
    "order_id! refund_micros:some_money! currency! original_event_time:time! is_full:bool is_sample:bool "
    "commission_bps:bps referral_fee_bps:bps attribution refund_reason:long fault"
)
_PAID = "order_id! payment_method!"
_DEAL = "deal_id! advertiser_id! value_micros:money! currency!"
_PAYOUT = "payout_id! tool! amount_micros:money! currency! due_time:time! attempt:int provider"
_TOPUP = (
    "topup_id! coins:money! amount_micros:money! currency! payment_method! net_micros:money "
    "failure_code:long viewer_age_band age_source payment_hash original_event_time:time"
)

_OWN: Mapping[str, Mapping[str, str]] = {
    "gift": {
        "gift_sent": (
            "gift_id! gift_type:int! unit_coins:coins! repeat_count:count! repeat_end:bool! group_id "
            "room_owner_id match_id match_points:int transaction_id net_usd_micros:money "
            "creator_usd_micros:money account_age_days:int viewer_age_band age_source minor_score_bps:bps "
            "creator_age_band device_hash payment_hash cap_gift_coins:int cap_day_coins:int "
            "cap_month_coins:int tz_offset_min:int"
        ),
        "gift_reversed": "transaction_id! coins:some_money! original_event_time:time! reason:long",
    },
    "ad": {
        "opportunity": f"{_AD} slots:int! imp_id",
        "impression": (
            f"{_IMPRESSION} price_micros_cpm:money! currency! billable:bool! measurable:bool in_target:bool "
            "ad_duration_ms:ms organic_videos_since_last_ad:int watch_ms_since_last_ad:ms "
            "revenue_share_bps:bps"
        ),
        **dict.fromkeys(("viewable", "click", "hide", "report"), _IMPRESSION),
        "progress": f"{_IMPRESSION} play_ms:ms! milestone!",
        "skip": f"{_IMPRESSION} play_ms:ms!",
        "conversion": f"{_IMPRESSION} value_micros:money! currency! click_time:time",
        "impression_invalidated": (
            f"{_IMPRESSION.replace('ivt_class', 'ivt_class!')} price_micros_cpm:money! currency! "
            "original_event_time:time! revenue_share_bps:bps"
        ),
    },
    "purchase": {
        "product_click": "product_id! attribution",
        "order_completed": (
            "order_id! value_micros:some_money! currency! quantity:int product_id discount_micros:money "
            "tax_micros:money shipping_micros:money commission_bps:bps referral_fee_bps:bps attribution "
            "is_sample:bool campaign_id imp_id payment_method"
        ),
        "checkout_failed": "failure_code:long!",
        "order_settled": _PAID,
        "fraud_reported": _PAID,
        "order_cancelled": _REVERSAL,
        "order_refunded": _REVERSAL,
        "dispute_opened": (
            "order_id! value_micros:money! currency! original_event_time:time! payment_method"
        ),
        "dispute_closed": "order_id! outcome!",
    },
    "watch": {
        "heartbeat": ("session_id! organic_ms:ms! ad_ms:ms! surface! ms_since_last_ad:ms session_end:bool"),
    },
    "engagement": {
        **dict.fromkeys(("like", "comment", "share", "follow"), "surface!"),
        "completion": "surface! views:natural! completed:natural!",
    },
    "reward": {
        "reward_accrued": (
            "video_id! views:natural! qualified_views:natural! rpm_micros:money! currency! bonus_micros:money"
        ),
        "reward_reversed": "reward_micros:money! currency! original_event_time:time! reason:long",
    },
    "deal": {
        **dict.fromkeys(("deal_invited", "deal_agreed", "deal_submitted", "deal_changes_requested"), _DEAL),
        "deal_approved": f"{_DEAL} approved_by",
        "deal_posted": f"{_DEAL} disclosure_label:bool",
        "deal_paid": f"{_DEAL} views:natural",
        **dict.fromkeys(("deal_declined", "deal_expired"), _DEAL),
        "deal_cancelled": f"{_DEAL} payable_micros:money",
    },
    "payout": {
        **dict.fromkeys(("payout_scheduled", "payout_initiated"), _PAYOUT),
        "payout_paid": f"{_PAYOUT} paid_time:time",
        "payout_failed": f"{_PAYOUT} failure_code:long",
    },
    "content": {
        "video_posted": "video_id!",
        **dict.fromkeys(("live_started", "live_ended"), "room_id!"),
        "room_stat": "room_id! concurrent:natural! chat_messages:natural!",
        "content_removed": "ad_impressions:natural! reason:long",
        **dict.fromkeys(("tool_eligible", "tool_suspended", "tool_reinstated", "tool_left"), "tool!"),
        "tool_enrolled": "tool! first_earned_time:time",
    },
    "wallet": dict.fromkeys(
        ("topup_completed", "topup_failed", "topup_settled", "topup_disputed", "topup_fraud_reported"), _TOPUP
    ),
}


def _with_common(own: tuple[Field, ...]) -> tuple[Field, ...]:
    """An event's fields; a common one that its topic requires keeps the place of the common ones."""
    named = {field.name: field for field in own}
    common = tuple(named.pop(field.name, field) for field in _COMMON)
    return (*common, *named.values())


FIELDS: Mapping[str, Mapping[str, tuple[Field, ...]]] = {
    topic: {event: _with_common(_fields(own)) for event, own in events.items()}
    for topic, events in _OWN.items()
}
"""Topic without prefix -> event type -> fields, common ones first; without type and version."""
NEEDED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    event: (topic, tuple(names.split()))
    for event, topic, names in (
        (
            "gift_sent",
            "gift",
            (
                "platform net_usd_micros creator_usd_micros match_id age_source viewer_age_band "
                "creator_age_band cap_gift_coins"
            ),
        ),
        (
            "impression",
            "ad",
            "ivt_class revenue_share_bps surface measurable in_target organic_videos_since_last_ad",
        ),
        ("impression_invalidated", "ad", "revenue_share_bps"),
        ("order_completed", "purchase", "is_sample commission_bps referral_fee_bps"),
        ("order_cancelled", "purchase", "is_sample commission_bps referral_fee_bps"),
        ("order_refunded", "purchase", "is_sample commission_bps referral_fee_bps"),
        ("dispute_opened", "purchase", "payment_method"),
        ("deal_approved", "deal", "approved_by"),
        ("deal_posted", "deal", "disclosure_label"),
        ("deal_paid", "deal", "views"),
        ("payout_paid", "payout", "paid_time"),
        ("topup_completed", "wallet", "viewer_age_band age_source"),
        ("heartbeat", "watch", "ms_since_last_ad"),
        ("tool_enrolled", "content", "first_earned_time"),
    )
}
"""Event type -> its topic, and the optional fields that some metric reads."""
BLIND_WITHOUT: Mapping[str, str] = {
    "gift_sent": (
        "age_source viewer_age_band creator_age_band cap_gift_coins net_usd_micros creator_usd_micros"
    ),
    "impression": "ivt_class surface measurable organic_videos_since_last_ad",
    "dispute_opened": "payment_method",
    "heartbeat": "ms_since_last_ad",
    "tool_enrolled": "first_earned_time",
}
"""Event type -> the fields whose absence says nothing; for the others the contract gives it a meaning."""
