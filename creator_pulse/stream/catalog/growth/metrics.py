"""Who joins, who stays, and from which tools creators earn: GR1 to GR11."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates import (
    Breadth,
    DaysTo,
    Each,
    Earlier,
    Growth,
    Number,
    Reach,
    Retention,
)
from creator_pulse.stream.catalog.creators.measures import (
    BY_TOOL,
    EARNED,
    KEPT,
    net_by_creator,
    paid_of,
    payouts_of,
)
from creator_pulse.stream.catalog.creators.metrics import EARNING
from creator_pulse.stream.catalog.declaration.declare import Metric, Ratio, Sum, Value
from creator_pulse.stream.catalog.declaration.derived import small
from creator_pulse.stream.catalog.declaration.labels import TOOLS
from creator_pulse.stream.catalog.declaration.shorthand import over, share, total, usd
from creator_pulse.stream.catalog.engagement.measures import BY_CREATOR
from creator_pulse.stream.catalog.growth import alerts
from creator_pulse.stream.catalog.growth.measures import GAINED, eligible_for, enrolled_for, paid_to_creator
from creator_pulse.stream.catalog.viewers.metrics import VIEWERS

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_USD = 1
"""Earnings, added up, from which the first dollar is there (GR7)."""

_NET = net_by_creator(EARNED)
# Whose first earning lies in the window: the measure is 1 in that hour only.
_NEW = Each(("creator_id",), _NET, least={"creator_first_earned": 1})
# Before reversals: a first dollar that is taken back later was one.
_GAINED = Each(("creator_id",), Sum(dict.fromkeys(GAINED, 1)), floor=FIRST_USD)
# The same measures with the same signs as all earnings: numerator and denominator cannot differ in kind.
_SMALL = {small(name): sign for name, sign in EARNED.items()}
_TOOL = ("app", "region", "tool")

# Tool -> the measures of what is produced (commerce: looked at), and of what earns.
_FUNNEL = {
    "gift": ("lives_started", "gifts"),
    "ad": ("videos_posted", "ad_impressions"),
    "reward": ("videos_posted", "reward_qualified_views"),
    "deal": ("deals_invited", "deals_agreed"),
    "commerce": ("product_clicks", "orders"),
}

_VIDEOS, _LIVES = "creator_videos_posted", "creator_lives_started"
# Tool -> what a creator publishes to earn with it.
_PRODUCED = {
    "gift": (_LIVES,),
    "ad": (_VIDEOS,),
    "reward": (_VIDEOS,),
    "deal": (_VIDEOS, _LIVES),
    "commerce": (_VIDEOS, _LIVES),
}
_ENGAGED = Sum(dict.fromkeys(BY_CREATOR, 1))


def _creators(tool: str) -> dict[str, Each]:
    """Step -> the creators who came so far; each step is of those of the step before."""
    produced = Sum(dict.fromkeys(_PRODUCED[tool], 1))
    earned, paid = net_by_creator(BY_TOOL[tool]), Sum({paid_to_creator(tool): 1})
    creator = ("creator_id",)
    return {
        "produced": Each(creator, produced),
        "engaged": Each(creator, _ENGAGED, also=(produced,)),
        "monetized": Each(creator, earned, also=(produced, _ENGAGED)),
        "paid": Each(creator, earned, also=(produced, _ENGAGED, paid)),
    }


_CREATORS = {tool: _creators(tool) for tool in _FUNNEL}
# Tool -> step -> measures: what is spent, creators' part, what reached them, the platform's part. Before
# anything is taken back, so that parts are parts of one whole.
_MONEY = {
    "gift": ("gift_usd", "creator_gift_usd", "gift_platform_usd"),
    "ad": ("ad_revenue_usd", "creator_ad_usd", "ad_platform_usd"),
    "commerce": ("gmv_usd", "commission_usd", "commerce_platform_usd"),
    "reward": ("reward_usd", "reward_usd", ""),
    "deal": ("deal_approved_usd", "deal_approved_usd", ""),
}


def _funnel_usd(tool: str) -> dict[str, str]:
    """Step -> measure of a tool's money; of rewards and deals the platform keeps nothing."""
    gross, earned, platform = _MONEY[tool]
    steps = {"gross": gross, "earned": earned, "paid": paid_of(tool), "platform": platform}
    return {step: measure for step, measure in steps.items() if measure}


