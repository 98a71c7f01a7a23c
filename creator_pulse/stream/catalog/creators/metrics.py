"""Whether creators are paid, and whether some lose or depend: CR1 to CR13."""

from __future__ import annotations

from creator_pulse.stream.aggregates import Dependent, Each, Fallen, Gini, Number, TopShare, Volatility
from creator_pulse.stream.aggregates.rules import FewPartners
from creator_pulse.stream.catalog.creators import alerts
from creator_pulse.stream.catalog.creators.measures import BY_TOOL, EARNED, net_by_creator, paid_of
from creator_pulse.stream.catalog.declaration.declare import Metric, Sum
from creator_pulse.stream.catalog.declaration.derived import dated
from creator_pulse.stream.catalog.declaration.labels import TOOLS
from creator_pulse.stream.catalog.declaration.lane_series import lane_counter, lane_gauge
from creator_pulse.stream.catalog.declaration.quantiles import figures, sizes
from creator_pulse.stream.catalog.declaration.shorthand import over, share, total, usd

_REVERSED = {
    "gift_reversed_usd": 1,
    "ad_reversed_usd": 1,
    "commission_refunded_usd": 1,
    "commission_cancelled_usd": 1,
    "reward_reversed_usd": 1,
}

_DATED = {dated(name): 1 for name in _REVERSED}
_EARNED = {name: sign for name, sign in EARNED.items() if sign > 0}
_AD_KEPT = {"ad_eligible_usd": 1, "creator_ad_usd": -1}

LEAST = {
    "gift": ("gift_count", 500),
    "ad": ("ad_valid_impressions", 2_000),
    "commerce": ("order_count", 1_000),
}
"""Tool -> the value that counts its records, and how many an hour must hold."""

# Tool -> the value that a take rate is a part of.
_BASE = {"gift": "gift_booked_value_usd", "ad": "ad_eligible_value_usd", "commerce": "order_value_usd"}

_NET = net_by_creator(EARNED)
_CHANGES = lane_counter("pulse_tool_changes_total")
_TOOL = ("app", "region", "tool")
_PAYOUTS = {"payouts_paid": 1, "payouts_failed": 1}
EARNING = Each(("creator_id",), net_by_creator(EARNED))

WATCHED = Each(("creator_id",), Sum({"creator_watch_ms": 1}))
"""With ``EARNING`` the panel of CR1 and CR3."""

_EARNED_TOTALS = {
    "gift": "creator_gift_usd_total",
    "ad": "creator_ad_usd_total",
    "commerce": "commission_usd_total",
    "reward": "reward_usd_total",
    "deal": "deal_earned_usd_total",
}
"""Tool -> the counter of what creators have earned with it, late records excepted."""

PANEL = 10_000
"""Creators that are compared: the largest earners of the window."""

_OLDEST_DUE = "pulse_oldest_due_payout_timestamp_seconds"
# With a bound: Gini and top share of everybody would cost by the number of creators, in each window.
_PANEL = Each(("creator_id",), net_by_creator(EARNED), largest=PANEL)

CR1 = Metric(
    id="CR1",
    title="Creators who earn below their usual",
    question="Are many creators losing income at once?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula=(
        "of the 10,000 creators with the largest net earnings of 28 business days who are watched in 24 h "
        "and have a median day above 0: share of those with 24 h net earnings below half of that median"
    ),
    source=(
        "catalogue CR1; active = watched, as of N3; decided: the 28 business days end before the 24 h begin, "
        "a day without earnings counts as 0, what came late on them does not count"
    ),
    values=(
        over(
            "creators_fallen_ratio",
            Fallen(EARNING, active=WATCHED),
            "24h",
            "panel creators below half of their own median day / those who are watched and have one above 0",
            unit="percentunit",
        ),
    ),
    guardrails=alerts.FALLEN,
    note=(
        "Who has earned on no more than 14 of the 28 days has a median day of 0 or less: no usual day to "
        "fall from, so neither above nor below the line."
    ),
)

