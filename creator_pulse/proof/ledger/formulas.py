"""What sums and ratios must be, by hand from the catalogue page: sums of measures over windows and labels."""

from __future__ import annotations

import re
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.proof.ledger.fields import BLIND_WITHOUT
from creator_pulse.proof.ledger.measures import EARNINGS, KEYED, MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STEADY = "creator_gift_usd - gift_reversed_usd + creator_ad_usd - ad_reversed_usd + COMMISSION"
# Sums that several formulas have in them, and names within these, which come after them.
_NAMED = {
    "SMALL": " ".join(
        f"{'+-'[earning.sign < 0]} small_{name}" for name, earning in EARNINGS.items()
    ).removeprefix("+ "),
    "NET": "STEADY + reward_usd - reward_reversed_usd + deal_approved_usd",
    "STEADY": _STEADY,
    "COMMISSION": "commission_usd - commission_refunded_usd - commission_cancelled_usd",
    "KEPT": (
        "gift_platform_usd - topup_charged_back_usd + gift_charged_back_usd + ad_platform_usd "
        "- ad_platform_reversed_usd + commerce_platform_usd - fee_refunded_usd - fee_cancelled_usd "
        "- reward_usd + reward_reversed_usd"
    ),
    "OF_GIFTS": "gift_platform_usd - topup_charged_back_usd + gift_charged_back_usd",
    "OF_FEES": "commerce_platform_usd - fee_refunded_usd - fee_cancelled_usd",
    "REVERSED": (
        "gift_reversed_usd + ad_reversed_usd + commission_refunded_usd + commission_cancelled_usd "
        "+ reward_reversed_usd"
    ),
    "TAKEN_BACK": (
        "gift_reversed_usd_dated + ad_reversed_usd_dated + commission_refunded_usd_dated "
        "+ commission_cancelled_usd_dated + reward_reversed_usd_dated"
    ),
    "UNKNOWN_AGE": (
        "gifts_of_unknown_age + gifts_of_unknown_age_late + topups_of_unknown_age "
        "+ topups_of_unknown_age_late"
    ),
    "ENGAGED": "likes + comments + shares",
    "GROSS": "creator_gift_usd + creator_ad_usd + commission_usd + reward_usd + deal_approved_usd",
}
# Value with labels of its own, windows, labels where these are not app and region: sum, or sum / sum.
_FORMULAS = """
creator_earnings_per_1000_hours_usd 5m 1h: 3600000 * STEADY / watch_ms
creator_steady_earnings_usd 5m 1h: STEADY
creator_all_earnings_per_1000_hours_usd 24h: 3600000 * NET / watch_ms
creator_net_earnings_usd{tool=gift} 5m 1h 24h day: creator_gift_usd - gift_reversed_usd
creator_net_earnings_usd{tool=ad} 5m 1h 24h day: creator_ad_usd - ad_reversed_usd
creator_net_earnings_usd{tool=commerce} 5m 1h 24h day: COMMISSION
creator_net_earnings_usd{tool=reward} 24h day: reward_usd - reward_reversed_usd
creator_net_earnings_usd{tool=deal} 24h day: deal_approved_usd
platform_net_revenue_usd 1h 24h: KEPT
platform_revenue_per_1000_hours_usd 1h 24h: 3600000 * KEPT / watch_ms
platform_tool_revenue_usd{tool=gift} 1h 24h day 7d mtd: OF_GIFTS
platform_tool_revenue_usd{tool=ad} 1h 24h day 7d mtd: ad_platform_usd - ad_platform_reversed_usd
platform_tool_revenue_usd{tool=commerce} 1h 24h day 7d mtd: OF_FEES
platform_tool_revenue_usd{tool=reward} 1h 24h day 7d mtd: - reward_usd + reward_reversed_usd
gift_realised_usd 24h 7d: OF_GIFTS
gift_realised_take_ratio 24h 7d: OF_GIFTS / gift_booked_net_usd
commerce_realised_usd 24h 7d: OF_FEES
commerce_realised_take_ratio 24h 7d: OF_FEES / (gmv_usd - refunded_usd - cancelled_usd)
ad_load_per_hour 15m by app region surface: 3600 * ad_shown / watch_ms
ad_surface_impressions 15m by app region surface: ad_shown
viewing_seconds 5m 15m 1h 24h by app region surface: watch_ms
engagement_count 1h 24h by app region surface: ENGAGED
engagements_per_viewing_hour 1h 24h by app region surface: 3600 * ENGAGED / watch_ms
engagements_per_1000_views 1h 24h by app region surface: 1000 * ENGAGED / video_views
like_count 1h 24h by app region surface: likes
comment_count 1h 24h by app region surface: comments
share_count 1h 24h by app region surface: shares
follow_count 1h 24h by app region surface: follows
likes_per_1000_views 1h 24h by app region surface: 1000 * likes / video_views
comments_per_1000_views 1h 24h by app region surface: 1000 * comments / video_views
shares_per_1000_views 1h 24h by app region surface: 1000 * shares / video_views
follows_per_1000_views 1h 24h by app region surface: 1000 * follows / video_views
video_view_count 1h 24h by app region surface: video_views
video_completed_count 1h 24h by app region surface: video_completions
video_completion_ratio 1h 24h by app region surface: video_completions / video_views
gift_value_usd 1m 5m 1h 24h: gift_usd
gift_value_capped_usd 5m 1h: gift_capped_usd
gift_value_coins 1m 5m 1h: gift_coins
gift_count 1m 5m 1h: gifts
creator_gift_earnings_usd 5m 1h: creator_gift_usd
ad_value_usd 5m 15m 1h 24h: ad_revenue_usd
ad_valid_impressions 5m 15m 1h: ad_impressions
ad_ecpm_usd 15m: 1000 * ad_revenue_usd / ad_impressions
order_value_usd 5m 1h 24h: gmv_usd
order_count 5m 1h 24h: orders
commission_value_usd 5m 1h: commission_usd
attributed_order_value_usd 1h: attributed_gmv_usd
commission_rate_ratio 1h: commission_usd / attributed_gmv_usd
gifts_per_viewing_hour 1h: 3600 * gifts / watch_ms
gift_match_coins 1h: gift_match_coins
gift_match_ratio 1h: gift_match_coins / gift_coins
creator_ad_earnings_usd 1h 24h: creator_ad_usd
ad_impressions_shown 15m 1h: ad_shown_all
ad_slots 15m: ad_slots
ad_fill_ratio 15m: ad_shown_all / ad_slots
ad_viewable_impressions 15m: ad_viewable
ad_measurable_impressions 15m: ad_measurable
ad_viewability_ratio 15m: ad_viewable / ad_measurable
ad_human_impressions 15m 30m 1h: ad_shown_human
ad_click_count 1h: ad_clicks
ad_click_ratio 1h: ad_clicks / ad_shown_human
ad_paying_impressions 1h: ad_shared_impressions
ad_shared_inventory_ratio 1h: ad_shared_impressions / ad_impressions
ad_conversion_count 1h 24h: ad_conversions
ad_conversion_value_usd 1h: ad_conversion_usd
ad_conversions_per_1000 1h: 1000 * ad_conversions / ad_impressions
ad_return_on_spend_ratio 1h: ad_conversion_usd / ad_revenue_usd
ad_targeted_impressions 1h: ad_targeted
ad_on_target_impressions 1h: ad_on_target
ad_on_target_ratio 1h: ad_on_target / ad_targeted
ad_cost_per_conversion_usd 24h: ad_revenue_usd / ad_conversions
order_net_value_usd 24h 7d: gmv_usd - refunded_usd - cancelled_usd
order_cohort_net_value_usd day 7d: gmv_usd - refunded_usd_dated - cancelled_usd_dated
order_mean_usd 1h: gmv_usd / orders
product_click_count 1h: product_clicks
click_to_order_ratio 1h: orders / product_clicks
checkout_completed_count 5m: checkouts_completed
checkout_count 5m: checkouts_completed + checkouts_failed
checkout_success_ratio 5m: checkouts_completed / (checkouts_completed + checkouts_failed)
card_complaint_count 24h mtd: card_disputed + card_fraud
card_settled_count 24h mtd: card_settled
card_dispute_ratio 24h mtd: (card_disputed + card_fraud) / card_settled
refund_value_usd 24h: refunded_usd + cancelled_usd
refund_count 30m: refunded_orders + cancelled_orders
refund_ratio 24h: (refunded_usd + cancelled_usd) / gmv_usd
gift_booked_value_usd 1h 24h 7d: gift_booked_net_usd
gift_kept_usd 1h 24h: gift_platform_usd
gift_take_ratio 1h: gift_platform_usd / gift_booked_net_usd
ad_eligible_value_usd 1h 24h 7d: ad_eligible_usd
ad_eligible_kept_usd 1h 24h 7d: ad_eligible_usd - creator_ad_usd
ad_take_ratio 1h 24h 7d: (ad_eligible_usd - creator_ad_usd) / ad_eligible_usd
commerce_fee_usd 1h 24h: commerce_platform_usd
commerce_take_ratio 1h: commerce_platform_usd / gmv_usd
creator_reversed_usd 24h: REVERSED
creator_gross_usd 24h 14d: GROSS
creator_reversal_ratio 24h: REVERSED / GROSS
creator_cohort_reversed_usd 14d: TAKEN_BACK
creator_cohort_reversal_ratio 14d: TAKEN_BACK / GROSS
ad_viewing_seconds 15m: watch_ad_ms
ad_time_ratio 15m: watch_ad_ms / watch_ms
ad_back_to_back_count 15m: ad_back_to_back
ad_spaced_count 15m: ad_spaced
ad_back_to_back_ratio 15m: ad_back_to_back / ad_spaced
ad_fast_skip_count 15m: ad_fast_skips
ad_fast_skip_ratio 15m: ad_fast_skips / ad_shown_human
ad_hide_count 30m: ad_hides
ad_report_count 30m: ad_reports
ad_hide_ratio 30m: ad_hides / ad_shown_human
ad_report_ratio 30m: ad_reports / ad_shown_human
ad_session_end_count 1h: ended_after_ad
ad_session_end_ratio 1h: ended_after_ad / ad_shown_human
minor_gift_count 5m 1h: gifts_by_minors + gifts_by_minors_late + topups_by_minors + topups_by_minors_late
unknown_age_count 5m 1h: UNKNOWN_AGE
cap_breach_count 5m 15m: gifts_over_cap + gifts_over_cap_late
minor_host_gift_count 5m 1h: gifts_to_minors + gifts_to_minors_late
ad_invalid_impressions 15m: ad_shown_invalid
ad_invalid_ratio 15m: ad_shown_invalid / ad_shown_all
gift_refund_usd 24h: gift_refunded_usd
gift_refund_count 24h: gifts_refunded
gift_refund_ratio 24h: gift_refunded_usd / gift_usd
topup_value_usd 1h 24h day 7d: topup_usd
topup_net_value_usd 1h 24h day 7d: topup_net_usd
topup_value_coins 1h 24h: topup_coins
topup_mean_usd 1h: topup_usd / topups_completed
topup_lost_usd 24h mtd: topup_charged_back_usd
topup_complaint_count 24h mtd: topup_card_disputed + topup_card_fraud
topup_settled_count 24h mtd: topup_card_settled
topup_dispute_ratio 24h mtd: (topup_card_disputed + topup_card_fraud) / topup_card_settled
topup_completed_count 5m 1h: topups_completed
topup_count 5m: topups_completed + topups_failed
topup_success_ratio 5m: topups_completed / (topups_completed + topups_failed)
reward_accrual_usd 1h 24h: reward_usd
reward_view_count 24h: reward_views
reward_qualified_view_count 24h: reward_qualified_views
reward_qualified_ratio 24h: reward_qualified_views / reward_views
reward_rpm_usd 24h: 1000 * reward_usd / reward_qualified_views
creator_ad_per_1000_views_usd 24h: 1000 * creator_ad_usd / video_views
reward_per_1000_views_usd 24h: 1000 * reward_usd / reward_views
reward_net_usd 24h: reward_usd - reward_reversed_usd
reward_cost_per_1000_hours_usd 24h: 3600000 * (reward_usd - reward_reversed_usd) / watch_ms
deal_agreed_usd 24h: deal_usd
deal_earned_usd 24h: deal_approved_usd
deal_settled_usd 24h: deal_paid_usd
deal_invited_count 24h day 7d: deals_invited
deal_agreed_count 24h 7d: deals_agreed
deal_cohort_agreed_count day 7d: deals_agreed_dated
deal_acceptance_ratio day 7d: deals_agreed_dated / deals_invited
deal_revision_count 24h 7d: deals_changes_requested
deal_approved_count 24h 7d: deals_approved
deal_revisions_per_approval 24h 7d: deals_changes_requested / deals_approved
deal_reported_count 7d 28d: deals_reported
deal_view_count 7d 28d: deal_views
deal_reported_usd 7d 28d: deal_reported_usd
deal_views_per_deal 7d 28d: deal_views / deals_reported
deal_cost_per_1000_views_usd 7d 28d: 1000 * deal_reported_usd / deal_views
deal_posted_count 24h: deals_posted
deal_labelled_count 24h: deals_labelled
deal_disclosure_ratio 24h: deals_labelled / deals_posted
payout_failed_count 1h by app region tool: payouts_failed
payout_count 1h by app region tool: payouts_paid + payouts_failed
payout_failure_ratio 1h by app region tool: payouts_failed / (payouts_paid + payouts_failed)
tool_suspended_count 1h by app region tool: tools_suspended
creator_owed_growth_usd{tool=gift} 24h: creator_gift_usd - gift_reversed_usd - paid_gift_usd
creator_owed_growth_usd{tool=ad} 24h: creator_ad_usd - ad_reversed_usd - paid_ad_usd
creator_owed_growth_usd{tool=reward} 24h: reward_usd - reward_reversed_usd - paid_reward_usd
creator_owed_growth_usd{tool=deal} 24h: deal_approved_usd - paid_deal_usd
creator_owed_growth_usd{tool=commerce} 24h: COMMISSION - paid_commerce_usd
ad_unsafe_impressions 1h: removed_ad_impressions
ad_unsafe_ratio 1h: removed_ad_impressions / ad_shown_all
small_creator_earnings_usd 24h: SMALL
small_creator_ratio 24h: SMALL / NET
tool_eligible_count 24h 7d by app region tool: tools_eligible
tool_enrolled_count 24h 7d by app region tool: tools_enrolled
late_share_ratio 10m by topic: records_late / records_read
late_value_lost_ratio 15m by topic: gift_unabsorbed_usd / (gift_valued_usd + gift_late_valued_usd)
late_value_lost_ratio 15m by topic: ad_unabsorbed_usd / (ad_valued_usd + ad_late_valued_usd)
late_value_lost_ratio 15m by topic: order_unabsorbed_usd / (order_valued_usd + order_late_valued_usd)
duplicate_share_ratio 10m by topic: records_duplicate / records_read
records_read 5m 10m by topic: records_read
invalid_share_ratio 5m by topic: records_invalid / records_read
streak_ends_missing_balance 15m: gift_streaks_unclosed
streak_count 15m: gift_streaks
streak_unclosed_ratio 15m: gift_streaks_unclosed / gift_streaks
gift_catalogue_drift_count 5m: gift_catalogue_drift
records_without_rate 5m by topic: records_without_rate
conflicting_share_ratio 10m by topic: records_conflicting / records_read
records_miskeyed 1h by topic: records_miskeyed
"""


