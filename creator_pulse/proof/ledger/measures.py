"""The measures of the ledger, by hand: topic, labels, unit and counter of each.

Nothing here is taken from the engine's declarations: a wrong scale, label or family there is a difference.
"""

from __future__ import annotations

from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.proof.ledger.fields import BLIND_WITHOUT, NEEDED, OUTCOMES, REASONS, WORDED
from creator_pulse.stream.settings import INPUT_TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from creator_pulse.stream.settings import Settings


class Earning(NamedTuple):
    """Money of a creator.

    For example ``gift_reversed_usd``: tool gift, sign -1.

    Attributes:
        topic: the input topic whose records it sums.
        tool: that it is earned with.
        sign: 1 for earnings, -1 for reversals.
    """

    topic: str
    tool: str
    sign: int


EARNINGS: Mapping[str, Earning] = MappingProxyType(
    {
        "creator_gift_usd": Earning("gift", "gift", 1),
        "gift_reversed_usd": Earning("gift", "gift", -1),
        "creator_ad_usd": Earning("ad", "ad", 1),
        "ad_reversed_usd": Earning("ad", "ad", -1),
        "commission_usd": Earning("purchase", "commerce", 1),
        "commission_refunded_usd": Earning("purchase", "commerce", -1),
        "commission_cancelled_usd": Earning("purchase", "commerce", -1),
        "reward_usd": Earning("reward", "reward", 1),
        "reward_reversed_usd": Earning("reward", "reward", -1),
        "deal_approved_usd": Earning("deal", "deal", 1),
    }
)
"""Net creator earnings by measure: booked once more by creator, and of small creators."""
DATED = {
    "gift_reversed_usd": "gift",
    "ad_reversed_usd": "ad",
    "commission_refunded_usd": "purchase",
    "commission_cancelled_usd": "purchase",
    "reward_reversed_usd": "reward",
    "refunded_usd": "purchase",
    "cancelled_usd": "purchase",
}
"""Measures of reversals, booked once more at the time of the original record -> their topics."""
_TOOLS = ("gift", "ad", "reward", "deal", "commerce")
KEYED = frozenset({"gift", "ad", "purchase", "reward", "deal", "payout", "wallet"})
"""Topics whose records have a business key."""
# Topics (``*``: all) and labels of measures; ``size`` is the record's own size.
_BY_TOPIC = """
gift app: minor_claims
gift app region: gifts gift_coins gift_capped_coins gift_streaks_timed_out gift_usd gift_late_usd
gift app region: gift_capped_usd creator_gift_usd gift_platform_usd gift_reversed_usd gift_streaks
gift app region: gift_streaks_unclosed gift_match_coins gift_booked_net_usd gift_catalogue_drift
gift app region: gifts_by_minors gifts_by_minors_late gifts_to_minors gifts_to_minors_late
gift app region: gifts_over_cap gifts_over_cap_late gifts_of_unknown_age gifts_of_unknown_age_late
gift app size: gift_streak_sizes
gift app room_id: room_coins
gift app gift_id: gift_kind_coins
gift app room_id viewer_id size: pair_equal_gifts
gift app viewer_id: gifter_usd
gift app region: gift_refunded_usd gifts_refunded
gift app viewer_id: gifter_coins live_gifter_coins gifter_sends minor_coins newcomer_coins
gift app creator_id viewer_id: pair_coins pair_aged_gifts pair_age_days
gift app creator_id device_hash viewer_id: ring_device_hash_gifts
gift app creator_id payment_hash viewer_id: ring_payment_hash_gifts
gift app region: gift_charged_back_usd gift_returned_coins gift_coins_late
gift app region: gift_returned_coins_late gift_reversals
gift topic: gift_unabsorbed_usd gift_valued_usd gift_late_valued_usd
ad app region: ad_impressions ad_revenue_usd ad_late_usd creator_ad_usd ad_platform_usd ad_reversed_usd
ad app region: ad_shown_all ad_shown_human ad_shown_invalid ad_shared_impressions ad_eligible_usd
ad app region: ad_measurable ad_targeted ad_on_target ad_spaced ad_back_to_back ad_slots ad_viewable
ad app region: ad_clicks ad_hides ad_reports ad_fast_skips ad_reached_2s ad_reached_6s ad_reached_q25
ad app region: ad_reached_q50 ad_reached_q75 ad_reached_q100 ad_conversions ad_conversion_usd
ad app region surface: ad_shown
ad app size: ad_price_sizes
ad app advertiser_id campaign_id: advertiser_usd
ad app surface viewer_id: viewer_ads
ad app campaign_id viewer_id: pair_ads
ad app region: ad_platform_reversed_usd ad_capped_usd
ad topic: ad_unabsorbed_usd ad_valued_usd ad_late_valued_usd
purchase app region: orders gmv_usd commerce_late_usd attributed_gmv_usd commission_usd
purchase app region: commerce_platform_usd refunded_usd cancelled_usd commission_refunded_usd
purchase app region: commission_cancelled_usd fee_refunded_usd fee_cancelled_usd refunded_orders
purchase app region: cancelled_orders product_clicks checkouts_completed checkouts_failed card_settled
purchase app region: card_disputed card_fraud order_capped_usd
purchase app size: order_value_sizes
purchase app viewer_id: live_buyer_orders payer_orders buyer_usd
purchase app creator_id: orders_by_creator order_cancelled_by_creator order_refunded_by_creator
purchase app creator_id: order_cancelled_by_creator_dated order_refunded_by_creator_dated
purchase topic: order_unabsorbed_usd order_valued_usd order_late_valued_usd
watch app region surface: watch_ms
watch app region: viewing_ms watch_ad_ms ended_after_ad
watch app surface viewer_id: viewer_watch_ms
watch app viewer_id: viewer_live_ms
watch app creator_id: creator_watch_ms
engagement app region surface: likes comments shares follows video_views video_completions
engagement app viewer_id: viewer_likes viewer_comments viewer_shares viewer_follows
engagement app creator_id: creator_likes creator_comments creator_shares creator_follows
reward app region: reward_usd reward_late_usd reward_views reward_qualified_views reward_reversed_usd
reward app size: reward_rpm_sizes
deal app region: deals_invited deals_agreed deals_submitted deals_changes_requested deals_approved
deal app region: deals_posted deals_paid deals_declined deals_expired deals_cancelled deal_usd
deal app region: deal_approved_usd deal_paid_usd deal_cancelled_usd deal_payable_usd deal_late_usd
deal app region: deals_labelled deals_deemed deals_agreed_dated deals_reported deal_views
deal app region: deal_reported_usd
deal app size: deal_answer_sizes deal_refusal_sizes deal_review_sizes deal_payment_sizes
deal app advertiser_id creator_id: pair_deals
payout app region tool: payout_scheduled_usd payout_initiated_usd payout_paid_usd payout_failed_usd
payout app region tool: payouts_scheduled payouts_initiated payouts_paid payouts_failed
payout app region: paid_gift_usd paid_ad_usd paid_reward_usd paid_deal_usd paid_commerce_usd
payout app region: payouts_paid_gift payouts_paid_ad payouts_paid_reward payouts_paid_deal
payout app region: payouts_paid_commerce payout_late_usd paid_payouts refused_payouts
payout app size: payout_delay_sizes
payout app creator_id: creator_payouts_gift creator_payouts_ad creator_payouts_reward
payout app creator_id: creator_payouts_deal creator_payouts_commerce
content app region: videos_posted lives_started lives_ended room_stats contents_removed room_viewers
content app region: room_messages removed_ad_impressions
content app region tool: tools_eligible tools_enrolled tools_suspended tools_reinstated tools_left
content app room_id: readings_by_room viewers_by_room messages_by_room
content app creator_id: creator_enrolments creator_imports creator_videos_posted creator_lives_started
content app creator_id: creator_eligible_gift creator_eligible_ad creator_eligible_reward
content app creator_id: creator_eligible_deal creator_eligible_commerce creator_enrolled_gift
content app creator_id: creator_enrolled_ad
content app creator_id: creator_enrolled_reward creator_enrolled_deal creator_enrolled_commerce
wallet app region: topups_completed topups_failed topups_settled topups_disputed topups_fraud_reported
wallet app region: topup_card_settled topup_card_disputed topup_card_fraud
wallet app region: topup_charged_back_usd topup_coins_late topup_capped_usd
wallet app region: topup_coins topup_usd topup_net_usd topups_by_minors topups_by_minors_late
wallet app region: topups_of_unknown_age topups_of_unknown_age_late
* topic outcome: records
* topic reason: invalid_records
* topic: records_read records_late records_duplicate records_conflicting records_miskeyed
* topic: records_invalid records_without_rate
gift,purchase app viewer_id: viewer_first_paid
content,gift,ad,purchase,reward,deal app creator_id: creator_first_earned
content app creator_id: creator_first_enrolled
"""
# How many units are a US dollar: 10^12 (micros times micro-USD) but for these.
_UNITS = {
    10**6: (
        "gift_usd gift_late_usd gift_capped_usd creator_gift_usd gift_platform_usd gift_reversed_usd "
        "gift_booked_net_usd gift_unabsorbed_usd gift_valued_usd ad_unabsorbed_usd ad_valued_usd "
        "order_unabsorbed_usd order_valued_usd gift_late_valued_usd ad_late_valued_usd order_late_valued_usd "
        "gift_charged_back_usd topup_capped_usd order_capped_usd ad_capped_usd "
        "gift_refunded_usd gifter_usd"
    ),
    10**15: "ad_revenue_usd ad_late_usd ad_eligible_usd advertiser_usd reward_usd reward_late_usd",
    10**16: "commission_usd commerce_platform_usd commission_refunded_usd commission_cancelled_usd "
    "fee_refunded_usd fee_cancelled_usd",
    10**19: "creator_ad_usd ad_platform_usd ad_reversed_usd ad_platform_reversed_usd",
}
# Counter families without ``pulse_``: the measures that they show, with the value of their own label.
_COUNTERS = """
gifts_total: gifts
gift_coins_total: gift_coins
gift_capped_coins_total: gift_capped_coins
topup_coins_total: topup_coins
returned_coins_total: gift_returned_coins
late_coins_total flow: bought=topup_coins_late given=gift_coins_late returned=gift_returned_coins_late
streaks_timed_out_total: gift_streaks_timed_out
gift_usd_total: gift_usd
creator_gift_usd_total: creator_gift_usd
ad_impressions_total: ad_impressions
ad_revenue_usd_total: ad_revenue_usd
creator_ad_usd_total: creator_ad_usd
orders_total: orders
gmv_usd_total: gmv_usd
commission_usd_total: commission_usd
refund_usd_total: refunded_usd cancelled_usd
watch_seconds_total: watch_ms
engagements_total action: like=likes comment=comments share=shares follow=follows
video_views_total: video_views
video_completions_total: video_completions
reward_usd_total: reward_usd
deal_usd_total: deal_usd
deal_earned_usd_total: deal_approved_usd
late_usd_total tool: gift=gift_late_usd ad=ad_late_usd commerce=commerce_late_usd reward=reward_late_usd
late_usd_total tool: deal=deal_late_usd payout=payout_late_usd
platform_usd_total tool: gift=gift_platform_usd ad=ad_platform_usd commerce=commerce_platform_usd
reversed_usd_total tool: gift=gift_reversed_usd ad=ad_reversed_usd commerce=commission_refunded_usd
reversed_usd_total tool: commerce=commission_cancelled_usd reward=reward_reversed_usd
payout_usd_total outcome: scheduled=payout_scheduled_usd initiated=payout_initiated_usd
payout_usd_total outcome: paid=payout_paid_usd failed=payout_failed_usd
tool_changes_total change: eligible=tools_eligible enrolled=tools_enrolled suspended=tools_suspended
tool_changes_total change: reinstated=tools_reinstated left=tools_left
records_total: records
invalid_records_total: invalid_records
conflicting_records_total: records_conflicting
miskeyed_records_total: records_miskeyed
"""