CR2 = Metric(
    id="CR2",
    title="Earnings concentration",
    question="How unequally do creators earn?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula="share of the top 1 % (rounded up), and Gini, of net earnings over creators who earned",
    source="catalogue CR2; rule 2.0.4: 24 hours, one panel, only equal windows compare",
    values=(
        over(
            "creator_top_percent_share_ratio",
            TopShare(_PANEL, percent=1),
            "24h",
            "share of net earnings that the top 1 % of earning creators have",
            unit="percentunit",
            title="Share of the top 1 %",
        ),
        over(
            "creator_earnings_gini_ratio",
            Gini(_PANEL),
            "24h",
            "Gini coefficient of net earnings over earning creators",
            unit="percentunit",
            title="Gini coefficient",
        ),
        over("creators_earning", Number(_PANEL), "24h", "creators with net earnings above 0"),
    ),
    guardrails=alerts.CONCENTRATION,
    note="The panel is the creators with net earnings above 0 in the window, the 10,000 largest at most.",
)

CR3 = Metric(
    id="CR3",
    title="Single-payer dependence",
    question="How many creators live on one viewer?",
    tier="guardrail",
    tool="gift",
    stakeholders=("creators",),
    unit="ratio",
    formula=(
        "of the panel of CR1: share of those with over 80 % of their coins of 24 h from one viewer; who has "
        "no coins depends on nobody"
    ),
    source="catalogue CR3; decided: the panel is that of CR1, with those who are watched and get no coins",
    values=(
        over(
            "single_payer_creators_ratio",
            Dependent(EARNING, active=WATCHED, on=FewPartners("pair_coins", 1, 80)),
            "24h",
            "panel creators with over 80 % of their coins from one viewer / panel creators who are watched",
            unit="percentunit",
        ),
    ),
    guardrails=alerts.SINGLE_PAYER,
    note="No cases: who lives on one fan is no fraud. Without a business day before there is no panel.",
)

CR4 = Metric(
    id="CR4",
    title="Payout failures",
    question="Do payouts reach creators?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula="failed / (failed + paid) attempts",
    source="catalogue CR4: base 2 %",
    values=(
        total("payout_failed_count", "payouts_failed", "1h", "failed payouts", labels=_TOOL),
        total("payout_count", _PAYOUTS, "1h", "payouts that failed or arrived", labels=_TOOL),
        share(
            "payout_failure_ratio",
            ("payouts_failed", _PAYOUTS),
            "1h",
            "failed / (failed + paid)",
            labels=_TOOL,
        ),
    ),
    guardrails=alerts.PAYOUTS,
)

DELAYS = sizes(
    "payout_delay_{}_seconds",
    "payout_delay_sizes",
    ("1h",),
    "s",
    "how long after it was due a payout arrived",
    "p50 p95",
    1000,
)
"""Of CR5."""

CR5 = Metric(
    id="CR5",
    title="Payout delay",
    question="Do creators get their money when it is due?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="seconds",
    formula="p50 and p95 of paid time - due time of payouts that arrived; early ones count as 0",
    source="catalogue CR5",
    values=DELAYS,
    note="What is due and unpaid grows without any record: its age is now less the oldest due time.",
    recorded={
        "app:pulse_oldest_due_payout_seconds:max": (
            f"time() - min by (app) ({lane_gauge(_OLDEST_DUE, 'app', 'tool')} != 0)"
        ),
        "app_tool:pulse_overdue_payout_usd:sum": (
            f"sum by (app, tool) ({lane_gauge('pulse_overdue_payout_usd', 'app', 'tool')})"
        ),
    },
    guardrails=(*alerts.PAYOUT_DELAY, *alerts.OVERDUE_PAYOUTS),
)


