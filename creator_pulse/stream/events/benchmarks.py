"""What other platforms publish of their terms: reference entries that hold until the topic has newer ones.

Each is a number that somebody can look up, with the day from which it holds, or on which the source says it.
``docs/benchmark-terms.md`` is generated from them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

PLATFORMS = (
    "youtube",
    "youtube_shorts",
    "instagram",
    "facebook",
    "twitch",
    "kuaishou",
    "bilibili",
    "kick",
    "snapchat",
    "tiktok",
    "douyin",
)
"""Whose terms there may be; a platform with two sets of terms is two. A label, so the list is closed."""
RATIO, USD = "ratio", "USD"
UNIT_OF: Mapping[str, str] = MappingProxyType(
    {
        "creator_share": RATIO,
        "take_rate": RATIO,
        "pay_per_1000_views_low": USD,
        "pay_per_1000_views_high": USD,
    }
)
"""Quantity of a term -> its unit. A range is two terms: its low end, and its high end."""


class Term(NamedTuple):
    """One number of a platform's terms.

    For example ``Term("twitch", "ad", "creator_share", 0.55, "2023-04-01", "...")``: 55 % of the net revenue
    of ads.

    Attributes:
        platform: one of ``PLATFORMS``.
        tool: the tool here with which it is compared.
        what: one of ``UNIT_OF``.
        value: in the unit of ``what``.
        since: day from which it holds, UTC, or on which the source says it.
        source: who says so, where.
    """

    platform: str
    tool: str
    what: str
    value: float
    since: str
    source: str

    @property
    def since_ms(self) -> int:
        """Begin of the day, epoch ms."""
        return int(datetime.fromisoformat(self.since).replace(tzinfo=UTC).timestamp()) * 1_000

    @property
    def unit(self) -> str:
        """``ratio`` or ``USD``."""
        return UNIT_OF[self.what]


_MODULES = "YouTube Help, partner earnings overview: support.google.com/youtube/answer/72902"
_RANGE = "reported by creators, not published by the platform: socialync.io/blog (2026-02-23)"

BENCHMARKS: tuple[Term, ...] = (
    Term("youtube", "ad", "creator_share", 0.55, "2023-02-01", f"{_MODULES}; net revenue of watch page ads"),
    Term(
        "youtube_shorts",
        "ad",
        "creator_share",
        0.45,
        "2023-02-01",
        f"{_MODULES}; of the revenue of the feed that is allocated to the creator, music paid before",
    ),
    Term(
        "youtube",
        "gift",
        "creator_share",
        0.7,
        "2023-02-01",
        f"{_MODULES}; net revenue of Super Chat, Super Stickers, Super Thanks and memberships",
    ),
    Term("youtube_shorts", "ad", "pay_per_1000_views_low", 0.01, "2026-02-23", _RANGE),
    Term("youtube_shorts", "ad", "pay_per_1000_views_high", 0.07, "2026-02-23", _RANGE),
    Term(
        "instagram",
        "gift",
        "creator_share",
        0.4,
        "2023-02-09",
        "Instagram's announcement of gifts: 0.01 USD per star; about 40 % of what a star costs by "
        "socialnationnow.com and svdaily.com (2023-02-09)",
    ),
    Term(
        "instagram",
        "commerce",
        "take_rate",
        0.05,
        "2020-06-24",
        "selling fee of checkout, 5 % per shipment, at least 0.40 USD: celebrityaccess.com (2020-06-24)",
    ),
    Term(
        "twitch",
        "gift",
        "creator_share",
        0.714,
        "2016-06-27",
        "Bits: 100 cost 1.40 USD on the web (thenextweb.com, 2016-06-27), the streamer gets 1.00 "
        "(livereacting.com/tools/twitch-bits-to-usd)",
    ),
    Term(
        "twitch",
        "ad",
        "creator_share",
        0.55,
        "2023-04-01",
        "Twitch, A More Flexible Ads Incentive Program (2023-03-10): 55 % of net revenue, by "
        "topgamebuilder.com",
    ),
    Term(
        "kuaishou",
        "gift",
        "creator_share",
        0.5,
        "2021-02-05",
        "half of the tips go to the platform, taxes included: The Economist (2021-02-05), "
        "shiqiv.com (2021-02-17)",
    ),
    Term(
        "kuaishou",
        "commerce",
        "take_rate",
        0.0129,
        "2023-08-22",
        "results of the second quarter of 2023: other services, 12.4 % of revenue of 27.7 billion RMB, by "
        "GMV of 265.5 billion; mostly commissions of merchants",
    ),
    Term(
        "tiktok",
        "ad",
        "creator_share",
        0.5,
        "2022-05-04",
        "TikTok Pulse, half of the ad revenue: TikTok to The Verge, by econotimes.com, cnet.com (2022-05-04)",
    ),
    Term(
        "tiktok",
        "gift",
        "creator_share",
        0.5,
        "2024-06-03",
        "alleged: the platform takes up to half, State of Utah against TikTok, by deseret.com (2024-06-03)",
    ),
    Term(
        "tiktok",
        "reward",
        "pay_per_1000_views_low",
        0.4,
        "2026-02-23",
        f"Creator Rewards, per 1,000 qualified views; {_RANGE}",
    ),
    Term(
        "tiktok",
        "reward",
        "pay_per_1000_views_high",
        1.0,
        "2026-02-23",
        f"Creator Rewards, per 1,000 qualified views; {_RANGE}",
    ),
    Term(
        "tiktok",
        "commerce",
        "take_rate",
        0.06,
        "2024-04-01",
        "TikTok Shop, referral fee in the US: seller-us.tiktok.com/university/essay?knowledge_id="
        "5982454398175018",
    ),
    Term(
        "tiktok",
        "deal",
        "take_rate",
        0.0,
        "2024-05-21",
        "TikTok One, no service fee for brand or creator: ads.tiktok.com, about payments on TikTok One",
    ),
)
"""The shipped set."""