_PAYING = Each(("viewer_id",), Sum({"gifter_coins": 1, "payer_orders": 1}))
_EXACT = "; exact ids, not the intersection of sketches; what came late a week ago does not count"

GR1 = Metric(
    id="GR1",
    title="New earning creators",
    question="Do creators still begin to earn?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=(
        "creators with net earnings above 0 in 24 h whose first earning ever lies in them / "
        "creators with net earnings above 0 in 24 h"
    ),
    source="catalogue GR1; exact ids, as the error of a sketch exceeds the new ones of a day",
    values=(
        over("creators_new", Number(_NEW), "24h", "creators who earned for the first time"),
        over(
            "creators_new_ratio",
            Reach(_NEW, among=EARNING),
            "24h",
            "creators who earned for the first time / creators who earned",
            unit="percentunit",
        ),
    ),
    guardrails=alerts.NEWCOMERS,
    note=(
        "Ever is since the log began, but for creators whose enrolment says that they had earned before: "
        "first_earned_time before the enrolment, known from the enrolment on. While enrolments do not carry "
        "it (PL14), everybody who had earned before the log began is new once: blind, not growing."
    ),
)

_BY_TOOL = {tool: Each(("creator_id",), net_by_creator(terms)) for tool, terms in BY_TOOL.items()}

GR2 = Metric(
    id="GR2",
    title="Tool adoption",
    question="How many creators earn from each tool, and from how many tools at once?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    more=(("creator_tools_mean",),),
    unit="creators",
    formula=(
        "per tool: creators with net earnings above 0 in 24 h, in 7 business days; tools per creator: over "
        "the creators with net earnings above 0 the mean number of tools with net earnings above 0"
    ),
    source="catalogue GR2; exact, not a sketch",
    values=(
        *(
            over(
                "creators_earning_from_tool",
                Number(each),
                "24h 7d",
                "creators with net earnings above 0 by tool",
                fixed={"tool": tool},
            )
            for tool, each in _BY_TOOL.items()
        ),
        over(
            "creator_tools_mean",
            Breadth(EARNING, ways=tuple(_BY_TOOL.values())),
            "24h 7d",
            "tools that a creator with net earnings above 0 earns with, on average",
            title="Tools per creator",
        ),
    ),
    guardrails=alerts.ADOPTION,
    note="A creator of several tools counts in each.",
)

GR3 = Metric(
    id="GR3",
    title="Retention of earning creators",
    question="Do creators who earned a week ago still earn?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=(
        "creators with net earnings above 0 on a business day and on the same day a week ago / "
        "creators with net earnings above 0 on that day"
    ),
    source="catalogue GR3" + _EXACT,
    values=(
        over(
            "creators_kept_ratio",
            Retention(EARNING),
            "day",
            "creators who earn again / creators who earned a week ago",
            unit="percentunit",
        ),
    ),
    guardrails=alerts.CREATORS_KEPT,
    note="The running day is a part of one, and so is its usual value for the hour of the week.",
)

GR4 = Metric(
    id="GR4",
    title="Retention of paying viewers",
    question="Do viewers who paid a week ago still pay?",
    tier="supporting",
    tool="all",
    stakeholders=("viewers", "platform"),
    unit="ratio",
    formula=(
        "viewers who gave coins or ordered on a business day and on the same day a week ago / "
        "viewers who did on that day"
    ),
    source="catalogue GR4; paying: coins given, or an order that is no sample" + _EXACT,
    values=(
        over("viewers_paying", Number(_PAYING), "day", "viewers who gave or ordered"),
        over(
            "viewers_kept_ratio",
            Retention(_PAYING),
            "day",
            "viewers who pay again / viewers who paid a week ago",
            unit="percentunit",
        ),
    ),
    guardrails=alerts.VIEWERS_KEPT,
)

