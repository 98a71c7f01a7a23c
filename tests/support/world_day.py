"""Figures of a generated day, added up from its events and from nothing else.

The arithmetic is that of docs/contract.md, section 3, in a plain form: dollars as floats, no windows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.settings import DEFAULT_REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.generator.world import World

SEED = 1
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
START = 20_367 * DAY_MS
"""Monday, 6 October 2025, midnight UTC."""
COIN_USD, CREATOR_COIN_USD = 0.0143, 0.005
_FX = {str(entry["id"]): float(str(entry["usd_micros"])) / 1e6 for entry in DEFAULTS if entry["kind"] == "fx"}
_CAP_COINS = 1_000
Event = dict[str, Any]


def region_of(event: Event) -> str:
    """App and region as the series name them."""
    app, region = event["app"], event["region"]
    return f"{app} {region if region in DEFAULT_REGIONS[app] else 'other'}"


def share(part: float, whole: float) -> float:
    """A quotient; of nothing it is 0."""
    return part / whole if whole else 0.0


def top_share(amounts: Iterable[float], number: int) -> float:
    """What the largest amounts have of all.

    Args:
        amounts: not negative.
        number: how many are meant.
    """
    ordered = sorted(amounts, reverse=True)
    return share(sum(ordered[:number]), sum(ordered))


@dataclass
class WorldDay:
    """Sums of a day; money is USD, by region unless said otherwise."""

    records: int = 0
    hours: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    hours_by_surface: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    hours_by_hour: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    """Of the United States, by the hour of their day."""
    hours_by_feed_creator: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    ad_ms: int = 0
    viewers: set[str] = field(default_factory=set)
    live_visits: set[str] = field(default_factory=set)
    live_viewers: set[str] = field(default_factory=set)
    engaged: set[str] = field(default_factory=set)
    visits: set[str] = field(default_factory=set)
    count: Counter[str] = field(default_factory=Counter)
    """Events by type; ``valid`` of impressions, ``video`` and ``live`` of clicks and orders, and so on."""
    ad_usd: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    valid: Counter[str] = field(default_factory=Counter)
    shared_usd: float = 0.0
    shared_creator_usd: float = 0.0
    coins_by_viewer: Counter[str] = field(default_factory=Counter)
    capped_coins: int = 0
    gift_coins_by_tier: Counter[str] = field(default_factory=Counter)
    bought_coins: int = 0
    paid_usd: float = 0.0
    earned: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    """By region and tool, after what is taken back."""
    platform: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    small_deals: list[float] = field(default_factory=list)
    topics: Counter[str] = field(default_factory=Counter)
    orders: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    fees: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    commission: float = 0.0
    commissioned: float = 0.0
    refunds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    rpm: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    payouts: list[float] = field(default_factory=list)
    payout_hours: list[float] = field(default_factory=list)
    """From due to paid, in hours of the days of the world."""
    unanswered_days: list[float] = field(default_factory=list)
    """From the invitation to a deal until it expires, in days of the world."""
    deemed_days: list[float] = field(default_factory=list)
    """From a draft until it is approved as nobody answers."""
    show_minutes: list[float] = field(default_factory=list)
    """Of live rooms that have ended."""
    gift_prices: list[int] = field(default_factory=list)
    """Coins of a gift or of one of a streak."""
    behind_ms: list[int] = field(default_factory=list)
    """By how much records come after they happened, of those that are sound."""
    world_day_ms: float = DAY_MS
    _began: dict[str, int] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Take in a sound event once."""
        if event["event_id"] in self._seen:
            self.count["duplicate"] += 1
            return
        self._seen.add(event["event_id"])
        kind = event["event_type"]
        self.count[kind] += 1
        take: Callable[[Event, str], None] | None = getattr(self, f"_{kind}", None)
        if take is not None:
            take(event, region_of(event))

    def _heartbeat(self, event: Event, region: str) -> None:
        hours = (event["organic_ms"] + event["ad_ms"]) / HOUR_MS
        self.hours[region] += hours
        self.hours_by_surface[event["surface"]] += hours
        if event["region"] == "US":
            self.hours_by_hour[(event["event_time"] // HOUR_MS - 6) % 24] += hours
        self.ad_ms += event["ad_ms"]
        self.viewers.add(event["viewer_id"])
        self.visits.add(event["session_id"])
        if event["surface"] == "feed":
            self.hours_by_feed_creator[event["creator_id"]] += hours
        if event["surface"] == "live":
            self.live_visits.add(event["session_id"])
            self.live_viewers.add(event["viewer_id"])

    def _act(self, event: Event, _region: str) -> None:
        self.count[f"{event['surface']}_{event['event_type']}"] += 1
        self.engaged.add(event["viewer_id"])

    _like = _comment = _share = _follow = _act

    def _completion(self, event: Event, _region: str) -> None:
        self.count["views"] += event["views"]
        self.count["completed"] += event["completed"]

    def _impression(self, event: Event, region: str) -> None:
        if event["ivt_class"] != "none":
            self.count["invalid"] += 1
            return
        self.count["human"] += 1
        self.count[f"{event['surface']}_ad"] += 1
        self.count["measurable"] += event["measurable"]
        self.count["back_to_back"] += event["organic_videos_since_last_ad"] < 2
        if not event["billable"]:
            return
        self.valid[region] += 1
        usd = event["price_micros_cpm"] * _FX[event["currency"]] / 1e9
        creator = usd * event.get("revenue_share_bps", 0) / 1e4
        if creator:
            self.count["sharing"] += 1
            self.shared_usd += usd
            self.shared_creator_usd += creator
        self.ad_usd[region] += usd
        self._earn(region, "ad", creator)
        self.platform[region, "ad"] += usd - creator

    def _skip(self, event: Event, _region: str) -> None:
        if event["ivt_class"] == "none":
            self.count["fast_skip"] += event["play_ms"] < 2_000

    def _progress(self, event: Event, _region: str) -> None:
        if event["ivt_class"] == "none":
            self.count[event["milestone"]] += 1

    def _gift_sent(self, event: Event, region: str) -> None:
        if event["gift_type"] == 1 and not event["repeat_end"]:
            return
        coins = event["unit_coins"] * event["repeat_count"]
        self.count["gifts"] += 1
        self.gift_prices.append(event["unit_coins"])
        self.count["streaks"] += event["gift_type"] == 1 and event["repeat_count"] > 1
        self.count["streakable"] += event["gift_type"] == 1
        self.count["roses"] += event["gift_id"] == "rose"
        self.coins_by_viewer[event["viewer_id"]] += coins
        self.capped_coins += min(coins, _CAP_COINS)
        self.gift_coins_by_tier[event["creator_tier"]] += min(coins, _CAP_COINS)
        if "net_usd_micros" in event:
            creator, net = event["creator_usd_micros"] / 1e6, event["net_usd_micros"] / 1e6
            self.platform[region, "gift"] += net - creator
        self._earn(region, "gift", coins * CREATOR_COIN_USD)

    def _gift_reversed(self, event: Event, region: str) -> None:
        self._earn(region, "gift", -event["coins"] * CREATOR_COIN_USD)

    def _topup_completed(self, event: Event, _region: str) -> None:
        self.bought_coins += event["coins"]
        self.paid_usd += event["amount_micros"] / 1e6 * _FX[event["currency"]]

    def _product_click(self, event: Event, _region: str) -> None:
        self.count["live_click" if event["attribution"] == "live" else "video_click"] += 1

    def _order_completed(self, event: Event, region: str) -> None:
        self.count["live_order" if event["attribution"] == "live" else "video_order"] += 1
        if event.get("is_sample"):
            return
        usd = event["value_micros"] / 1e6 * _FX[event["currency"]]
        fee = usd * event["referral_fee_bps"] / 1e4
        self.orders[region].append(usd)
        self.fees[region] += fee
        self.platform[region, "commerce"] += fee
        if "commission_bps" in event:
            commission = usd * event["commission_bps"] / 1e4
            self.commission += commission
            self.commissioned += usd
            self._earn(region, "commerce", commission)

    def _order_cancelled(self, event: Event, region: str) -> None:
        if event.get("is_sample"):
            return
        usd = event["refund_micros"] / 1e6 * _FX[event["currency"]]
        self.refunds[region] += usd
        self.platform[region, "commerce"] -= usd * event["referral_fee_bps"] / 1e4
        self._earn(region, "commerce", -usd * event.get("commission_bps", 0) / 1e4)

    _order_refunded = _order_cancelled

    def _reward_accrued(self, event: Event, region: str) -> None:
        rate = _FX[event["currency"]] / 1e6
        usd = (event["qualified_views"] * event["rpm_micros"] / 1_000 + event.get("bonus_micros", 0)) * rate
        self.count["views_rewarded"] += event["views"]
        self.count["views_qualified"] += event["qualified_views"]
        self.count["small_rewards"] += event["creator_tier"] == "lt_10k"
        self.rpm[region].append(event["rpm_micros"] * rate)
        self.platform[region, "reward"] -= usd
        self._earn(region, "reward", usd)

    def _deal_invited(self, event: Event, _region: str) -> None:
        self._began[event["deal_id"]] = event["event_time"]

    _deal_submitted = _deal_invited

    def _deal_expired(self, event: Event, _region: str) -> None:
        if (began := self._began.get(event["deal_id"])) is not None:
            self.unanswered_days.append((event["event_time"] - began) / self.world_day_ms)

    def _viewable(self, event: Event, _region: str) -> None:
        self.count["seen"] += event["ivt_class"] == "none"

    def _live_started(self, event: Event, _region: str) -> None:
        self._began[event["room_id"]] = event["event_time"]

    def _live_ended(self, event: Event, _region: str) -> None:
        if (began := self._began.get(event["room_id"])) is not None:
            self.show_minutes.append((event["event_time"] - began) / 60_000)

    def _card(self, event: Event, _region: str) -> None:
        if event.get("payment_method") == "card":
            self.count[f"{event['event_type']}_card"] += 1

    _order_settled = _fraud_reported = _dispute_opened = _card
    _topup_settled = _topup_disputed = _topup_fraud_reported = _card

    def _deal_approved(self, event: Event, region: str) -> None:
        began = self._began.get(event["deal_id"])
        if event.get("approved_by") == "deemed" and began is not None:
            self.deemed_days.append((event["event_time"] - began) / self.world_day_ms)
        usd = event["value_micros"] / 1e6 * _FX[event["currency"]]
        self._earn(region, "deal", usd)
        if event["creator_tier"] == "lt_10k":
            self.small_deals.append(usd)

    def _payout_paid(self, event: Event, _region: str) -> None:
        self.payouts.append(event["amount_micros"] / 1e6 * _FX[event["currency"]])
        if event.get("attempt") == 1:
            late_ms = event["paid_time"] - event["due_time"]
            self.payout_hours.append(late_ms / self.world_day_ms * 24)

    def _earn(self, region: str, tool: str, usd: float) -> None:
        self.earned[region, tool] += usd

    @property
    def all_hours(self) -> float:
        """Viewing hours."""
        return float(sum(self.hours.values()))


def sound(record: Produced) -> Event | None:
    """The event of a record; None if it is broken, a test, or from the future."""
    try:
        event = msgspec.json.decode(record.value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(event, dict) or event.get("is_test") or event.get("schema_version") != 1:
        return None
    usual = event.get("app") in DEFAULT_REGIONS and event.get("region") and "creator_id" in event
    time = event.get("event_time")
    if not usual or not isinstance(time, int) or not 0 < time < record.timestamp_ms + 60_000:
        return None
    return event


def _is_time(record: Produced) -> bool:
    """Whether it is a time record, or test traffic."""
    return b'"is_test":true' in (record.value or b"")


def world_day(world: World, rate: float, hours: float) -> WorldDay:
    """The sums of what is sent from the start on.

    Args:
        world: how much of everything there is.
        rate: records per second.
        hours: for how long.
    """
    day, end = WorldDay(world_day_ms=world.day_ms), START + hours * HOUR_MS
    records = takewhile(lambda one: one.timestamp_ms < end, events(SEED, rate, START, world=world))
    for record in records:
        day.records += 1
        event = sound(record)
        if event is not None:
            day.topics[record.topic] += 1
            day.behind_ms.append(record.timestamp_ms - event["event_time"])
            day.add(event)
        else:
            day.count["unsound"] += not _is_time(record)
    return day
