"""Brand deals: BD1 to BD3."""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Number, Reach
from creator_pulse.stream.catalog.deal import alerts
from creator_pulse.stream.catalog.declaration.declare import Metric, Sum
from creator_pulse.stream.catalog.declaration.derived import dated
from creator_pulse.stream.catalog.declaration.quantiles import sizes
from creator_pulse.stream.catalog.declaration.shorthand import over, share, total, usd

BD1 = Metric(
    id="BD1",
    title="Brand deals",
    question="What are deals worth that creators agree to, earn and are paid for?",
    tier="core",
    tool="deal",
    stakeholders=("creators", "platform"),
    unit="USD",
    formula="sum of value_micros of deals agreed, approved and paid",
    source="catalogue BD1 (sparse: no alert)",
    values=(
        usd("deal_agreed_usd", "deal_usd", "24h", "deals agreed", title="Agreed"),
        usd("deal_earned_usd", "deal_approved_usd", "24h", "deals approved: earned", title="Approved"),
        usd("deal_settled_usd", "deal_paid_usd", "24h", "deals paid", title="Paid"),
    ),
)

WAITS = tuple(
    value
    for name, title, text in (
        ("answer", "Time to acceptance", "how long an invitation to a deal waited that was agreed"),
        ("refusal", "Time to refusal", "how long an invitation to a deal waited that was declined"),
        ("review", "Time in review", "how long the draft of a deal waited that was approved"),
        ("payment", "Time to payment", "how long a deal waited for its payment since its video was public"),
    )
    for value in sizes(
        f"deal_{name}_{{}}_seconds",
        f"deal_{name}_sizes",
        ("24h", "7d"),
        "s",
        text,
        "p50 p90",
        1000,
        title=title,
    )
)
"""Of BD2."""

BD2 = Metric(
    id="BD2",
    title="Deal acceptance",
    question="Do creators accept what brands offer, and how often is work sent back?",
    tier="core",
    tool="deal",
    stakeholders=("advertisers", "creators"),
    more=(("deal_revisions_per_approval",),),
    unit="ratio",
    formula=(
        "of the deals of an invitation's business day or 7 business days: agreed within 14 days of it / "
        "invited; drafts sent back / deals approved; quantiles of the time in a state, and of that until an "
        "invitation was agreed, or declined"
    ),
    source="catalogue BD2",
    note=(
        "Acceptance is a cohort: a deal agreed counts where its invitation lies, so the share goes on rising "
        "for 14 days after its end. A deal whose invitation is not known is not in it."
    ),
    values=(
        total("deal_invited_count", "deals_invited", "24h day 7d", "deals that creators were asked for"),
        total("deal_agreed_count", "deals_agreed", "24h 7d", "deals agreed"),
        total(
            "deal_cohort_agreed_count",
            dated("deals_agreed"),
            "day 7d",
            "deals agreed, when they were invited",
        ),
        share(
            "deal_acceptance_ratio",
            (dated("deals_agreed"), "deals_invited"),
            "day 7d",
            "agreed / invited, by cohort",
        ),
        total("deal_revision_count", "deals_changes_requested", "24h 7d", "drafts sent back"),
        total("deal_approved_count", "deals_approved", "24h 7d", "deals approved"),
        share(
            "deal_revisions_per_approval",
            ("deals_changes_requested", "deals_approved"),
            "24h 7d",
            "drafts sent back / deals approved",
            unit="short",
        ),
        *WAITS,
    ),
)

BD3 = Metric(
    id="BD3",
    title="Disclosure",
    question="Do viewers learn that a video is paid for?",
    tier="guardrail",
    tool="deal",
    stakeholders=("viewers", "advertisers"),
    unit="ratio",
    formula="posted deals with a disclosure label / posted deals",
    source="catalogue BD3",
    values=(
        total("deal_posted_count", "deals_posted", "24h", "deals whose video is public"),
        total("deal_labelled_count", "deals_labelled", "24h", "of these, with a disclosure label"),
        share("deal_disclosure_ratio", ("deals_labelled", "deals_posted"), "24h", "labelled / posted"),
    ),
    guardrails=alerts.DISCLOSURE,
)

BD4 = Metric(
    id="BD4",
    title="Cost per 1,000 deal views",
    question="How often are paid videos seen, and what does a brand pay for it?",
    tier="supporting",
    tool="deal",
    stakeholders=("advertisers", "creators"),
    shows=("deal_cost_per_1000_views_usd",),
    more=(("deal_views_per_deal",),),
    unit="USD per 1,000 views",
    formula=(
        "of the deals paid that say how often their video was seen until then: value x 1000 / views; views / "
        "deals"
    ),
    source="trade: brands compare by cost per 1,000 views; decided: the views that a deal is settled by",
    note=(
        "Views come with deal_paid. No other record has them: rewards are of videos that nobody paid for, "
        "and engagement does not say of which video it is. A deal without them is in no figure here; "
        "pulse_field_present_total says how many have them."
    ),
    values=(
        total("deal_reported_count", "deals_reported", "7d 28d", "deals paid whose views are known"),
        total("deal_view_count", "deal_views", "7d 28d", "views of their videos"),
        usd("deal_reported_usd", "deal_reported_usd", "7d 28d", "their value"),
        share(
            "deal_views_per_deal",
            ("deal_views", "deals_reported"),
            "7d 28d",
            "views / deals paid whose views are known",
            unit="short",
            title="Views per deal",
        ),
        share(
            "deal_cost_per_1000_views_usd",
            ("deal_reported_usd", "deal_views"),
            "7d 28d",
            "value per 1,000 views of deals paid whose views are known",
            unit="currencyUSD",
            factor=1000,
        ),
    ),
)

_PAIRS = Each(("advertiser_id", "creator_id"), Sum({"pair_deals": 1}))
_AGAIN = Each(("advertiser_id", "creator_id"), Sum({"pair_deals": 1}), floor=2)

BD5 = Metric(
    id="BD5",
    title="Repeat deals",
    question="Do brands come back to the creators they worked with?",
    tier="supporting",
    tool="deal",
    stakeholders=("advertisers", "creators", "platform"),
    unit="ratio",
    formula=(
        "of the pairs of brand and creator that agreed on a deal in 28 business days: those that agreed on "
        "two or more / all"
    ),
    source="trade; decided: 28 business days, as most deals are settled within them",
    values=(
        over("deal_pairs", Number(_PAIRS), "28d", "pairs of brand and creator that agreed on a deal"),
        over(
            "deal_repeat_pairs_ratio",
            Reach(_AGAIN, among=_PAIRS),
            "28d",
            "pairs that agreed on two deals or more / pairs that agreed on one",
            unit="percentunit",
        ),
    ),
    note="Who comes back after more than 28 business days counts as new.",
)

METRICS = (
    BD1,
    BD2,
    BD3,
    BD4,
    BD5,
)