GR5 = Metric(
    id="GR5",
    title="Creator funnel",
    question="Where does the way from content to payment narrow, for creators and for money, tool by tool?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    form="funnel",
    unit="creators",
    formula=(
        "per tool, of creators: produced (a room for gifts, a video for ads and rewards, either for deals "
        "and commerce), of these engaged (a like, comment, share or follow), of these monetized (net "
        "earnings above 0 from the tool), of these paid (a payout for it), and each by the step before; of "
        "money: gross, creators' part, paid, platform's part, and the two parts by gross; of records: "
        "produced (rooms, videos, invitations, product clicks), monetized (gifts, impressions, qualified "
        "views, agreements, orders), paid (payouts)"
    ),
    source="catalogue GR5; decided: a closed funnel, whose steps are of the same creators",
    note=(
        "Who published nothing in the window is in no step, though older work may earn: 7d holds more of "
        "them. Money is before anything is taken back; what is paid was mostly earned before, so it has no "
        "share. A reward is the platform's cost, and of deals it keeps nothing. Of gifts the rest goes to "
        "stores and taxes, of orders to sellers."
    ),
    values=(
        *(
            over(
                "funnel_creators",
                Number(each),
                "24h 7d",
                "creators who came to a step of the funnel",
                fixed={"tool": tool, "step": step},
            )
            for tool, steps in _CREATORS.items()
            for step, each in steps.items()
        ),
        *(
            over(
                "funnel_creators_ratio",
                Reach(steps[after], among=steps[before]),
                "24h 7d",
                "creators who came to a step / creators who came to the one before",
                unit="percentunit",
                fixed={"tool": tool, "step": after},
            )
            for tool, steps in _CREATORS.items()
            for before, after in pairwise(steps)
        ),
        *(
            usd(
                "funnel_usd",
                measure,
                "24h 7d",
                "money of a step, before anything is taken back",
                fixed={"tool": tool, "step": step},
            )
            for tool in _MONEY
            for step, measure in _funnel_usd(tool).items()
        ),
        *(
            Value(
                "funnel_usd_ratio",
                Ratio(Sum({measure: 1}), Sum({_MONEY[tool][0]: 1}), bounded=True),
                "percentunit",
                ("24h", "7d"),
                "creators' or platform's part / gross",
                fixed={"tool": tool, "step": step},
            )
            for tool in _MONEY
            for step, measure in _funnel_usd(tool).items()
            if step in {"earned", "platform"}
        ),
        *(
            total("funnel_count", name, "24h", "records of a step", fixed={"tool": tool, "step": step})
            for tool, names in _FUNNEL.items()
            for step, name in zip(("produced", "monetized", "paid"), (*names, payouts_of(tool)), strict=True)
        ),
    ),
    guardrails=alerts.FUNNEL,
)

GR6 = Metric(
    id="GR6",
    title="Earnings share of small creators",
    question="Do creators below 50,000 followers take part?",
    tier="supporting",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula="net earnings of creators below 50,000 followers / net creator earnings",
    source="catalogue GR6",
    note="A record without creator_tier counts as none of a small creator.",
    values=(
        usd("small_creator_earnings_usd", _SMALL, "24h", "net earnings of creators below 50,000 followers"),
        share("small_creator_ratio", (_SMALL, EARNED), "24h", "their share of net creator earnings"),
    ),
    guardrails=alerts.SMALL,
)

GR7 = Metric(
    id="GR7",
    title="Time to first dollar",
    question="How long does a new creator wait for the first dollar?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="days",
    formula=(
        "of the creators whose first enrolment for any tool lies in 28 business days: median of the days "
        "until what they earned since that day adds up to 1 USD, over those who got there; exact"
    ),
    source=(
        "catalogue GR7; decided: a cohort by enrolment, in whole business days (0: the same day), "
        "earnings before anything is taken back, who has not got there yet is in no median"
    ),
    values=(
        over(
            "creator_first_usd_days",
            DaysTo(_GAINED, begin="creator_first_enrolled"),
            "28d",
            "median of the days from a creator's first enrolment to the first dollar",
            unit="d",
        ),
    ),
)


def _came_to(change: str, tool: str, *least: str) -> Each:
    """The creators whom a change of a tool concerns, of those with some other sum."""
    return Each(("creator_id",), Sum({f"creator_{change}_{tool}": 1}), dict.fromkeys(least, 1))