def _gap(tool: str) -> dict[str, str]:
    """Recorded series: the contracted take rate, weighted by region, and the gap to the booked one."""
    value = f'max by (app, region) (pulse_{_BASE[tool]}{{window="1h",state="provisional"}})'
    contracted = f'max by (app, region) (pulse_contracted_take_ratio{{tool="{tool}"}})'
    name, least = LEAST[tool]
    return {
        f"app:pulse_{tool}_contracted_take_ratio:1h": (
            f"sum by (app) (\n{value}\n* {contracted}\n)\n/ (sum by (app) ({value}) > 0)"
        ),
        f"app:pulse_{tool}_take_gap:1h": (
            f"app:pulse_{tool}_take_ratio:1h - app:pulse_{tool}_contracted_take_ratio:1h\n"
            f"and app:pulse_{name}:1h >= {least}"
        ),
    }


CR6 = Metric(
    id="CR6",
    title="Take rate",
    question="Does the platform keep what the contracts say, and no more?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=(
        "gifts: 1 - booked creator share / booked net value; ads: 1 - creators' share / revenue of "
        "impressions that carry a share; commerce: referral fees / GMV; deals: 0"
    ),
    source="contract section 3 (gift take rate); catalogue CR6",
    note=(
        "Booked amounts, not our own tables, so that a wrong table shows. Contracts are `take_rate` of the "
        "reference topic; a deal has no platform share in its records, so its rate is 0 by contract only."
    ),
    recorded=_gap("gift") | _gap("ad") | _gap("commerce"),
    values=(
        usd("gift_booked_value_usd", "gift_booked_net_usd", "1h 24h 7d", "booked net value of gifts"),
        usd("gift_kept_usd", "gift_platform_usd", "1h 24h", "what the platform keeps of gifts"),
        share(
            "gift_take_ratio",
            ("gift_platform_usd", "gift_booked_net_usd"),
            "1h",
            "kept share of gift value",
            flow=True,
            title="Gifts",
        ),
        usd("ad_eligible_value_usd", "ad_eligible_usd", "1h 24h 7d", "revenue of impressions with a share"),
        usd("ad_eligible_kept_usd", _AD_KEPT, "1h 24h 7d", "what the platform keeps of it"),
        share(
            "ad_take_ratio",
            (_AD_KEPT, "ad_eligible_usd"),
            "1h 24h 7d",
            "kept share of shared ad revenue",
            flow=True,
            title="Ads",
        ),
        usd("commerce_fee_usd", "commerce_platform_usd", "1h 24h", "referral fees"),
        share(
            "commerce_take_ratio",
            ("commerce_platform_usd", "gmv_usd"),
            "1h",
            "referral fees / GMV",
            flow=True,
            title="Commerce",
        ),
    ),
    guardrails=alerts.TAKE_RATES,
)

CR7 = Metric(
    id="CR7",
    title="Reversals",
    question="How much of their earnings is taken back from creators?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula=(
        "reversed creator earnings / gross creator earnings: each by its own time in 24 h; of what was "
        "earned in 14 business days, what has been reversed of it so far"
    ),
    source="catalogue CR7",
    note=(
        "Of all tools, as in N2: gross less reversed is net; an earned deal is not taken back. The flow may "
        "pass 1, as what is reversed was mostly earned before the window. The cohort of 14 days goes on "
        "rising for 14 days after its end."
    ),
    values=(
        usd("creator_reversed_usd", _REVERSED, "24h", "creator earnings taken back"),
        usd("creator_gross_usd", _EARNED, "24h 14d", "creator earnings before reversals"),
        share(
            "creator_reversal_ratio",
            (_REVERSED, _EARNED),
            "24h",
            "reversed / gross creator earnings",
            flow=True,
            title="Of the day",
        ),
        usd("creator_cohort_reversed_usd", _DATED, "14d", "taken back so far of what was earned"),
        share(
            "creator_cohort_reversal_ratio",
            (_DATED, _EARNED),
            "14d",
            "taken back so far / gross creator earnings, of what was earned",
            flow=True,
            title="Of what was earned 14 days ago",
        ),
    ),
    guardrails=alerts.REVERSALS,
)

