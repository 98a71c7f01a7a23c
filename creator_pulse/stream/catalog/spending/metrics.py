"""What viewers spend, whether within their caps, and the coins that they buy for it: SP1 to SP7.

The spending of a viewer is the value of their gifts, at the price of the coins, and of their orders. Coins
that are bought count when they are given, else both would count the same money.
"""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Flagged, Number, Per, Reach, TopShare
from creator_pulse.stream.aggregates.rules import Above
from creator_pulse.stream.catalog.declaration.declare import Metric, Sum
from creator_pulse.stream.catalog.declaration.quantiles import figures
from creator_pulse.stream.catalog.declaration.shorthand import flagged, over, share, total, usd
from creator_pulse.stream.catalog.declaration.tunable import Tunable
from creator_pulse.stream.catalog.spending import alerts

DAY_CAP_COINS, MONTH_CAP_COINS = 100_000, 1_000_000
"""Coins of a viewer that are looked at: about 1,430 USD in a business day, 14,300 USD in a month."""
_SPEND = Sum({"gifter_usd": 1, "buyer_usd": 1})
_PAYERS = Each(("viewer_id",), _SPEND)
# Whose first payment lies in the window: the measure is 1 in that hour only.
_NEW = Each(("viewer_id",), _SPEND, least={"viewer_first_paid": 1})
_GIVEN = Sum({"gifter_coins": 1})
_COMPLAINTS = {"topup_card_disputed": 1, "topup_card_fraud": 1}

SP1 = Metric(
    id="SP1",
    title="Spend per paying viewer",
    question="What does a viewer spend who pays at all?",
    tier="core",
    tool="all",
    stakeholders=("viewers", "platform"),
    shows=("spend_per_payer_usd",),
    unit="USD",
    formula=(
        "(value of gifts + value of orders) / viewers who gave or ordered; p50, p95 and p99 of what "
        "one spent; exact"
    ),
    source="decided: gross, when it is given or ordered; a sample order is none",
    note="What names no viewer is in the sum of the mean, and in no quantile.",
    values=(
        over("payers", Number(_PAYERS), "24h day", "viewers who gave or ordered for money"),
        *figures(
            "payer_{}_usd",
            _PAYERS,
            ("24h",),
            "currencyUSD",
            "what a paying viewer spent",
            "p50 p95 p99",
            title="Distribution over payers",
        ),
        over(
            "spend_per_payer_usd",
            Per(_PAYERS, of=_SPEND),
            "24h day",
            "value of gifts and orders / viewers who gave or ordered",
            unit="currencyUSD",
        ),
    ),
)

SP2 = Metric(
    id="SP2",
    title="First-time payers",
    question="Do viewers still begin to pay?",
    tier="supporting",
    tool="all",
    stakeholders=("viewers", "platform"),
    unit="viewers",
    formula="viewers whose first gift or order ever lies in 24 h; their share of those who paid in them",
    source="decided: as GR1 of creators; exact ids",
    note=(
        "Ever is since the log began: who had paid before is new once. They are remembered with the "
        "firsts of creators, PULSE_MOST_FIRSTS in all; beyond it somebody new is none, and TableNearlyFull "
        "says so."
    ),
    values=(
        over(
            "payers_new_ratio",
            Reach(_NEW, among=_PAYERS),
            "24h",
            "viewers who paid for the first time / viewers who paid",
            unit="percentunit",
        ),
        over("payers_new", Number(_NEW), "24h", "viewers who paid for the first time", title="New payers"),
    ),
    guardrails=alerts.NEW_PAYERS,
)

SP3 = Metric(
    id="SP3",
    title="Spend concentration",
    question="How much of all spend comes from a few viewers?",
    tier="guardrail",
    tool="all",
    stakeholders=("viewers", "platform"),
    unit="ratio",
    formula="share of the top 1 % (rounded up) of what viewers spend in 24 h, over those who spend",
    source="decided: as CR2 of creators' earnings",
    values=(
        over(
            "spend_top_percent_share_ratio",
            TopShare(_PAYERS, percent=1),
            "24h",
            "share of spend that the top 1 % of paying viewers have",
            unit="percentunit",
        ),
    ),
    guardrails=alerts.CONCENTRATION,
)

