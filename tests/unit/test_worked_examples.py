"""A worked example of each value that is more than a sum or a sum over a sum: events and numbers by hand.

The ledger must agree with each of them, too. Sums and ratios follow from their measures, whose rules
``test_measure_rules.py`` holds to what the lanes do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from creator_pulse.stream.aggregates import Ratio, Sum
from creator_pulse.stream.catalog.registry import VALUES
from tests.support.few_events import DAY_MS, HOUR_MS, MIDNIGHT, event, last, shown, time_records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.stream.generator.model import Produced

pytestmark = pytest.mark.slow
TEN_PAST = HOUR_MS + 600_000
"""Ten past one: when events happen unless they say so."""
END = {
    "1m": TEN_PAST + 60_000,
    "5m": TEN_PAST + 300_000,
    "10m": TEN_PAST + 600_000,
    "15m": TEN_PAST + 600_000,
}
MONTH_END = 22 * DAY_MS
"""The first of November: it begins on the tenth of October."""
DOLLAR = 10**6
Said = tuple[str, dict[str, Any]]
"""Event type and fields; ``at`` is when, ms after midnight."""


class Example(NamedTuple):
    """What a window shows of some events.

    Attributes:
        value: its name.
        window: label; it ends so that the events are in it, or at ``end``.
        wanted: the number.
        why: how it comes about.
        said: the events.
        labels: of the result, besides the app.
        end: of the window, ms after midnight; 0: soon after the events.
        within: relative error, of quantiles over records.
        entries: of the reference topic.
    """

    value: str
    window: str
    wanted: float
    why: str
    said: tuple[Said, ...]
    labels: Mapping[str, str] = {}
    end: int = 0
    within: float = 1e-12
    entries: tuple[Mapping[str, object], ...] = ()


def gift(viewer: str, coins: int, creator: str = "c", **fields: Any) -> Said:
    """A gift that cannot streak."""
    return "gift_sent", {
        "viewer_id": viewer,
        "creator_id": creator,
        "unit_coins": coins,
        "repeat_count": 1,
        **fields,
    }


def streak(count: int) -> Said:
    """The end of a streak."""
    ids = {"group_id": f"g{count}", "viewer_id": "v"}
    return "gift_sent", {"gift_type": 1, "repeat_count": count, "repeat_end": True, **ids}


def over_cap(cap: int) -> tuple[Said, ...]:
    """One viewer gives what is allowed, another a coin more, in two gifts."""
    return gift("a", cap), gift("b", cap), gift("b", 1)


def watch(viewer: str, ms: int, **fields: Any) -> Said:
    """Viewing time."""
    return "heartbeat", {"viewer_id": viewer, "organic_ms": ms, "ad_ms": 0, "surface": "live", **fields}


def act(kind: str, viewer: str, creator: str = "c", **fields: Any) -> Said:
    """A like, comment, share or follow in the feed."""
    return kind, {"viewer_id": viewer, "creator_id": creator, "surface": "feed", **fields}


def ad(usd_cpm: int = 1, **fields: Any) -> Said:
    """A valid impression at so many dollars per thousand."""
    return "impression", {"billable": True, "price_micros_cpm": usd_cpm * DOLLAR, **fields}


def order(viewer: str = "v", usd: int = 1, **fields: Any) -> Said:
    """An order."""
    return "order_completed", {"viewer_id": viewer, "value_micros": usd * DOLLAR, **fields}


def deal(step: str, name: str, second: int) -> Said:
    """A step of a deal, so many seconds past ten past one."""
    return f"deal_{step}", {"deal_id": name, "at": TEN_PAST + second * 1_000}


def deals(first: str, then: str) -> tuple[Said, ...]:
    """Three deals that take 10, 20 and 30 seconds from one step to another."""
    return (*(deal(first, name, 0) for name in "abc"), *(deal(then, "abc"[n], 10 * n + 10) for n in range(3)))


def paid(late_s: int) -> Said:
    """A payout that arrived so many seconds after it was due."""
    due = MIDNIGHT + TEN_PAST - 60_000
    return "payout_paid", {"payout_id": f"p{late_s}", "due_time": due, "paid_time": due + late_s * 1_000}


def back(number: int) -> Said:
    """A refund two hours after its order."""
    when = TEN_PAST + 2 * HOUR_MS + number
    return "order_refunded", {
        "order_id": f"o{number}",
        "original_event_time": MIDNIGHT + TEN_PAST,
        "at": when,
    }


ROOMS = (
    gift("v", 300, room_id="r1", gift_id="g1"),
    gift("v", 100, room_id="r1", gift_id="g1"),
    gift("v", 600, room_id="r2", gift_id="g2"),
)
GIFTERS = (gift("a", 61), gift("b", 100), gift("c", 300), gift("d", 600), gift("-", 9_999))
LOADED = (
    watch("a", 600_000, surface="feed"),
    watch("b", 1_200_000, surface="feed"),
    watch("c", 599_999, surface="feed"),
    *(ad(viewer_id=who, surface="feed", imp_id=f"{who}{number}") for who in "abc" for number in range(10)),
)
WHY = "100, 200 and 300 on days 1, 7 and 8; something on days 0 and 6, so that days 1 and 7 are whole"
ON_DAYS = {0: 9, 1: 1, 6: 9, 7: 2, 8: 3}
"""Day -> how much; the last whole day is day 8."""
UNIT_OF = {"viewing_{}": "seconds"}


def daily(one: Callable[[int], Said]) -> tuple[Said, ...]:
    """An event each day, by how much."""
    return tuple(
        (kind, {**fields, "at": day * DAY_MS + TEN_PAST})
        for day, much in ON_DAYS.items()
        for kind, fields in (one(much),)
    )


DAILY = {
    "creator_earnings_{}": daily(lambda much: gift("v", 100 * much)),
    "gmv_{}": daily(lambda much: order(usd=much)),
    "ad_revenue_{}": daily(lambda much: ad(1_000 * much)),
    "platform_revenue_{}": daily(
        lambda much: gift("v", 1, net_usd_micros=300_000 * much, creator_usd_micros=200_000 * much)
    ),
    "viewing_{}": daily(lambda much: watch("v", 1_000 * much)),
}
PEOPLE = tuple(
    gift(f"v{number}", 1, f"c{number}", at=day * DAY_MS + TEN_PAST + number)
    for day, much in ON_DAYS.items()
    for number in range(much)
)
PAID = (
    gift("a", 100),
    order("b", 10),
    order("b", 20),
    order("c", 99, is_sample=True),
    gift("-", 1_000),
)
PAID_BEFORE = (gift("a", 1), gift("a", 1, at=DAY_MS + TEN_PAST), order("b", at=DAY_MS + TEN_PAST + 1))
PLAN = {
    "kind": "campaign",
    "id": "k",
    "valid_from": MIDNIGHT,
    "valid_until": MIDNIGHT + 2 * DAY_MS,
    "usd_micros": 20 * DOLLAR,
}
HISTORY = tuple(gift("v", 100, who, at=day * DAY_MS + TEN_PAST) for day in range(28) for who in ("c1", "c2"))
LIVED_ON = (
    gift("x", 1, "c1", at=TEN_PAST),
    gift("x", 1, "c2", at=TEN_PAST + 1),
    *(
        gift(viewer, coins, who, at=DAY_MS + TEN_PAST + n)
        for n, (who, viewer, coins) in enumerate(
            (("c1", "x", 81), ("c1", "y", 19), ("c2", "x", 80), ("c2", "y", 20))
        )
    ),
    watch("z", 1, creator_id="c1", at=DAY_MS + TEN_PAST + 9),
    watch("z", 1, creator_id="c2", at=DAY_MS + TEN_PAST + 10),
)
SOLD = (*(order(order_id=f"o{number}") for number in range(50)), *(back(number) for number in range(26)))
EARNED = (
    gift("v", 10, "c1"),
    gift("v", 30, "c2"),
    gift("v", 5, "c3"),
    ("gift_reversed", {"creator_id": "c3", "coins": 6, "original_event_time": MIDNIGHT + TEN_PAST}),
)
SPREAD = (
    gift("v", 10, "c1"),
    gift("v", 30, "c2"),
    gift("v", 100, "c3"),
    ("gift_reversed", {"creator_id": "c4", "coins": 6, "original_event_time": MIDNIGHT + TEN_PAST}),
)
BOUGHT = (order("a"), order("a"), order("b"), order("b", is_sample=True))
REACHED = (
    ad(viewer_id="a", campaign_id="k"),
    ad(viewer_id="a", campaign_id="l"),
    ad(viewer_id="b", campaign_id="k"),
    ad(viewer_id="", campaign_id="k"),
)
SPENT = (
    ad(1, advertiser_id="a"),
    ad(1, advertiser_id="b"),
    ad(3, advertiser_id="b", at=7 * DAY_MS + TEN_PAST),
    ad(1, advertiser_id="c", at=7 * DAY_MS + TEN_PAST + 1),
)
WORKED = tuple(
    ("deal_agreed", {"deal_id": f"d{n}", "advertiser_id": "a", "creator_id": who, "at": TEN_PAST + n})
    for n, who in enumerate(("c1", "c1", "c2"))
)
NEW = (
    ("tool_enrolled", {"creator_id": "c1", "tool": "gift", "first_earned_time": MIDNIGHT - DAY_MS}),
    gift("v", 10, "c1"),
    gift("v", 10, "c2"),
)
ENGAGED = (
    *(watch(who, 1_000, surface="feed") for who in "abcd"),
    act("like", "a"),
    act("like", "a"),
    act("comment", "b"),
    act("share", "x"),
    act("follow", "x"),
    act("follow", ""),
)
FUNNEL = (
    *(("video_posted", {"creator_id": who, "video_id": "x"}) for who in ("c1", "c2", "c3", "c4")),
    ("live_started", {"creator_id": "c5"}),
    *(act("like", "v", who) for who in ("c1", "c2", "c3", "c5", "c9")),
    *(ad(5, creator_id=who, revenue_share_bps=5_000, imp_id=who) for who in ("c1", "c2", "c4", "c9")),
    *(("payout_paid", {"creator_id": who, "tool": "ad", "payout_id": who}) for who in ("c1", "c3", "c9")),
    ("payout_paid", {"creator_id": "c2", "tool": "gift", "payout_id": "other"}),
)
EXAMPLES = (
    *(
        Example("funnel_creators", "24h", wanted, why, FUNNEL, {"tool": "ad", "step": step})
        for step, wanted, why in (
            ("produced", 4, "c5 opened a room, which is for gifts"),
            ("engaged", 3, "c1, c2, c3; c9 published nothing"),
            ("monetized", 2, "c1, c2; c4 earned without engagement"),
            ("paid", 1, "c1; c3 was paid, and earned nothing"),
        )
    ),
    Example("funnel_creators", "24h", 5, "either", FUNNEL, {"tool": "deal", "step": "produced"}),
    *(
        Example("funnel_creators_ratio", "24h", wanted, why, FUNNEL, {"tool": "ad", "step": step})
        for step, wanted, why in (
            ("engaged", 0.75, "3 of 4"),
            ("monetized", 2 / 3, "2 of 3"),
            ("paid", 0.5, "1 of 2"),
        )
    ),
    *(
        Example(
            f"gift_streak_length_{p}",
            "1h",
            4,
            "2, 4, 9: place 2 * permille // 1000 = 1",
            (streak(2), streak(4), streak(9)),
        )
        for p in ("p50", "p95")
    ),
    *(
        Example(f"ad_price_{p}_usd", "15m", 4, "2, 4, 8: place 1", (ad(2), ad(4), ad(8)), within=0.02)
        for p in ("p50", "p95")
    ),
    *(
        Example(
            f"order_value_{p}_usd",
            "1h",
            20,
            "10, 20, 70: place 1",
            (order(usd=10), order(usd=20), order(usd=70)),
            within=0.02,
        )
        for p in ("p50", "p95")
    ),
    *(
        Example(
            f"reward_rpm_{p}_usd",
            "24h",
            0.5,
            "0.4, 0.5, 0.9: place 1",
            tuple(("reward_accrued", {"rpm_micros": rpm}) for rpm in (400_000, 500_000, 900_000)),
            within=0.02,
        )
        for p in ("p50", "p95")
    ),
    *(
        Example(
            f"payout_delay_{p}_seconds",
            "1h",
            10,
            "-5 counts as 0; 0, 10, 60: place 1",
            (paid(-5), paid(10), paid(60)),
            within=0.02,
        )
        for p in ("p50", "p95")
    ),
    *(
        Example(f"deal_{wait}_{p}_seconds", "24h", 20, "10, 20, 30: place 1", deals(*steps), within=0.02)
        for wait, steps in (
            ("answer", ("invited", "agreed")),
            ("refusal", ("invited", "declined")),
            ("review", ("submitted", "approved")),
            ("payment", ("posted", "paid")),
        )
        for p in ("p50", "p90")
    ),
    Example(
        "gifter_p50_coins", "1h", 100, "61, 100, 300, 600: place 3 * 500 // 1000 = 1; '-' is nobody", GIFTERS
    ),
    Example("gifter_p95_coins", "1h", 300, "place 3 * 950 // 1000 = 2", GIFTERS),
    Example("gifter_p99_coins", "1h", 300, "place 3 * 990 // 1000 = 2", GIFTERS),
    Example("gifters", "1h", 4, "four viewers with an id", GIFTERS),
    Example(
        "viewers_yesterday",
        "yesterday",
        2,
        "a, on both surfaces, and c; b watched for 0 ms",
        (watch("a", 1), watch("a", 1, surface="live"), watch("b", 0), watch("c", 5)),
        end=DAY_MS,
    ),
    Example("viewers_active", "1h", 1, "a; b watched for 0 ms", (watch("a", 1), watch("b", 0))),
    Example(
        "watch_per_viewer_seconds",
        "1h",
        30,
        "(30 + 10 + 20 of nobody) / 2 viewers",
        (watch("a", 30_000), watch("b", 10_000), watch("", 20_000)),
    ),
    Example("viewers_engaged", "1h", 3, "a, b and x; one act or more", ENGAGED),
    Example("viewers_engaged_ratio", "1h", 0.5, "a and b of a, b, c and d; x did not watch", ENGAGED),
    Example("follows_per_1000_viewers", "1h", 500, "1,000 * 2 follows, nobody's too / 4 viewers", ENGAGED),
    Example(
        "live_viewers", "1h", 1, "10 s are enough, 9.999 are not", (watch("a", 10_000), watch("b", 9_999))
    ),
    Example(
        "minor_claims_per_1000_gifters",
        "24h",
        250,
        "1,000 * 1 claim / 4 gifters",
        (*GIFTERS, ("gift_reversed", {"reason": "minor_claim", "original_event_time": MIDNIGHT})),
    ),
    *(
        Example(
            f"viewer_ad_load_{p}_per_hour",
            "15m",
            30,
            "10 ads in 1/6 h and in 1/3 h: 60, 30; c watched too little; place 0",
            LOADED,
            {"surface": "feed"},
        )
        for p in ("p50", "p95")
    ),
    Example(
        "ad_frequency_over_ratio",
        "24h",
        0.5,
        "of two pairs one has over 8",
        (*(ad(viewer_id="a", campaign_id="k") for _ in range(9)), ad(viewer_id="b", campaign_id="k")),
    ),
    Example("gift_top_room_coins", "5m", 400, "r2 has 600, r1 300 + 100", ROOMS, {"rank": "2"}),
    Example("gift_top_room_share_ratio", "5m", 0.4, "400 of 1,000", ROOMS, {"rank": "2"}),
    Example("gift_top_gift_coins", "5m", 600, "g2", ROOMS, {"rank": "1"}),
    Example("gift_top_gift_share_ratio", "5m", 0, "nothing is left over", ROOMS, {"rank": "other"}),
    Example(
        "advertisers_active", "24h", 1, "b paid nothing", (ad(1, advertiser_id="a"), ad(0, advertiser_id="b"))
    ),
    Example(
        "advertiser_top10_share_ratio",
        "24h",
        20 / 21,
        "10 * 2 of 10 * 2 + 1",
        (*(ad(2, advertiser_id=f"a{n}") for n in range(10)), ad(1, advertiser_id="b")),
    ),
    *(
        Example(
            f"campaign_pace_{p}_ratio",
            "24h",
            0.5,
            "5 USD of 20 * 24 h / 48 h",
            (ad(5_000, campaign_id="k"), ad(9, campaign_id="no plan")),
            entries=(PLAN,),
        )
        for p in ("p5", "p95")
    ),
    Example("creators_earning", "24h", 2, "c3 gave back more than it earned", EARNED),
    Example("creator_top_percent_share_ratio", "24h", 0.75, "1 % of 2, rounded up, is 1: 30 of 40", EARNED),
    Example("creator_earnings_gini_ratio", "24h", 0.25, "2 * (1 * 10 + 2 * 30) / (2 * 40) - 3 / 2", EARNED),
    Example(
        "creators_watched", "24h", 1, "c1", (watch("v", 1, creator_id="c1"), watch("v", 0, creator_id="c2"))
    ),
    *(
        Example(f"creator_earnings_{p}_usd", window, wanted, why, SPREAD, end=end)
        for window, end in (("24h", 0), ("7d", DAY_MS))
        for p, wanted, why in (
            ("p10", 0.05, "0.05, 0.15, 0.5; c4 is below 0: place 2 * 100 // 1000 = 0"),
            ("p50", 0.15, "place 1"),
            ("p90", 0.15, "place 2 * 900 // 1000 = 1"),
        )
    ),
    Example(
        "creator_tools_mean",
        "24h",
        4 / 3,
        "c1 with gifts and sales, c2 and c3 with gifts; c4's net is not above 0",
        (*SPREAD, order(creator_id="c1", usd=1, commission_bps=100)),
    ),
    Example(
        "creator_earnings_change_p50_ratio",
        "7d",
        0.25,
        "from 2, 4 and 1 to 3, 3 and 1: 0.5, 0.25, 0; c4 had less than 1, c5 nothing; place 1",
        (
            *(gift("v", 200 * usd, who, at=TEN_PAST + usd) for who, usd in (("c1", 2), ("c2", 4), ("c3", 1))),
            gift("v", 199, "c4", at=TEN_PAST + 9),
            *(
                gift("v", 200 * usd, who, at=7 * DAY_MS + TEN_PAST + n)
                for n, (who, usd) in enumerate((("c1", 3), ("c2", 3), ("c3", 1), ("c4", 9), ("c5", 9)))
            ),
        ),
        end=14 * DAY_MS,
    ),
    Example("buyers", "7d", 2, "a and b; a sample is no order", BOUGHT, end=DAY_MS),
    Example("buyers_again_ratio", "7d", 0.5, "a ordered twice, b once", BOUGHT, end=DAY_MS),
    Example(
        "sellers_active",
        "24h",
        1,
        "c1 sold; c2 gave a sample away",
        (order(creator_id="c1"), order(creator_id="c2", is_sample=True)),
    ),
    Example("ad_reached_viewers", "24h", 2, "a and b; nobody is no viewer", REACHED),
    Example("ad_frequency_mean", "24h", 2, "4 impressions, one of them of nobody, by 2 viewers", REACHED),
    Example(
        "advertisers_kept_ratio",
        "day",
        0.5,
        "of a and b a week ago b spends again",
        SPENT,
        end=8 * DAY_MS,
    ),
    Example(
        "advertiser_repeat_spend_ratio",
        "day",
        0.75,
        "b spends 3, c, who was not there a week ago, 1",
        SPENT,
        end=8 * DAY_MS,
    ),
    Example("deal_pairs", "28d", 2, "a with c1, a with c2", WORKED, end=DAY_MS),
    Example("deal_repeat_pairs_ratio", "28d", 0.5, "a with c1 twice", WORKED, end=DAY_MS),
    Example("creators_earning_from_tool", "24h", 2, "c1 and c2; c3 is below 0", EARNED, {"tool": "gift"}),
    Example("creators_new", "24h", 1, "c2: c1 had earned before it enrolled", NEW),
    Example("creators_new_ratio", "24h", 0.5, "c2 of c1 and c2", NEW),
    Example(
        "creator_first_usd_days",
        "28d",
        3,
        "0.50 on day 1 and 0.50 on day 3 after the enrolment on day 0",
        (
            ("tool_enrolled", {"tool": "gift"}),
            gift("v", 100, "x", at=DAY_MS + TEN_PAST),
            gift("v", 100, "x", at=3 * DAY_MS + TEN_PAST),
        ),
        end=4 * DAY_MS,
    ),
    Example(
        "creators_kept_ratio",
        "day",
        0.5,
        "of c1 and c2 a week ago c1 is there again",
        (gift("v", 1, "c1"), gift("v", 1, "c2"), gift("v", 1, "c1", at=7 * DAY_MS + TEN_PAST)),
        end=8 * DAY_MS,
    ),
    Example(
        "viewers_paying",
        "day",
        2,
        "a gift, an order; a sample is none",
        (gift("a", 1), order("b"), order("c", is_sample=True)),
        end=DAY_MS,
    ),
    Example(
        "viewers_kept_ratio",
        "day",
        0.5,
        "of a and b a week ago b is there again, though with a gift",
        (gift("a", 1), order("b"), gift("b", 1, at=7 * DAY_MS + TEN_PAST)),
        end=8 * DAY_MS,
    ),
    Example(
        "creators_fallen_ratio",
        "24h",
        0.5,
        "median days of 100 coins: 49 is below half, 50 is not",
        (
            *HISTORY,
            *(
                gift("v", coins, who, at=28 * DAY_MS + TEN_PAST + coins)
                for who, coins in (("c1", 49), ("c2", 50))
            ),
            *(
                watch("v", 1, creator_id=who, at=28 * DAY_MS + TEN_PAST + 99 + n)
                for n, who in enumerate(("c1", "c2"))
            ),
        ),
        end=29 * DAY_MS,
    ),
    Example(
        "single_payer_creators_ratio",
        "24h",
        0.5,
        "81 of 100 coins from one viewer are over 80 %, 80 are not",
        LIVED_ON,
        end=2 * DAY_MS,
    ),
    Example(
        "gift_reciprocal_ratio",
        "7d",
        0.3,
        "the smaller of 30 and 50, of 100 coins",
        (gift("a", 30, "b"), gift("b", 50, "a"), gift("x", 20, "y")),
        end=DAY_MS,
    ),
    Example("gift_coins_velocity_viewers", "10m", 1, "over 50,000", (gift("a", 50_000), gift("b", 50_001))),
    Example(
        "gift_sends_velocity_viewers",
        "1m",
        1,
        "61 are over 60",
        (*(gift("a", 1) for _ in range(61)), *(gift("b", 1) for _ in range(58))),
    ),
    Example("payers", "24h", 2, "a and b; c's order is a sample, - is nobody", PAID),
    *(
        Example(f"payer_{p}_usd", "24h", usd, "1.43 and 30; place (2 - 1) * p // 100", PAID)
        for p, usd in (("p50", 1.43), ("p95", 1.43), ("p99", 1.43))
    ),
    Example("spend_per_payer_usd", "24h", 22.865, "(1.43 + 30 + 14.30 of nobody) / 2", PAID),
    Example("payers_new", "24h", 1, "b: a had given the day before", PAID_BEFORE, end=2 * DAY_MS),
    Example("payers_new_ratio", "24h", 0.5, "b of a and b", PAID_BEFORE, end=2 * DAY_MS),
    Example("spend_top_percent_share_ratio", "24h", 30 / 31.43, "1 % of 2, rounded up, is b", PAID),
    *(
        Example(value.format(what), "yesterday", wanted, WHY, DAILY[value], {"region": "US"}, end=9 * DAY_MS)
        for value, before, on in (
            ("creator_earnings_{}", {"day": 1.0, "week": 0.5}, {"day": 1.5, "week": 3}),
            ("gmv_{}", {"day": 2, "week": 1}, {"day": 1.5, "week": 3}),
            ("ad_revenue_{}", {"day": 2, "week": 1}, {"day": 1.5, "week": 3}),
            ("platform_revenue_{}", {"day": 0.2, "week": 0.1}, {"day": 1.5, "week": 3}),
            ("viewing_{}", {"day": 2, "week": 1}, {"day": 1.5, "week": 3}),
        )
        for what, wanted in (
            *((f"{back}_before_{UNIT_OF.get(value, 'usd')}", usd) for back, usd in before.items()),
            *((f"{back}_on_{back}_ratio", ratio) for back, ratio in on.items()),
        )
    ),
    *(
        Example(value, "yesterday", wanted, "1 a week before, 2 the day before, 3", PEOPLE, end=9 * DAY_MS)
        for who in ("creators_earning", "viewers_paying")
        for value, wanted in (
            (f"{who}_yesterday", 3),
            (f"{who}_day_on_day_ratio", 1.5),
            (f"{who}_week_on_week_ratio", 3),
        )
    ),
    *(
        Example(value, window, 1, "b gave one coin more than the cap, a as many", over_cap(cap), end=end)
        for value, window, cap, end in (
            ("viewers_over_day_cap", "day", 100_000, DAY_MS),
            ("viewers_over_month_cap", "mtd", 1_000_000, MONTH_END),
        )
    ),
    Example(
        "suspected_minor_viewers",
        "24h",
        1,
        "1,001 coins with a score of 0.8",
        (
            gift("a", 1_001, minor_score_bps=8_000),
            gift("b", 1_001, minor_score_bps=7_999),
            gift("c", 1_000, minor_score_bps=9_999),
        ),
    ),
    Example(
        "new_account_whales",
        "24h",
        1,
        "over 10,000 from an account of 6 days",
        (gift("a", 10_001, account_age_days=6), gift("b", 10_001, account_age_days=7)),
    ),
    Example(
        "gift_ring_creators",
        "24h",
        1,
        "three senders of 29 days gave all of 100,200; those of the other are 30 days old",
        tuple(
            gift(f"{who}{n}", 33_400, who, account_age_days=age)
            for who, age in (("c1", 29), ("c2", 30))
            for n in range(3)
        ),
    ),
    Example(
        "gift_ring_devices",
        "24h",
        1,
        "five senders on one device",
        tuple(gift(f"v{n}", 1, device_hash="d" if n < 5 else "e") for n in range(9)),
    ),
    Example(
        "gift_ring_payments",
        "24h",
        1,
        "five senders on one card",
        tuple(gift(f"v{n}", 1, payment_hash="p" if n < 5 else "q") for n in range(9)),
    ),
    Example("hype_refund_creators", "24h", 1, "26 of 50 orders came back after 2 h", SOLD),
    Example("hype_refund_cohort_creators", "14d", 1, "the same, on the day of the orders", SOLD, end=DAY_MS),
    Example(
        "structuring_pairs",
        "1h",
        1,
        "21 gifts of 5 coins, with 4 viewers and no message",
        (
            *(gift("v", 5, room_id="r") for _ in range(21)),
            ("room_stat", {"room_id": "r", "concurrent": 4, "chat_messages": 0}),
        ),
    ),
    Example(
        "gift_audience_outlier_rooms",
        "10m",
        1,
        "2,001 coins by 2 viewers are over 1,000, 2,000 are not",
        (
            *(("room_stat", {"room_id": room, "concurrent": 2}) for room in ("r1", "r2")),
            gift("v", 2_001, room_id="r1"),
            gift("v", 2_000, room_id="r2"),
        ),
    ),
)
ELSEWHERE = {
    "gifter_conversion_ratio": "who_gives",
    "live_buyers_ratio": "who_buys_live",
    "creators_earning_ratio": "who_earns",
    "tool_activation_ratio": "activation",
    "tool_adoption_ratio": "adoption",
}
"""Values that have theirs in ``test_rules_of_values.py``."""


def records(example: Example) -> list[Produced]:
    """The events half a second after one another, unless they say when, and what closes the window."""
    made = [
        event(
            kind,
            fields.get("at", TEN_PAST + 500 * place),
            **{"event_id": f"e{place}", **{name: cell for name, cell in fields.items() if name != "at"}},
        )
        for place, (kind, fields) in enumerate(example.said)
    ]
    return [*sorted(made, key=lambda one: one.timestamp_ms), *time_records(end_of(example) + 2 * HOUR_MS)]


def end_of(example: Example) -> int:
    """When the window ends, ms after midnight."""
    return example.end or END.get(
        example.window, DAY_MS if example.window not in END | {"1h": 0} else 2 * HOUR_MS
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.value}-{example.window}")
def test_an_example_is_what_the_window_shows(example: Example) -> None:
    """The number by hand, by the lanes and by the ledger."""
    windows = shown([example.value], records(example), example.entries, most=50)
    window = last(windows, example.value, example.window, end_of(example), **example.labels)
    assert window == pytest.approx(example.wanted, rel=example.within, abs=1e-12), example.why


def test_each_value_has_an_example() -> None:
    """All that are no sums or ratios."""
    names = {value.name for value in VALUES if not isinstance(value.formula, Sum | Ratio)}
    assert names == {example.value for example in EXAMPLES} | ELSEWHERE.keys()