class Account(NamedTuple):
    """A measure as the ledger keeps it: labels, scale and counter of the lines.

    Attributes:
        name: id.
        topics: input topics of the records that it is of.
        labels: names, in the order of a line's values.
        scale: units that are 1 where it is shown.
        counter: family of the running total; empty: none.
        fixed: labels that the counter adds.
    """

    name: str
    topics: tuple[str, ...]
    labels: tuple[str, ...]
    scale: int
    counter: str = ""
    fixed: tuple[tuple[str, str], ...] = ()


def _lines() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Names of all measures, their topics, and their labels."""
    place = ("app", "region")
    for line in _BY_TOPIC.strip().splitlines():
        head, names = line.split(": ")
        topics, *labels = head.split()
        yield from ((name, topics, tuple(labels)) for name in names.split())
    for name, earning in EARNINGS.items():
        yield f"small_{name}", earning.topic, place
        yield f"{name}_by_creator", earning.topic, ("app", "creator_id")
        yield f"{name}_late", earning.topic, place
    yield from ((f"paid_{tool}_usd_late", "payout", place) for tool in _TOOLS)
    yield from ((f"{name}_dated", topic, place) for name, topic in DATED.items())
    for topic in sorted(KEYED):
        yield from ((f"{topic}_{what}", topic, ("topic",)) for what in ("accepted", "semantic_duplicates"))
    for event, (topic, fields) in NEEDED.items():
        yield from ((f"has_{event}_{field}", topic, ("topic",)) for field in fields)
    for event, (topic, fields_) in WORDED.items():
        yield from ((f"unlisted_{event}_{field}", topic, ("topic",)) for field in fields_.split())
    yield from ((f"records_of_{event}", NEEDED[event][0], ("topic",)) for event in BLIND_WITHOUT)


def _shown() -> dict[str, tuple[str, tuple[tuple[str, str], ...]]]:
    """Measure -> its counter family, and the label that this adds."""
    counters: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {}
    for line in _COUNTERS.strip().splitlines():
        head, names = line.split(": ")
        family, _, label = head.partition(" ")
        for text in names.split():
            value, _, name = text.rpartition("=")
            counters[name] = family, ((label, value),) if label else ()
    for event, (_, fields) in NEEDED.items():
        counters |= {f"has_{event}_{field}": ("field_present_total", (("field", field),)) for field in fields}
    for name, earning in EARNINGS.items():
        family = "late_earned_usd_total" if earning.sign > 0 else "late_reversed_usd_total"
        counters[f"{name}_late"] = family, (("tool", earning.tool),)
    for tool in _TOOLS:
        counters[f"paid_{tool}_usd_late"] = "late_paid_usd_total", (("tool", tool),)
    for event, (_, names) in WORDED.items():
        for field in names.split():
            counters[f"unlisted_{event}_{field}"] = "unlisted_words_total", (("field", field),)
    return counters | {f"{topic}_semantic_duplicates": ("semantic_duplicates_total", ()) for topic in KEYED}


def _scale(name: str) -> int:
    """Milliseconds are shown as seconds, money as US dollars, all else as it is."""
    sum_of = (
        name.removeprefix("small_").removesuffix("_by_creator").removesuffix("_dated").removesuffix("_late")
    )
    if sum_of.endswith("_ms"):
        return 1_000
    if not sum_of.endswith("_usd"):
        return 1
    return next((unit for unit, names in _UNITS.items() if sum_of in names.split()), 10**12)


def _measures() -> dict[str, Account]:
    counters = _shown()
    return {
        name: Account(
            name,
            INPUT_TOPICS if topics == "*" else tuple(topics.split(",")),
            labels,
            _scale(name),
            *counters.get(name, ("", ())),
        )
        for name, topics, labels in _lines()
    }


MEASURES: Mapping[str, Account] = MappingProxyType(_measures())
"""By id."""


def configured(measure: Account, settings: Settings) -> Iterator[tuple[str, ...]]:
    """The label values of a counter's measure that are shown at 0 before anything counts.

    Args:
        measure: one that has a counter.
        settings: which regions of each app have series of their own; all others are ``other``.
    """
    domains = {
        "surface": ("feed", "live", "unknown"),
        "tool": ("gift", "ad", "reward", "deal", "commerce"),
        "outcome": OUTCOMES,
        "reason": REASONS,
        "topic": measure.topics,
    }
    places = [(app, name) for app, regions in settings.regions.items() for name in (*regions, "other")]
    heads = places if measure.labels[:2] == ("app", "region") else [()]
    for head in heads:
        for rest in product(*(domains[label] for label in measure.labels[len(head) :])):
            yield (*head, *rest)