CR8 = Metric(
    id="CR8",
    title="Overdue deals",
    question="Do deals wait too long for review or payment?",
    tier="guardrail",
    tool="deal",
    stakeholders=("creators", "advertisers", "platform"),
    unit="deals",
    formula="deals handed in for over 14 days, or posted and unpaid for over 30 days",
    source="catalogue CR8: after 14 days a draft is deemed approved",
    recorded={
        "state:pulse_overdue_deals:sum": f"sum by (state) ({lane_gauge('pulse_overdue_deals', 'state')})"
    },
    guardrails=alerts.OVERDUE_DEALS,
)

CR9 = Metric(
    id="CR9",
    title="Suspended creators",
    question="Does a classifier take creators' income away?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula="creators suspended in an hour / creators enrolled, per tool",
    source="catalogue CR9",
    note="Who is enrolled is a total of all time, so the ratio is made by Prometheus from counters.",
    values=(total("tool_suspended_count", "tools_suspended", "1h", "creators suspended", labels=_TOOL),),
    recorded={
        "app_tool:pulse_enrolled_creators:total": (
            # Five minutes bridge a moment in which a moved partition is not exposed.
            f'sum by (app, tool) (last_over_time({_CHANGES}{{change="enrolled"}}[5m]))\n'
            f'- sum by (app, tool) (last_over_time({_CHANGES}{{change="left"}}[5m]))'
        ),
        "app_tool:pulse_suspended_creators_ratio:increase1h": (
            f'sum by (app, tool) (increase({_CHANGES}{{change="suspended"}}[1h]))\n'
            f"/ (app_tool:pulse_enrolled_creators:total >= {alerts.LEAST_ENROLLED})"
        ),
    },
    guardrails=alerts.SUSPENSIONS,
)


def _part(family: str, tool: str = "", sign: str = "") -> str:
    """An all-time counter by app and tool, subtracted by the sign ``-1 * ``; marks tell parts apart."""
    by_tool = lane_gauge(f"last_over_time(pulse_{family}[5m])", "app", "region", *(() if tool else ("tool",)))
    total = f"sum by (app{'' if tool else ', tool'}) ({by_tool})"
    named = f'label_replace({total}, "tool", "{tool}", "", "")' if tool else total
    return f'label_replace({sign}{named}, "part", "{family.partition("_total")[0]}", "", "")'


def _owed_growth() -> str:
    """By how much money owed to creators has grown: all earnings counted, less reversals and payouts."""
    earned = [_part(family, tool) for tool, family in _EARNED_TOTALS.items()]
    off = (
        "reversed_usd_total",
        "late_reversed_usd_total",
        'payout_usd_total{outcome="paid"}',
        "late_paid_usd_total",
    )
    settled = [_part(family, sign="-1 * ") for family in off]
    return (
        "sum by (app, tool) (\n  "
        + "\n  or ".join((*earned, _part("late_earned_usd_total"), *settled))
        + "\n)"
    )


CR10 = Metric(
    id="CR10",
    title="Growth of money owed",
    question="Does money that is owed to creators pile up?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators", "platform"),
    more=(("app_tool:pulse_creator_owed_growth_usd:total",),),
    titles={"app_tool:pulse_creator_owed_growth_usd:total": "Since counting began"},
    unit="USD",
    formula=("per tool: earned - reversed - paid, in 24 h, and since counting began, late records included"),
    source="catalogue CR10; decided: a stock is a sum of all time, so it is made by Prometheus from counters",
    note="Below 0, more was paid than earned: a payout settles earnings of before. What is owed is CR13.",
    recorded={
        "app_tool:pulse_creator_owed_growth_usd:total": _owed_growth(),
        "app_tool:pulse_creator_owed_growth_ratio:24h": (
            "sum by (app, tool) (max by (app, region, tool) "
            '(pulse_creator_owed_growth_usd{window="24h",state="provisional"}))\n'
            "/ (app_tool:pulse_creator_net_earnings_usd:24h > 0)"
        ),
    },
    values=tuple(
        usd(
            "creator_owed_growth_usd",
            BY_TOOL[tool] | {paid_of(tool): -1},
            "24h",
            "earned less reversed less paid: by how much the money owed has grown",
            fixed={"tool": tool},
        )
        for tool in TOOLS
    ),
    guardrails=alerts.LIABILITY,
)