# Shares, shown as 0 below 0 and as 1 above 1: what is above may lie beyond a window's edge.
_SHARES = frozenset(
    f"{name}_ratio"
    for line in (
        "ad_fill ad_viewability ad_click ad_shared_inventory ad_on_target ad_time ad_back_to_back ad_hide",
        "ad_reached_2s ad_reached_6s ad_reached_q25 ad_reached_q50 ad_reached_q75 ad_reached_q100",
        "ad_report ad_session_end ad_invalid gift_match checkout_success topup_success reward_qualified",
        "deal_acceptance deal_disclosure payout_failure small_creator semantic_duplicate streak_unclosed",
        "commission_rate ad_fast_skip video_completion funnel_usd",
    )
    for name in line.split()
)


class SumOrRatio(NamedTuple):
    """A sum, or a sum by another.

    Attributes:
        name: of the value, without ``pulse_``.
        fixed: labels that it adds.
        windows: window labels.
        by: labels that it keeps.
        factor: multiplies the quotient.
        above: measure -> its sign.
        below: the same of the divisor; empty: it is a sum.
        back: how many days before the window the denominator lies, or a sum as a whole; 0: all is of the
            window.
    """

    name: str
    fixed: tuple[tuple[str, str], ...]
    windows: tuple[str, ...]
    by: tuple[str, ...]
    factor: int
    above: Mapping[str, int]
    below: Mapping[str, int]
    back: int = 0

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return tuple(dict.fromkeys((*self.above, *self.below)))

    def of(self, sums: Mapping[str, int]) -> Fraction | None:
        """The number that is shown; None where the divisor is 0.

        Args:
            sums: measure -> sum; one that is absent is 0.
        """
        above, scale = _total(self.above, sums)
        if not self.below:
            return Fraction(above, scale)
        below, scale_below = _total(self.below, sums)
        if not below:
            return None
        # One fraction at the end: a fraction for each term took most of a comparison.
        quotient = Fraction(self.factor * above * scale_below, below * scale)
        return min(max(quotient, Fraction(0)), Fraction(1)) if self.name in _SHARES else quotient

    def compared(self, sums: Mapping[str, int], before: Mapping[str, int] | None) -> Fraction | None:
        """The number that looks back; None where there is nothing to compare with.

        Args:
            sums: measure -> sum in the window.
            before: the same of the earlier day; None where nobody can say.
        """
        if before is None:
            return None
        of = SumOrRatio("", (), (), (), 1, self.above, {}).of
        now, then = of(sums), of(before)
        assert now is not None
        assert then is not None
        if not self.below:
            return then
        return now / then if then > 0 else None