SP4 = Metric(
    id="SP4",
    title="Viewers over a spending cap",
    question="How many viewers give more than is good for them?",
    tier="guardrail",
    tool="gift",
    stakeholders=("viewers", "platform"),
    unit="viewers",
    formula=(
        f"viewers with over {DAY_CAP_COINS:,} coins on a business day; with over {MONTH_CAP_COINS:,} coins "
        "in the calendar month so far (settings)"
    ),
    source=(
        "platforms cap what a viewer gives by day and month; decided: one cap for all, "
        "PULSE_VIEWER_DAY_COINS and PULSE_VIEWER_MONTH_COINS"
    ),
    note=(
        "Coins of final gifts. A viewer's own cap per gift is FR4. Those by day and month that a record may "
        "carry are not read: what a viewer gave in a day lies in the partitions of many creators, and is "
        "known where sums meet, but a cap is no sum and does not come there. The month is of business days, "
        "from the daily sums by viewer. No cases: to give much is no fraud; who gives fast is a case of FR1."
    ),
    values=(
        flagged(
            "viewers_over_month_cap",
            Flagged(
                ("viewer_id",),
                (Above(_GIVEN, Tunable(MONTH_CAP_COINS, "viewer_month_coins")),),
                cases=False,
            ),
            "mtd",
            "viewers over the cap of a month",
        ),
        flagged(
            "viewers_over_day_cap",
            Flagged(
                ("viewer_id",), (Above(_GIVEN, Tunable(DAY_CAP_COINS, "viewer_day_coins")),), cases=False
            ),
            "day",
            "viewers over the cap of a day",
        ),
    ),
    guardrails=alerts.CAPS,
)

SP5 = Metric(
    id="SP5",
    title="Gift refunds",
    question="How much of what viewers gave is paid back to them?",
    tier="guardrail",
    tool="gift",
    stakeholders=("viewers", "creators", "platform"),
    unit="ratio",
    formula="value of gifts taken back / gross gift value, each by its own time, at the price of the gift's",
    source="decided: as FR10 of orders",
    note="The flow may pass 1: what is paid back was mostly given before.",
    values=(
        usd("gift_refund_usd", "gift_refunded_usd", "24h", "value of gifts taken back"),
        total("gift_refund_count", "gifts_refunded", "24h", "gifts taken back"),
        share(
            "gift_refund_ratio",
            ("gift_refunded_usd", "gift_usd"),
            "24h",
            "value of gifts taken back / gross gift value",
            flow=True,
        ),
    ),
    guardrails=alerts.GIFT_REFUNDS,
)

SP6 = Metric(
    id="SP6",
    title="Coins bought",
    question="For how much money do viewers buy coins?",
    tier="core",
    tool="gift",
    stakeholders=("viewers", "platform"),
    shows=("topup_value_usd", "topup_net_value_usd"),
    more=(("topup_mean_usd",),),
    unit="USD",
    formula="what viewers paid for coins; what remained of it after tax and store; coins; paid / purchases",
    source="decided: completed purchases, by their own time; what they hold of it is GI8",
    note="A payment without a net amount adds nothing to the net value.",
    values=(
        total("topup_value_coins", "topup_coins", "1h 24h", "coins bought"),
        share(
            "topup_mean_usd",
            ("topup_usd", "topups_completed"),
            "1h",
            "paid for coins / purchases",
            unit="currencyUSD",
            title="Mean purchase",
        ),
        usd("topup_net_value_usd", "topup_net_usd", "1h 24h day 7d", "paid for coins, after tax and store"),
        usd("topup_value_usd", "topup_usd", "1h 24h day 7d", "paid for coins"),
    ),
    guardrails=alerts.PURCHASES,
)

SP7 = Metric(
    id="SP7",
    title="Coin purchase disputes",
    question="How many card payments for coins are disputed or reported as fraud, and what do they cost?",
    tier="guardrail",
    tool="gift",
    stakeholders=("platform",),
    more=(("topup_lost_usd",),),
    unit="ratio",
    formula=(
        "(disputes + fraud reports) of card payments for coins / settled ones, as a flow: 24 h, month so "
        "far; money lost by disputes of any payment"
    ),
    source="as FR9 of orders: card schemes act at 1.5 %",
    note="Lost is the net amount, else the whole one; N4 and N5 subtract it.",
    values=(
        usd(
            "topup_lost_usd",
            "topup_charged_back_usd",
            "24h mtd",
            "lost by disputed payments for coins",
            title="Lost by disputes",
        ),
        total("topup_complaint_count", _COMPLAINTS, "24h mtd", "disputes and fraud reports"),
        total("topup_settled_count", "topup_card_settled", "24h mtd", "settled card payments for coins"),
        share(
            "topup_dispute_ratio",
            (_COMPLAINTS, "topup_card_settled"),
            "24h mtd",
            "disputes and fraud reports / settled card payments for coins",
            flow=True,
        ),
    ),
    guardrails=alerts.DISPUTES,
)

METRICS = (
    SP1,
    SP2,
    SP3,
    SP4,
    SP5,
    SP6,
    SP7,
)