CR11 = Metric(
    id="CR11",
    title="Earnings of a typical creator",
    question="What does a usual creator earn, and how far apart are the ends?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="USD",
    formula="p10, median and p90 of net earnings over creators with net earnings above 0, exactly",
    source="trade: a mean is that of the few at the top (CR2)",
    values=figures(
        "creator_earnings_{}_usd",
        EARNING,
        ("24h", "7d"),
        "currencyUSD",
        "net earnings over creators who earned",
        "p10 p50 p90",
    ),
    guardrails=alerts.USUAL_EARNINGS,
    note="The spread is from p10 to p90: eight of ten creators who earned lie between them.",
)

LEAST_WEEK_USD = 1
"""Net earnings of a week from which its change to the next week counts (CR12)."""

CR12 = Metric(
    id="CR12",
    title="Earnings volatility",
    question="Can a creator rely on next week's earnings?",
    tier="supporting",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula=(
        "of the creators with net earnings of 1 USD or more in the 7 business days before: median of |net "
        "earnings of 7 business days - those before| / those before"
    ),
    source="trade; decided: the median of absolute changes, so that few leaps do not carry it",
    values=(
        over(
            "creator_earnings_change_p50_ratio",
            Volatility(Each(("creator_id",), _NET, floor=LEAST_WEEK_USD)),
            "7d",
            "median change of a creator's net earnings from week to week, up or down",
            unit="percentunit",
        ),
    ),
    note=(
        "Who earns nothing any more has changed by 1; a change may pass 1 upwards. The running week is a "
        "part of one: what is closed compares."
    ),
)

CR13 = Metric(
    id="CR13",
    title="Money owed and its age",
    question="How long do creators wait for what they have earned?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    more=(("app_tool:pulse_creator_owed_usd:total",), ("app_tool:pulse_oldest_due_payout_seconds:max",)),
    titles={
        "app_tool:pulse_creator_owed_days:ratio": "Age",
        "app_tool:pulse_creator_owed_usd:total": "Amount",
        "app_tool:pulse_oldest_due_payout_seconds:max": "Oldest payout due",
    },
    unit="days",
    formula=(
        "per tool: money owed = what was owed when counting began + its growth since (CR10); age = that / "
        "net earnings of 24 h: so many days of earnings are owed"
    ),
    source=(
        "accounting: days of payables; a payout does not say which earnings it is for, so the age is that of "
        "the stock"
    ),
    recorded={
        "app_tool:pulse_oldest_due_payout_seconds:max": (
            f"time() - min by (app, tool) ({lane_gauge(_OLDEST_DUE, 'app', 'tool')} != 0)"
        ),
        "app_tool:pulse_creator_owed_usd:total": (
            "app_tool:pulse_creator_owed_growth_usd:total\n"
            "+ on (app, tool) max by (app, tool) (pulse_opening_owed_usd)"
        ),
        "app_tool:pulse_creator_owed_days:ratio": (
            "app_tool:pulse_creator_owed_usd:total / (app_tool:pulse_creator_net_earnings_usd:24h > 0)"
        ),
    },
    note=(
        "Only where `owed` of the reference topic says what was owed when counting began: the log does not "
        "tell. Beside it stands for how long the oldest payout that is scheduled has been due, by "
        "tool (CR5 has it by app)."
    ),
)

METRICS = (
    CR1,
    CR2,
    CR3,
    CR4,
    CR5,
    CR6,
    CR7,
    CR8,
    CR9,
    CR10,
    CR11,
    CR12,
    CR13,
)