GR8 = Metric(
    id="GR8",
    title="Enrolment and earning",
    question="Do creators use the tools that they may use?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=(
        "per tool, in 7 business days: adoption = creators who became eligible and enrolled / creators who "
        "became eligible; activation = creators who enrolled and have net earnings above 0 from the tool / "
        "creators who enrolled"
    ),
    source="catalogue GR8",
    note="Both are shares of the same creators: who became eligible, or enrolled, before it is in neither.",
    values=(
        total(
            "tool_eligible_count", "tools_eligible", "24h 7d", "creators who became eligible", labels=_TOOL
        ),
        total("tool_enrolled_count", "tools_enrolled", "24h 7d", "creators who enrolled", labels=_TOOL),
        *(
            over(
                "tool_adoption_ratio",
                Reach(_came_to("enrolled", tool, eligible_for(tool)), among=_came_to("eligible", tool)),
                "7d",
                "creators who became eligible and enrolled / creators who became eligible",
                unit="percentunit",
                fixed={"tool": tool},
                title="Enrolled of eligible",
            )
            for tool in TOOLS
        ),
        *(
            over(
                "tool_activation_ratio",
                Reach(
                    Each(("creator_id",), net_by_creator(BY_TOOL[tool]), {enrolled_for(tool): 1}),
                    among=_came_to("enrolled", tool),
                ),
                "7d",
                "creators who enrolled and earn / creators who enrolled",
                unit="percentunit",
                fixed={"tool": tool},
                title="Earning of enrolled",
            )
            for tool in TOOLS
        ),
    ),
)

_BACK = {"day": 1, "week": 7}
"""Period of a comparison -> its length in days."""
_GROWING = {
    "creator_earnings": (EARNED, "usd", "net creator earnings"),
    "gmv": ({"gmv_usd": 1}, "usd", "value of orders"),
    "ad_revenue": ({"ad_revenue_usd": 1}, "usd", "ad revenue"),
    "platform_revenue": (KEPT, "usd", "what the platform keeps"),
}
"""Name -> measures with their signs, unit, and description."""


def _compared(name: str, terms: Mapping[str, int], unit: str, text: str) -> tuple[Value, ...]:
    """The sum of the last whole day, those that it is compared with, and how it compares.

    Args:
        name: how the names of the values begin.
        terms: measures with their signs.
        unit: how the names of the sums end, ``usd`` or ``seconds``.
        text: the sum in words.
    """
    panel_unit, of, window = {"usd": "currencyUSD", "seconds": "s"}[unit], Sum(terms), ("yesterday",)
    return (
        Value(f"{name}_yesterday_{unit}", of, panel_unit, window, f"{text}, of the last whole day"),
        *(
            Value(
                f"{name}_{what}_before_{unit}",
                Earlier(of, days),
                panel_unit,
                window,
                f"{text}, of the day a {what} before the last whole one",
            )
            for what, days in _BACK.items()
        ),
        *(
            Value(
                f"{name}_{what}_on_{what}_ratio",
                Growth(of, days),
                "percentunit",
                window,
                f"{text}: the last whole day / the day a {what} before it",
            )
            for what, days in _BACK.items()
        ),
    )


def _counted(name: str, each: Each, text: str) -> tuple[Value, ...]:
    """The same of a number of identities, which are of all regions of an app.

    Args:
        name: how the names of the values begin.
        each: who counts.
        text: who they are, in words.
    """
    of = Number(each)
    return (
        over(f"{name}_yesterday", of, "yesterday", f"{text}, of the last whole day"),
        *(
            over(
                f"{name}_{what}_on_{what}_ratio",
                Growth(of, days),
                "yesterday",
                f"{text}: the last whole day / the day a {what} before it",
                unit="percentunit",
            )
            for what, days in _BACK.items()
        ),
    )


_WHOLE_DAYS = (
    "Whole business days only, so that it stands from one midnight of the app to the next. Not yet, before "
    "there is the earlier day and a record on the day before that: a part of a day is none to compare with. "
    "Of the earlier day counts what came in time."
)

