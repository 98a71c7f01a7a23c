"""Ads: opportunities, impressions, the viewers' reactions, and rare invalidations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.event_maker import EventMaker

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Actor

FILLED = 0.85
BILLABLE = 0.97
INVALID_TRAFFIC = 0.015
LIVE = 0.2
"""Share of viewing on the live surface; the rest is the feed."""
PER_HOUR = 25
"""Valid impressions per viewing hour."""
CPM_SIGMA = 0.6
CAMPAIGNS = {"tiktok": range(50, 400), "douyin": range(50)}
"""Numbers of the campaigns of each app: money is planned for one of them."""
_CREATIVES = 4
_DRAWS = 400
OFFERS_PER_HOUR = PER_HOUR / (FILLED * BILLABLE * (1 - INVALID_TRAFFIC))
"""Opportunities per viewing hour."""
# What a creator who shares has of an impression: half.
_SHARE_BPS = 5_000
# Name, playing time in ms, and probability to reach it from the previous one; else the viewer skips.
_MILESTONES = (
    ("2s", 2_000, 0.42),
    ("6s", 6_000, 0.86),
    ("q25", 7_000, 0.96),
    ("q50", 9_000, 0.93),
    ("q75", 12_000, 0.94),
    ("q100", 15_000, 0.93),
)
_RARE = (("click", 0.009), ("hide", 0.003), ("report", 0.0005))
_CONVERTED = 0.04
_BACK_TO_BACK = 0.003
_INVALIDATED = 0.001


class AdTraffic(EventMaker):
    """Makes ads, one opportunity at a time."""

    def offer(self, actor: Actor, time_ms: float, session: str) -> int | None:
        """One opportunity and, if it is filled, an impression with all later events.

        Args:
            actor: the viewer, with the creator beside whose content the ad is.
            time_ms: virtual time at which the slot opens.
            session: id and surface of the session, as JSON with a comma before it.

        Returns:
            for how long the ad is played, ms; None if the slot stays empty.
        """
        rng = self._rng
        number = f"{self._queue.count:x}"
        drawn, creative = rng.randrange(_DRAWS), rng.randrange(_CREATIVES)
        campaigns = CAMPAIGNS[actor.market.app]
        campaign = campaigns[(drawn * _CREATIVES + creative) * len(campaigns) // (_DRAWS * _CREATIVES)]
        common = (
            f',"campaign_id":"k{campaign}","creative_id":"k{campaign}-{creative}",'
            f'"advertiser_id":"a{campaign % 90}","ad_format":"in_feed"{session}'
        )
        self._queue.put("ad", actor, "opportunity", time_ms, f'{common},"slots":1')
        if rng.random() >= FILLED:
            return None
        price = self._price(actor)
        shares = actor.creator.followers >= self._world.sharing_followers
        share = f',"revenue_share_bps":{_SHARE_BPS}' if shares else ""
        traffic = rng.choice(("givt", "sivt")) if rng.random() < INVALID_TRAFFIC else "none"
        impression = f'{common},"imp_id":"i{number}"'
        organic = 1 if rng.random() < _BACK_TO_BACK else rng.randrange(3, 14)
        shown_ms = time_ms + 100
        event_ms = self._queue.put(
            "ad",
            actor,
            "impression",
            shown_ms,
            f'{impression},"ivt_class":"{traffic}"{price}{share},"billable":{_bool(rng.random() < BILLABLE)},'
            f'"measurable":true,"in_target":{_bool(rng.random() < 0.9)},"ad_duration_ms":15000,'
            f'"organic_videos_since_last_ad":{organic},'
            f'"watch_ms_since_last_ad":{int(rng.expovariate(1 / 120_000)) % 86_400_000}',
        )
        played_ms = self._follow(actor, shown_ms, f'{impression},"ivt_class":"{traffic}"')
        if rng.random() < _INVALIDATED:
            own = f'{impression},"ivt_class":"sivt"{price}{share},"original_event_time":{event_ms}'
            later_ms = shown_ms + rng.uniform(10_000, 120_000)
            self._queue.put("ad", actor, "impression_invalidated", later_ms, own)
        return played_ms

    def _price(self, actor: Actor) -> str:
        market = actor.market
        usd = self._rng.lognormvariate(math.log(market.cpm_usd), CPM_SIGMA)
        return f',"price_micros_cpm":{int(usd * 1e12 / market.usd_micros)},"currency":"{market.currency}"'

    def _follow(self, actor: Actor, shown_ms: float, common: str) -> int:
        """Make the viewer's reactions: see, play to a milestone, skip, click, hide, report.

        Returns:
            for how long the ad is played, ms.
        """
        rng, put = self._rng, self._queue.put
        if rng.random() < 0.7:
            put("ad", actor, "viewable", shown_ms + 2_000, common)
        played = 0
        for milestone, play_ms, chance in _MILESTONES:
            if rng.random() >= chance:
                played += int(1_500 * rng.random())
                put("ad", actor, "skip", shown_ms + played, f'{common},"play_ms":{played}')
                break
            played = play_ms
            own = f'{common},"play_ms":{play_ms},"milestone":"{milestone}"'
            put("ad", actor, "progress", shown_ms + play_ms, own)
        for kind, chance in _RARE:
            if rng.random() < chance:
                at_ms = shown_ms + rng.uniform(1_000, 10_000)
                event_ms = put("ad", actor, kind, at_ms, common)
                if kind == "click" and rng.random() < _CONVERTED:
                    self._convert(actor, at_ms, event_ms, common)
        return played

    def _convert(self, actor: Actor, click_ms: float, event_ms: int, common: str) -> None:
        usd = self._rng.lognormvariate(math.log(actor.market.order_usd), 0.9)
        own = (
            f'{common},"value_micros":{int(usd * 1e12 / actor.market.usd_micros)},'
            f'"currency":"{actor.market.currency}","click_time":{event_ms}'
        )
        self._queue.put("ad", actor, "conversion", click_ms + self._rng.uniform(10_000, 120_000), own)


def _bool(value: bool) -> str:
    return "true" if value else "false"
