"""Published facts of the trade, and what the generator's default world shows of each.

``python -m tests.support.world_facts`` writes the table of docs/world.md anew, which takes about a minute.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.generator import CREATORS, audience
from creator_pulse.stream.generator.population import Population
from creator_pulse.stream.generator.rhythm import week_factor
from creator_pulse.stream.generator.world import PLATFORM
from tests.support.world_day import (
    COIN_USD,
    CREATOR_COIN_USD,
    HOUR_MS,
    SEED,
    START,
    WorldDay,
    share,
    top_share,
    world_day,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[2] / "docs/world.md"
MARKS = "<!-- table -->\n", "<!-- end of table -->\n"
HEAD = "| fact | source | published | tolerated | the world shows |\n|---|---|---|---|---|\n"
TOOLS = ("gift", "ad", "reward", "deal", "commerce")
REGIONS = (
    "tiktok US",
    "tiktok GB",
    "tiktok DE",
    "tiktok BR",
    "tiktok ID",
    "tiktok JP",
    "tiktok other",
    "douyin CN",
)
TIMES = 100
"""In the crowded world whatever is seldom happens so many times as often."""
_SELDOM = ("gifts", "clicks", "rewards", "deals", "payouts", "enrolments")
_CROWDED_RECORDS = 439.0
_COMMON = ("watch", "ad", "engagement")
_DAY_RATE, _DAY_HOURS = 17.0, 24.0
_CROWDED_RATE, _CROWDED_HOURS = 200.0, 2.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured.

    Attributes:
        day: a day of the default world.
        crowded: two hours of it, in which whatever is seldom happens a hundred times as often.
        gifters: how many viewers of the crowded world ever give.
    """

    day: WorldDay
    crowded: WorldDay
    gifters: int

    def earned(self, region: str, tool: str) -> float:
        """What creators of a region earn with a tool per 1,000 viewing hours, USD."""
        usd = self.crowded.earned[region, tool] * 1_000 / self.crowded.hours[region]
        return usd if tool == "ad" else usd / TIMES

    def creators_earn(self, region: str) -> float:
        """What they earn with all tools."""
        return sum(self.earned(region, tool) for tool in TOOLS)

    def platform_keeps(self, region: str) -> float:
        """What the platform keeps per 1,000 viewing hours of a region, USD."""
        keeps, hours = self.crowded.platform, self.crowded.hours[region]
        rest = sum(usd for (place, tool), usd in keeps.items() if place == region and tool != "ad")
        return (keeps[region, "ad"] + rest / TIMES) * 1_000 / hours

    @property
    def gifts_of_first_fifth(self) -> float:
        """What the keenest fifth of those who ever give has of all coins; many of the others give nothing."""
        return top_share(self.crowded.coins_by_viewer.values(), self.gifters // 5)

    @property
    def paid_part(self) -> float:
        """Payouts by what is earned with the tools that come in the same proportion, ads added."""
        tools = sum(self.creators_earn(region) * self.crowded.hours[region] for region in REGIONS) / 1_000
        return sum(self.crowded.payouts) / TIMES / tools


@cache
def figures() -> Figures:
    """Everything that is measured, with one seed."""
    crowded = replace(
        PLATFORM,
        rhythm=False,
        records=_CROWDED_RECORDS,
        **{name: getattr(PLATFORM, name) * TIMES for name in _SELDOM},
    )
    seats = audience(_CROWDED_RATE, crowded)
    return Figures(
        world_day(PLATFORM, _DAY_RATE, _DAY_HOURS),
        world_day(crowded, _CROWDED_RATE, _CROWDED_HOURS),
        Population(_random(), 100, seats, START, crowded).gifters(),
    )


def _random() -> Random:
    return Random(SEED)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the table.

    Attributes:
        what: the fact, with its unit.
        source: who says so.
        published: what is said, in words.
        least: the smallest value that is tolerated.
        most: the largest.
        measure: the value of the default world.
        digits: digits after the point.
        percent: whether the value is a share, shown in per cent.
    """

    what: str
    source: str
    published: str
    least: float
    most: float
    measure: Callable[[Figures], float]
    digits: int = 1
    percent: bool = False

    def text(self, value: float) -> str:
        """A value as the table shows it."""
        return f"{value * 100:,.{self.digits}f} %" if self.percent else f"{value:,.{self.digits}f}"

    def row(self, value: float) -> str:
        """The line of the table."""
        tolerated = f"{self.text(self.least)} to {self.text(self.most)}"
        return f"| {self.what} | {self.source} | {self.published} | {tolerated} | {self.text(value)} |"


def _behind(seconds: float) -> Callable[[Figures], float]:
    """Share of the records that come more than so long after they happened."""
    return lambda found: share(
        sum(ms > seconds * 1_000 for ms in found.day.behind_ms), len(found.day.behind_ms)
    )


def _complaints(complaints: tuple[str, ...], settled: str) -> Callable[[Figures], float]:
    """Card payments that are disputed or called fraud, by those that are settled."""
    return lambda found: share(
        sum(found.crowded.count[f"{name}_card"] for name in complaints),
        found.crowded.count[f"{settled}_card"],
    )


def _prices(found: Figures) -> list[int]:
    return found.crowded.gift_prices


def _human(name: str) -> Callable[[Figures], float]:
    return lambda found: share(found.day.count[name], found.day.count["human"])


def _by_views(*names: str) -> Callable[[Figures], float]:
    """Acts in the feed by videos begun."""
    return lambda found: share(
        sum(found.day.count[f"feed_{name}"] for name in names), found.day.count["views"]
    )


def _cycle(found: Figures) -> float:
    hours = found.day.hours_by_hour
    return max(hours.values()) / min(hours.values())


def _growth(_: Figures) -> float:
    seats = audience(_DAY_RATE, PLATFORM)
    population = Population(_random(), 100, seats, START, replace(PLATFORM, rhythm=False))
    before = population.traffic
    population.follow(START + 7 * 24 * HOUR_MS)
    return population.traffic / before - 1


def _small_part(_: Figures) -> float:
    population = Population(_random(), CREATORS, 1.0, START, PLATFORM)
    weights = [(person.followers < 50_000, person.weight) for person in population.everybody()]
    return sum(weight for small, weight in weights if small) / sum(weight for _, weight in weights)


def _creators_part(day: WorldDay) -> float:
    """Of gifts, at the prices that are paid for coins."""
    return CREATOR_COIN_USD * day.bought_coins / day.paid_usd


def _refunds(region: str) -> Callable[[Figures], float]:
    return lambda found: share(found.crowded.refunds[region], sum(found.crowded.orders[region]))


def _fee(region: str) -> Callable[[Figures], float]:
    return lambda found: share(found.crowded.fees[region], sum(found.crowded.orders[region]))


def _earn(region: str) -> Fact:
    return Fact(
        f"creators earn per 1,000 viewing hours, {region}, USD",
        "of all below",
        "tens to about 150",
        10,
        150,
        lambda found: found.creators_earn(region),
        0,
    )


def _keep(region: str) -> Fact:
    return Fact(
        f"the platform keeps per 1,000 viewing hours, {region}, USD",
        "of all below",
        "no market at a loss",
        1,
        400,
        lambda found: found.platform_keeps(region),
        0,
    )


_OURS = "assumed"
FACTS = (
    *(_earn(region) for region in REGIONS),
    *(_keep(region) for region in REGIONS),
    Fact(
        "records that are heartbeats, of ads or of engagement",
        "follows from the rest",
        "nearly all",
        0.98,
        1.0,
        lambda f: share(sum(f.day.topics[name] for name in _COMMON), f.day.topics.total()),
        1,
        percent=True,
    ),
    Fact(
        "minutes that a viewer watches a day",
        "explodingtopics.com",
        "97",
        82,
        112,
        lambda f: f.day.all_hours * 60 / len(f.day.viewers),
        0,
    ),
    Fact(
        "minutes of a visit",
        "explodingtopics.com",
        "12.6",
        11,
        14.5,
        lambda f: f.day.all_hours * 60 / len(f.day.visits),
    ),
    Fact("busiest hour of the day by the quietest, US", _OURS, "4.4", 3.5, 6.0, _cycle),
    Fact(
        "a weekend day by another day",
        _OURS,
        "1.1",
        1.09,
        1.11,
        lambda _: week_factor(120) / week_factor(0),
        2,
    ),
    Fact(
        "viewing time that is live",
        _OURS,
        "a fifth",
        0.15,
        0.25,
        lambda f: f.day.hours_by_surface["live"] / f.day.all_hours,
        0,
        percent=True,
    ),
    Fact(
        "minutes of a show",
        "creatorhandbook.net",
        "27",
        20,
        40,
        lambda f: sum(f.crowded.show_minutes) / len(f.crowded.show_minutes),
        0,
    ),
    Fact("growth of the audience in a week", _OURS, "slow", 0.001, 0.02, _growth, 1, percent=True),
    Fact(
        "viewing of the first hundred of 10,000 creators, feed",
        "tiktokodds.com: Gini of views 0.93",
        "57 %",
        0.45,
        0.65,
        lambda f: top_share(f.day.hours_by_feed_creator.values(), CREATORS // 100),
        0,
        percent=True,
    ),
    Fact(
        "videos begun per viewing hour, feed",
        f"{_OURS}: 15 s each",
        "240",
        225,
        255,
        lambda f: f.day.count["views"] / f.day.hours_by_surface["feed"],
        0,
    ),
    Fact(
        "videos watched to the end",
        "calculatecreator.com: average of videos; Zannettou et al. 2024: 45 % of a video is watched",
        "40 to 60 %",
        0.4,
        0.6,
        lambda f: share(f.day.count["completed"], f.day.count["views"]),
        1,
        percent=True,
    ),
    Fact(
        "likes, comments and shares by views of videos",
        "socialinsider.io, 2023; cocoandlowe.com: 3.5 to 6 % is high",
        "5.38 %",
        0.045,
        0.06,
        _by_views("like", "comment", "share"),
        2,
        percent=True,
    ),
    Fact(
        "likes by views of videos",
        f"{_OURS}: nine in ten acts",
        "4.8 %",
        0.044,
        0.052,
        _by_views("like"),
        2,
        percent=True,
    ),
    Fact("comments by views of videos", _OURS, "0.25 %", 0.002, 0.003, _by_views("comment"), 2, percent=True),
    Fact("shares by views of videos", _OURS, "0.33 %", 0.0027, 0.0039, _by_views("share"), 2, percent=True),
    Fact(
        "views of videos that bring a follower",
        _OURS,
        "0.3 %",
        0.0024,
        0.0036,
        _by_views("follow"),
        2,
        percent=True,
    ),
    Fact(
        "viewers of a day who like, comment, share or follow",
        _OURS,
        "two thirds; the others only watch",
        0.55,
        0.7,
        lambda f: len(f.day.engaged & f.day.viewers) / len(f.day.viewers),
        0,
        percent=True,
    ),
    Fact(
        "ads per viewing hour",
        "worked back from revenue per hour and price",
        "20 to 40",
        23,
        27,
        lambda f: sum(f.day.valid.values()) / f.day.all_hours,
    ),
    Fact(
        "items of the feed that are ads",
        "digitalinformationworld.com, 2020: 2.4 %; businessinsider.com, 2023, with paid videos: 30 %",
        "10 %",
        0.07,
        0.13,
        lambda f: share(f.day.count["feed_ad"], f.day.count["feed_ad"] + f.day.count["views"]),
        1,
        percent=True,
    ),
    Fact(
        "price of 1,000 ads, ID by US",
        f"{_OURS}: Southeast Asia",
        "0.3",
        0.25,
        0.35,
        lambda f: share(
            f.day.ad_usd["tiktok ID"] / f.day.valid["tiktok ID"],
            f.day.ad_usd["tiktok US"] / f.day.valid["tiktok US"],
        ),
        2,
    ),
    Fact(
        "ads that are seen for two seconds, of those measured",
        f"{_OURS}; digitalcontentnext.org: MRC's rule of half the pixels",
        "70 %",
        0.65,
        0.75,
        lambda f: share(f.day.count["seen"], f.day.count["measurable"]),
        0,
        percent=True,
    ),
    Fact(
        "price of 1,000 ads, US, USD",
        "rightsideup.com, Varos panel, 2024",
        "6.5 to 8.7",
        6.5,
        8.7,
        lambda f: f.day.ad_usd["tiktok US"] * 1_000 / f.day.valid["tiktok US"],
        2,
    ),
    Fact("ads clicked", "calculatecreator.com", "0.9 %", 0.008, 0.010, _human("click"), 2, percent=True),
    Fact("ads swiped away within 2 s", _OURS, "50 to 70 %", 0.5, 0.7, _human("fast_skip"), 0, percent=True),
    Fact("ads watched for 6 s", "adsights.ai", "35 to 55 %", 0.35, 0.55, _human("6s"), 0, percent=True),
    Fact(
        "ads watched to the end",
        "tag.prooflytics.io",
        "25 to 35 %",
        0.25,
        0.35,
        _human("q100"),
        0,
        percent=True,
    ),
    Fact("ads hidden", _OURS, "0.3 %", 0.002, 0.004, _human("hide"), 2, percent=True),
    Fact("ads reported", _OURS, "0.05 %", 0.0003, 0.0008, _human("report"), 3, percent=True),
    Fact(
        "ads after fewer than two videos",
        _OURS,
        "0.3 %",
        0.002,
        0.004,
        _human("back_to_back"),
        2,
        percent=True,
    ),
    Fact(
        "ads not seen by people",
        _OURS,
        "1.5 %",
        0.012,
        0.018,
        lambda f: share(f.day.count["invalid"], f.day.count["impression"]),
        2,
        percent=True,
    ),
    Fact(
        "viewing time that is ads",
        "catalogue VX2",
        "below 20 %",
        0.02,
        0.2,
        lambda f: f.day.ad_ms / HOUR_MS / f.day.all_hours,
        1,
        percent=True,
    ),
    Fact(
        "a creator's part of an ad that is shared",
        "tubebuddy.com, imore.com: Pulse, 2022",
        "50 %",
        0.499,
        0.501,
        lambda f: share(f.day.shared_creator_usd, f.day.shared_usd),
        1,
        percent=True,
    ),
    Fact(
        "ads beside creators who share (100,000 followers)",
        "tubebuddy.com: Pulse, 2022",
        "few",
        0.02,
        0.12,
        _human("sharing"),
        1,
        percent=True,
    ),
    Fact(
        "gifts of the first fifth of those who ever give, by coins",
        "Tu et al. 2018, Inke",
        "97 %",
        0.94,
        1.0,
        lambda f: f.gifts_of_first_fifth,
        1,
        percent=True,
    ),
    Fact(
        "live viewers of a day who give",
        "Tu et al. 2018: few",
        "at most 5 % of a visit's",
        0.005,
        0.06,
        lambda f: len(f.day.coins_by_viewer) / len(f.day.live_viewers),
        1,
        percent=True,
    ),
    Fact(
        "viewers spend per live viewing hour, gifts capped at 1,000 coins, USD",
        "thestreamingwars.com, Q1 2025: 10 M USD a day, 8.03 bn hours",
        "0.11",
        0.05,
        0.22,
        lambda f: f.crowded.capped_coins / TIMES * COIN_USD / f.crowded.hours_by_surface["live"],
        2,
    ),
    Fact(
        "price of a coin, US cents",
        "backtofrontshow.com",
        "1.41 to 1.43",
        1.41,
        1.44,
        lambda f: f.crowded.paid_usd * 100 / f.crowded.bought_coins,
        2,
    ),
    Fact(
        "creators' part of what viewers pay for gifts",
        "BBC 2022; 50 % after tax and store",
        "31 to 35 %",
        0.31,
        0.36,
        lambda f: _creators_part(f.crowded),
        0,
        percent=True,
    ),
    Fact(
        "coins bought by coins given",
        "what is bought is given",
        "about 1",
        0.7,
        1.4,
        lambda f: f.crowded.bought_coins / sum(f.crowded.coins_by_viewer.values()),
        2,
    ),
    Fact(
        "gifts that are roses",
        "calculatecreator.com: most",
        "most",
        0.55,
        0.75,
        lambda f: share(f.crowded.count["roses"], f.crowded.count["gifts"]),
        0,
        percent=True,
    ),
    Fact(
        "gifts of 10 coins or less",
        _OURS,
        "95 to 97 %",
        0.93,
        0.98,
        lambda f: share(sum(coins <= 10 for coins in _prices(f)), len(_prices(f))),
        1,
        percent=True,
    ),
    Fact(
        "gifts of 1,000 coins or more",
        _OURS,
        "0.05 %",
        0.0001,
        0.0015,
        lambda f: share(sum(coins >= 1_000 for coins in _prices(f)), len(_prices(f))),
        2,
        percent=True,
    ),
    Fact(
        "payments for coins disputed or called fraud, cards",
        "support.checkout.com, paymentsandrisk.com: schemes act at 1.5 %",
        "below 0.9 %",
        0.0005,
        0.009,
        _complaints(("topup_disputed", "topup_fraud_reported"), "topup_settled"),
        2,
        percent=True,
    ),
    Fact(
        "gifts that are streaks, of those that may be",
        _OURS,
        "40 %",
        0.38,
        0.42,
        lambda f: share(f.crowded.count["streaks"], f.crowded.count["streakable"]),
        0,
        percent=True,
    ),
    Fact(
        "popularity of creators below 50,000 followers",
        "thestreamingwars.com, Q1 2025",
        "80.4 % of revenue",
        0.7,
        0.92,
        _small_part,
        0,
        percent=True,
    ),
    Fact(
        "reward per 1,000 qualified views, US, median, USD",
        "napolify.com",
        "0.40 to 1.00",
        0.4,
        1.0,
        lambda f: median(f.crowded.rpm["tiktok US"]),
        2,
    ),
    Fact(
        "rewards to creators below 10,000 followers",
        "thespacelab.tv, trypostbase.com",
        "none",
        0.0,
        0.0001,
        lambda f: share(f.crowded.count["small_rewards"], f.crowded.count["reward_accrued"]),
        1,
        percent=True,
    ),
    Fact(
        "views of rewarded videos that pay",
        _OURS,
        "55 %",
        0.5,
        0.6,
        lambda f: share(f.crowded.count["views_qualified"], f.crowded.count["views_rewarded"]),
        0,
        percent=True,
    ),
    Fact(
        "clicks in live rooms that become orders",
        _OURS,
        "7 %",
        0.06,
        0.08,
        lambda f: share(f.crowded.count["live_order"], f.crowded.count["live_click"]),
        1,
        percent=True,
    ),
    Fact(
        "clicks elsewhere that become orders",
        _OURS,
        "3 %",
        0.024,
        0.036,
        lambda f: share(f.crowded.count["video_order"], f.crowded.count["video_click"]),
        1,
        percent=True,
    ),
    Fact(
        "median order, US, USD",
        "redstagfulfillment.com",
        "35",
        30,
        40,
        lambda f: median(f.crowded.orders["tiktok US"]),
        0,
    ),
    Fact(
        "mean order, US, USD",
        "redstagfulfillment.com: a survey",
        "59",
        45,
        65,
        lambda f: sum(f.crowded.orders["tiktok US"]) / len(f.crowded.orders["tiktok US"]),
        0,
    ),
    Fact(
        "median order, ID, USD",
        "redstagfulfillment.com: about 5",
        "4.5",
        3.8,
        5.6,
        lambda f: median(f.crowded.orders["tiktok ID"]),
        1,
    ),
    Fact(
        "fee of an order, US",
        "seller-us.tiktok.com",
        "6 %",
        0.0599,
        0.0601,
        _fee("tiktok US"),
        1,
        percent=True,
    ),
    Fact("fee of an order, GB", "myecomsuite.com", "9 %", 0.0899, 0.0901, _fee("tiktok GB"), 1, percent=True),
    Fact(
        "commission of an order",
        "myecomsuite.com",
        "8 to 20 %",
        0.12,
        0.16,
        lambda f: share(f.crowded.commission, f.crowded.commissioned),
        1,
        percent=True,
    ),
    Fact(
        "money that goes back to buyers, US",
        "calculatecreator.com, marginory.com",
        "5 to 25 %",
        0.05,
        0.25,
        _refunds("tiktok US"),
        0,
        percent=True,
    ),
    Fact(
        "money that goes back to buyers, CN",
        "economymiddleeast.com, reportify.ai",
        "30 to 50 %",
        0.25,
        0.55,
        _refunds("douyin CN"),
        0,
        percent=True,
    ),
    Fact(
        "card payments for orders disputed or called fraud",
        "support.checkout.com, paymentsandrisk.com: schemes act at 1.5 %",
        "below 0.5 %",
        0.0,
        0.005,
        _complaints(("dispute_opened", "fraud_reported"), "order_settled"),
        2,
        percent=True,
    ),
    Fact(
        "days until an invitation to a deal expires",
        "tabcut.com, ads.tiktok.com",
        "7",
        6.9,
        7.1,
        lambda f: median(f.crowded.unanswered_days),
    ),
    Fact(
        "days until a draft counts as approved",
        "ads.tiktok.com",
        "14",
        13.9,
        14.1,
        lambda f: median(f.crowded.deemed_days),
    ),
    Fact(
        "deals agreed of those offered",
        _OURS,
        "55 %",
        0.47,
        0.63,
        lambda f: share(f.crowded.count["deal_agreed"], f.crowded.count["deal_invited"]),
        0,
        percent=True,
    ),
    Fact(
        "median deal of a creator below 10,000 followers, USD",
        "Influencer Marketing Hub by sprockettes.org, 2023",
        "5 to 25",
        5,
        25,
        lambda f: median(f.crowded.small_deals),
        0,
    ),
    Fact(
        "payouts that fail at first",
        _OURS,
        "2 %",
        0.0,
        0.05,
        lambda f: share(f.crowded.count["payout_failed"], f.crowded.count["payout_scheduled"]),
        0,
        percent=True,
    ),
    Fact("smallest payout, USD", "calculatecreator.com", "50", 49.9, 60, lambda f: min(f.crowded.payouts), 0),
    Fact(
        "largest payout, USD",
        "highsocial.com",
        "1,000 a day",
        300,
        1_000.01,
        lambda f: max(f.crowded.payouts),
        0,
    ),
    Fact("hours from due to paid, median", _OURS, "2", 1.5, 2.8, lambda f: median(f.crowded.payout_hours)),
    Fact("paid out by earned", "what is earned is paid", "about 1", 0.6, 1.5, lambda f: f.paid_part, 1),
    Fact("records that come over 10 s late", _OURS, "2.8 %", 0.022, 0.034, _behind(10), 1, percent=True),
    Fact("records that come over a minute late", _OURS, "1.7 %", 0.013, 0.021, _behind(60), 1, percent=True),
    Fact(
        "records that come over 10 minutes late", _OURS, "0.57 %", 0.004, 0.007, _behind(600), 2, percent=True
    ),
    Fact(
        "records that come twice",
        f"docs.snowplow.io: at least once; {_OURS}",
        "0.5 %",
        0.004,
        0.006,
        lambda f: share(f.day.count["duplicate"], f.day.records),
        2,
        percent=True,
    ),
    Fact(
        "records that break the contract",
        _OURS,
        "0.17 %",
        0.0012,
        0.0022,
        lambda f: share(f.day.count["unsound"], f.day.records),
        2,
        percent=True,
    ),
)


def table(found: Figures) -> str:
    """The table of the page."""
    return HEAD + "".join(f"{fact.row(fact.measure(found))}\n" for fact in FACTS)


def written(page: str) -> str:
    """The table that a page has.

    Args:
        page: text of docs/world.md.
    """
    return page.partition(MARKS[0])[2].partition(MARKS[1])[0]


def main() -> None:
    """Write the table anew."""
    before, mark, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    PAGE.write_text(f"{before}{mark}{table(figures())}{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