GR9 = Metric(
    id="GR9",
    title="Revenue growth",
    question="Do earnings, sales, ad revenue and the platform's revenue grow?",
    tier="core",
    tool="all",
    stakeholders=("platform", "creators"),
    unit="ratio",
    formula=(
        "of the last whole business day / of the day before it, and / of the same day a week before: net "
        "creator earnings (N2), GMV (EC1), ad revenue (AD1), platform revenue (N4); 1.1 is a tenth more"
    ),
    source="decided: day on day and week on week as ratios of whole days, exact, in the engine",
    note=f"{_WHOLE_DAYS} Where there was nothing or less, there is no ratio.",
    values=tuple(
        value
        for name, (terms, unit, text) in _GROWING.items()
        for value in _compared(name, terms, unit, text)
    ),
    guardrails=alerts.SHRINKING,
)

GR10 = Metric(
    id="GR10",
    title="Creator and payer growth",
    question="Do more creators earn, and do more viewers pay?",
    tier="core",
    tool="all",
    stakeholders=("platform", "creators", "viewers"),
    unit="ratio",
    formula=(
        "of the last whole business day / of the day before it, and / of the same day a week before: "
        "creators with net earnings above 0, viewers who gave coins or ordered"
    ),
    source="decided: as GR9; exact ids",
    note=_WHOLE_DAYS,
    values=(
        *_counted("creators_earning", EARNING, "creators who earned"),
        *_counted("viewers_paying", _PAYING, "viewers who gave or ordered"),
    ),
    guardrails=alerts.FEWER,
)

_SHOWN = 'value="viewers_yesterday",window="yesterday",state="provisional"'
_VIEWERS_DAY = 'pulse_viewers_yesterday{window="yesterday",state="provisional"}'
_SETTLED_SECONDS = 900
"""After the end of a day until it is certainly shown, and not the day before it."""


def _more_viewers(days: int) -> str:
    """PromQL: viewers of the last whole day by those of a day before it, as both were shown."""
    since = f"time() - max by (app) (pulse_value_window_end_timestamp_seconds{{{_SHOWN}}})"
    before = f"max by (app) (last_over_time({_VIEWERS_DAY}[2h] offset {days}d))"
    settled = f"({since}) > {_SETTLED_SECONDS} < 86400"
    return f"max by (app) ({_VIEWERS_DAY}) / ({before} > 0)\nand on (app) {settled}"


GR11 = Metric(
    id="GR11",
    title="Viewing growth",
    question="Do more viewers come, and do they watch more?",
    tier="core",
    tool="all",
    stakeholders=("platform", "viewers"),
    more=(("viewers_yesterday",), ("app:pulse_viewers_week_on_week:ratio",)),
    unit="ratio",
    formula=(
        "of the last whole business day / of the day before it, and / of the same day a week before: viewing "
        "time, and viewers with any"
    ),
    source="decided: time as GR9; viewers are exact ids",
    note=(
        f"{_WHOLE_DAYS} That of viewers is made by Prometheus from what was shown of both days, from "
        f"{_SETTLED_SECONDS // 60} minutes after midnight on: workers keep the viewers of five days, as the "
        "last whole one may still be restated, and would have to keep those of twelve. At 1,000 records a "
        "second a day has 147,000 viewers, in 246,000 rows by surface: 1.2 million rows instead of 3.0, of "
        "the 20 million that a merge lane may keep. A sketch that is right within 1 % would say nothing of "
        "an audience that grows by less than that in a week. How many watch now is VX8."
    ),
    values=(
        *_compared("viewing", {"watch_ms": 1}, "seconds", "viewing time"),
        over(
            "viewers_yesterday",
            Number(VIEWERS),
            "yesterday",
            "viewers with viewing time, of the last whole day",
        ),
    ),
    recorded={
        "app:pulse_viewers_day_on_day:ratio": _more_viewers(1),
        "app:pulse_viewers_week_on_week:ratio": _more_viewers(7),
    },
    guardrails=alerts.AWAY,
)

METRICS = (
    GR1,
    GR2,
    GR3,
    GR4,
    GR5,
    GR6,
    GR7,
    GR8,
    GR9,
    GR10,
    GR11,
)