HEAD = re.compile(
    r"(?P<name>\w+)(?P<fixed>\{[^}]*\})? (?P<windows>[\w ]+?)(?: by (?P<by>[\w ]+))?: (?P<rest>.+)"
)
"""How a value is named here and in ``figures.sql``: ``funnel_count{tool=ad,step=paid} 24h by app: ...``."""


_BEFORE = re.compile(r" (\d) days before$")


def labels_of(fixed: str | None) -> tuple[tuple[str, str], ...]:
    """The labels of ``{tool=ad,step=paid}``; none of None."""
    pairs = (pair.partition("=") for pair in (fixed or "{}")[1:-1].split(",") if pair)
    return tuple((name, value) for name, _, value in pairs)


def _total(terms: Mapping[str, int], sums: Mapping[str, int]) -> tuple[int, int]:
    """The sum of some measures, by their signs, and what it is to be divided by."""
    scales = [MEASURES[name].scale for name in terms]
    scale = lcm(*scales)
    of_terms = zip(terms.items(), scales, strict=True)
    return sum(sign * sums.get(name, 0) * (scale // own) for (name, sign), own in of_terms), scale


def _parsed(line: str) -> SumOrRatio:
    head = HEAD.fullmatch(line)
    assert head is not None, line
    text = head["rest"]
    for name, meaning in _NAMED.items():
        text = text.replace(name, f"({meaning})")
    text, *days = _BEFORE.split(text)
    factor, times, text = text.rpartition(" * ")
    above, _, below = text.partition(" / ")
    by = tuple((head["by"] or "app region").split())
    return SumOrRatio(
        head["name"],
        labels_of(head["fixed"]),
        tuple(head["windows"].split()),
        by,
        int(factor) if times else 1,
        _terms(above),
        _terms(below),
        int(days[0]) if days else 0,
    )


def _terms(text: str) -> dict[str, int]:
    words = text.replace("(", "").replace(")", "").split()
    return {
        name: -1 if sign == "-" else 1
        for sign, name in zip(["+", *words], words, strict=False)
        if name not in "+-"
    }


def _lines() -> Iterator[str]:
    yield from _FORMULAS.strip().splitlines()
    for topic in sorted(KEYED):
        yield f"semantic_duplicates 1h by topic: {topic}_semantic_duplicates"
        yield f"semantic_duplicate_ratio 1h by topic: {topic}_semantic_duplicates / {topic}_accepted"
        yield f"records_accepted 1h by topic: {topic}_accepted"
    for event, fields in BLIND_WITHOUT.items():
        for field in fields.split():
            ratio = f"has_{event}_{field} / records_of_{event}"
            yield f"field_coverage_ratio{{field={field}}} 15m by topic: {ratio}"
    for reached in ("2s", "6s", "q25", "q50", "q75", "q100"):
        yield f"ad_reached_{reached}_count 1h: ad_reached_{reached}"
        yield f"ad_reached_{reached}_ratio 1h: ad_reached_{reached} / ad_shown_human"
    for tool, produced, monetized in (
        ("gift", "lives_started", "gifts"),
        ("ad", "videos_posted", "ad_impressions"),
        ("reward", "videos_posted", "reward_qualified_views"),
        ("deal", "deals_invited", "deals_agreed"),
        ("commerce", "product_clicks", "orders"),
    ):
        steps = {"produced": produced, "monetized": monetized, "paid": f"payouts_paid_{tool}"}
        yield from (
            f"funnel_count{{tool={tool},step={step}}} 24h: {measure}" for step, measure in steps.items()
        )

    for tool, gross, earned, platform in (
        ("gift", "gift_usd", "creator_gift_usd", "gift_platform_usd"),
        ("ad", "ad_revenue_usd", "creator_ad_usd", "ad_platform_usd"),
        ("commerce", "gmv_usd", "commission_usd", "commerce_platform_usd"),
        ("reward", "reward_usd", "reward_usd", ""),
        ("deal", "deal_approved_usd", "deal_approved_usd", ""),
    ):
        yield f"funnel_usd{{tool={tool},step=gross}} 24h 7d: {gross}"
        yield f"funnel_usd{{tool={tool},step=paid}} 24h 7d: paid_{tool}_usd"
        for step, measure in (("earned", earned), ("platform", platform)):
            if measure:
                yield f"funnel_usd{{tool={tool},step={step}}} 24h 7d: {measure}"
                yield f"funnel_usd_ratio{{tool={tool},step={step}}} 24h 7d: {measure} / {gross}"
    yield from _growth_lines()


def _growth_lines() -> Iterator[str]:
    for name, terms in (
        ("creator_earnings_{}_usd", "NET"),
        ("gmv_{}_usd", "gmv_usd"),
        ("ad_revenue_{}_usd", "ad_revenue_usd"),
        ("platform_revenue_{}_usd", "KEPT"),
        ("viewing_{}_seconds", "watch_ms"),
    ):
        yield f"{name.format('yesterday')} yesterday: {terms}"
        for what, days in (("day", 1), ("week", 7)):
            yield f"{name.format(f'{what}_before')} yesterday: {terms} {days} days before"
            ratio = f"{name.rpartition('_')[0].format(f'{what}_on_{what}')}_ratio"
            yield f"{ratio} yesterday: {terms} / {terms} {days} days before"


FORMULAS = tuple(map(_parsed, _lines()))
