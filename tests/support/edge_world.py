"""Thirty-six days of a few creators, whose records sit at the edges of the contract's rules.

Most records come within a second of the hour at which an app's business day ends: one millisecond before,
in it, one after it. The rest come as late, as close together or as large as some rule just allows, and a
millisecond, a coin or a record beyond. The days hold the end of a month, and the nights at which clocks are
put back in Europe (the 16th) and in America (the 23rd): nothing may come of them.
"""

from __future__ import annotations

import json
import zlib
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.generator.model import Produced
from tests.support.any_event import T0, any_event
from tests.support.few_events import DAY_MS, HOUR_MS, MIDNIGHT, TOPIC_OF
from tests.support.lane_harness import PARTITIONS, SMALL
from tests.support.records import record

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 36
SETTINGS = msgspec.structs.replace(
    SMALL,
    dedup_horizon_ms=90_000,
    provisional_interval=60.0,
    regions={"tiktok": ("US",), "douyin": ("CN",)},
)
"""The dedup horizon is longer than the allowed lateness, which is a minute."""
LATENESS_MS, HORIZON_MS = SETTINGS.allowed_lateness_ms, SETTINGS.dedup_horizon_ms
BEHIND_MS = SETTINGS.out_of_orderness_ms
RICH_DAYS = (1, 8, 22, 29)
"""Days after which records of every type come: a week apart, and the last one of a month."""
LATE_DAY, SLOW_DAY = 22, 8
"""Of these, that after which records come late, and that after which they come minutes apart."""
BUSY_DAYS = frozenset(week + day for week in range(0, DAYS + 1, 7) for day in (0, 1, 2))
"""Those after which all usual things happen: one, two, seven and 28 days apart; else creators get gifts."""
SILENT_DAY, EMPTY_DAY = 14, 16
"""Of these, one on which nobody watches or buys, and one on which nobody does anything but watch."""
APPS = {"tiktok": 0, "douyin": 8}
"""App -> hours by which its days begin before those of UTC."""
_CREATORS, _VIEWERS = 40, 60
_TOOLS = ("gift", "ad", "reward", "deal", "commerce")
_SPENT = {"gift_id": "rose", "gift_type": 2, "repeat_count": 1, "repeat_end": True}
_LATE_MS = tuple(HOUR_MS * hours + one for hours, one in product((2, 24, 72), (0, 1)))
"""How far behind the watermark a late record still restates windows: of minutes, of 24 hours, of days."""
_BACK_MS = (0, HOUR_MS, HOUR_MS + 1, DAY_MS, DAY_MS + 1, 14 * DAY_MS, 14 * DAY_MS + 1)
"""How long ago what is taken back was: a buyer's hold, a day, the days of a cohort."""
_FRANCS = MIDNIGHT + 7 * DAY_MS, MIDNIGHT + 22 * DAY_MS
"""When the franc has a rate."""
ENTRIES: tuple[dict[str, object], ...] = (
    {"kind": "fx", "id": "CHF", "valid_from": _FRANCS[0], "valid_until": _FRANCS[1], "usd_micros": 1_250_000},
    {"kind": "rate", "id": "creator:tiktok:US:ios", "valid_from": MIDNIGHT + DAY_MS, "usd_micros": 4_000},
    {
        "kind": "rate",
        "id": "price:douyin:*:*",
        "valid_from": MIDNIGHT + 7 * DAY_MS - 8 * HOUR_MS,
        "valid_until": MIDNIGHT + 8 * DAY_MS - 8 * HOUR_MS,
        "usd_micros": 14_001,
    },
    {
        "kind": "gift",
        "id": "rose",
        "valid_from": MIDNIGHT + 8 * DAY_MS,
        "valid_until": MIDNIGHT + 22 * DAY_MS,
        "unit_coins": 2,
    },
    {
        "kind": "campaign",
        "id": "k0",
        "valid_from": MIDNIGHT + 2 * DAY_MS,
        "valid_until": MIDNIGHT + 30 * DAY_MS + 1,
        "usd_micros": 90_000,
    },
    {
        "kind": "campaign",
        "id": "k0",
        "valid_from": MIDNIGHT + 20 * DAY_MS,
        "valid_until": MIDNIGHT + 31 * DAY_MS,
        "usd_micros": 7_000_000,
    },
    {
        "kind": "campaign",
        "id": "k1",
        "valid_from": MIDNIGHT + 9 * DAY_MS - 1,
        "valid_until": MIDNIGHT + 29 * DAY_MS,
        "usd_micros": 250_000,
    },
)
"""Reference entries that begin and end where days do; a plan is changed while it holds."""


class EdgeWorld:
    """Writes the records, by a seed, in the order of their arrival.

    Args:
        seed: chooses among edges.
    """

    def __init__(self, seed: int = 36) -> None:
        self._rng = Random(seed)
        self._records: list[Produced] = []
        self._count = 0
        self._app, self._edge, self._now = "tiktok", MIDNIGHT, MIDNIGHT
        # Watermark by topic and partition, as the contract has it.
        self._marks: dict[tuple[str, int], int] = {}
        # Steps of deals in the last turn of an app: id, type, fields.
        self._steps: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}

    def days(self) -> Iterator[list[Produced]]:
        """The records of each day, and those that close all windows."""
        for day in range(DAYS + 1):
            for app, hours in sorted(APPS.items(), key=lambda app: -app[1]):
                self._app, self._edge = app, MIDNIGHT + day * DAY_MS - hours * HOUR_MS
                self._now = self._edge - 2_000
                self._a_day(day)
            yield self._taken()
        self.at(MIDNIGHT + (DAYS + 50) * DAY_MS)
        yield self._taken()

    def until(self, time_ms: int) -> list[Produced]:
        """Time records that bring every watermark to a time, epoch ms."""
        self.at(time_ms)
        return self._taken()

    def at(self, mark: int, *topics: str) -> None:
        """Bring watermarks to a time by time records; of all topics, if none is named."""
        self._now = max(self._now, mark + BEHIND_MS)
        for topic in topics or tuple(TOPICS):
            kind = next(iter(TOPICS[topic].types()))
            for partition in range(PARTITIONS):
                self._put(kind, mark + BEHIND_MS, partition=partition, is_test=True)

    def _taken(self) -> list[Produced]:
        records, self._records = self._records, []
        return records

    def _put(self, kind: str, time_ms: int, **fields: Any) -> None:
        """A record of an event of a time, which comes now, or as soon as it may have happened.

        Its key chooses the partition, unless ``partition`` is among the fields.
        """
        topic, partition = TOPIC_OF[kind], fields.pop("partition", None)
        self._count += 1
        who = {"creator_id": "c0", "viewer_id": "v0", "event_id": f"e{self._count}"} | fields
        place = {"app": self._app, "region": "US" if self._app == "tiktok" else "CN"}
        self._now = max(self._now, time_ms)
        times = {"event_time": time_ms, "ingest_time": self._now}
        value = record(topic, kind, **place | times | who)
        self._send(
            topic, value, time_ms, str(who["viewer_id" if topic == "wallet" else "creator_id"]), partition
        )

    def _send(self, topic: str, value: bytes, time_ms: int, key: str, partition: int | None = None) -> None:
        if partition is None:
            partition = self._partition(key)
        self._records.append(Produced(topic, key.encode(), value, self._now, partition))
        reach = min(time_ms, self._now) - BEHIND_MS
        self._marks[topic, partition] = max(reach, self._marks.get((topic, partition), reach))

    @staticmethod
    def _partition(key: str) -> int:
        return zlib.crc32(key.encode()) % PARTITIONS

    def _a_day(self, day: int) -> None:
        """What comes where a day ends and the next one, of this number, begins."""
        if day == EMPTY_DAY:
            self._watching(day)
        elif day in BUSY_DAYS:
            self._usual(day)
        else:
            self._gifts()
        if day in RICH_DAYS:
            self._odd()
        if day == LATE_DAY:
            self._late()
        if day == SLOW_DAY:
            self._dedup()
            self._streaks()
            self._future()
        if day == 15:
            self._bounds()
        if day in BUSY_DAYS:
            self._deals(sorted(BUSY_DAYS).index(day), day)
            self._currencies(day)

    def _edge_ms(self) -> int:
        """In the day that ends, in the one that begins, or as early as may be in it."""
        return self._edge + self._rng.choice((-1_000, -1, -1, 0, 0, 1))

    def _usual(self, day: int) -> None:
        """Creators who publish, earn and are paid, and viewers who watch and pay: some of them, each day."""
        chance = self._rng.random
        for number in range(_CREATORS):
            if chance() < 0.35:
                continue
            creator = f"c{number}"
            self._put("video_posted", self._edge_ms(), creator_id=creator)
            if chance() < 0.6:
                self._put("live_started", self._edge_ms(), creator_id=creator)
            self._put(
                self._rng.choice(("like", "comment", "share", "follow")), self._edge_ms(), creator_id=creator
            )
            self._earn(day, creator)
            if chance() < 0.5:
                money = {"amount_micros": 7 * 10**6, "due_time": self._edge, "attempt": 1}
                for kind in ("payout_initiated", "payout_paid"):
                    self._put(
                        kind,
                        self._edge_ms(),
                        creator_id=creator,
                        payout_id=f"p{self._count}",
                        tool=self._rng.choice(_TOOLS),
                        **money,
                    )
        if day != SILENT_DAY:
            self._watching(day)

    def _earn(self, day: int, creator: str) -> None:
        """Something of every tool; a coin brings 5,000 micro-USD, so 200 coins are a dollar."""
        chance, choice = self._rng.random, self._rng.choice
        giver = choice((f"c{self._rng.randrange(_CREATORS)}", f"v{self._rng.randrange(_VIEWERS)}"))
        if chance() < 0.8:
            coins = {"unit_coins": choice((1, 2, 50, 199, 200, 201, 1_000, 1_001))}
            room = {"room_id": creator} if chance() < 0.7 else {}
            self._put(
                "gift_sent", self._edge_ms(), creator_id=creator, viewer_id=giver, **_SPENT | coins | room
            )
        if chance() < 0.5 and day != SILENT_DAY:
            self._put(
                "impression",
                self._edge_ms(),
                creator_id=creator,
                viewer_id=giver,
                imp_id=f"i{self._count}",
                price_micros_cpm=choice((0, 1, 10**7)),
                revenue_share_bps=choice((0, 1, 5_000, 10_000)),
                billable=True,
                campaign_id=choice(("k0", "k1", "k2")),
                advertiser_id=f"a{self._rng.randrange(13)}",
                surface="feed",
            )
        if chance() < 0.4 and day != SILENT_DAY:
            self._put(
                "order_completed",
                self._edge_ms(),
                creator_id=creator,
                viewer_id=giver,
                order_id=f"o{self._count}",
                value_micros=choice((1, 10**6, 35 * 10**6)),
                commission_bps=1_300,
                referral_fee_bps=600,
                attribution="live",
            )
        if chance() < 0.2:
            reward = {"views": 2_000, "qualified_views": choice((999, 1_000, 1_001)), "rpm_micros": 10**6}
            self._put("reward_accrued", self._edge_ms(), creator_id=creator, **reward)
        if chance() < 0.1:
            tool = choice(_TOOLS)
            self._put("tool_eligible", self._edge_ms(), creator_id=creator, tool=tool)
            self._put(
                "tool_enrolled",
                self._edge + 1,
                creator_id=creator,
                tool=tool,
                first_earned_time=self._edge + choice((0, 1, 2)),
            )
        # Somebody new, who earns a quarter of a dollar a day.
        if day in RICH_DAYS:
            self._put(
                "tool_enrolled", self._edge, creator_id=f"n{day}", tool="gift", first_earned_time=self._edge
            )
        for began in RICH_DAYS:
            if began <= day and creator == "c0":
                self._put(
                    "gift_sent", self._edge, creator_id=f"n{began}", viewer_id="v1", **_SPENT, unit_coins=50
                )

    def _gifts(self) -> None:
        """Most creators are watched and get a gift: of 28 days, more than half bring them something."""
        for number in range(_CREATORS):
            if self._rng.random() < 0.9:
                about = {"creator_id": f"c{number}", "viewer_id": f"v{self._rng.randrange(_VIEWERS)}"}
                coins = {"unit_coins": self._rng.choice((1, 200, 400))}
                self._put("gift_sent", self._edge_ms(), **_SPENT | about | coins)

    def _watching(self, day: int) -> None:
        """Sessions of a second, of 10 s and of ten minutes, and of a millisecond less; videos begun."""
        choice = self._rng.choice
        for number in range(8 if day in RICH_DAYS else 4):
            self._put(
                "heartbeat",
                self._edge_ms(),
                creator_id=f"c{self._rng.randrange(_CREATORS)}",
                viewer_id=f"v{number}",
                surface=choice(("feed", "live")),
                organic_ms=choice((1_000, 9_999, 10_000, 599_999, 600_000)),
                ad_ms=choice((0, 0, 1)),
                ms_since_last_ad=choice((10_000, 10_001)),
                session_end=choice((True, False)),
            )
            views = choice((0, 2, 40))
            self._put(
                "completion",
                self._edge_ms(),
                viewer_id=f"v{number}",
                surface="feed",
                views=views,
                completed=views // 2,
            )

    def _odd(self) -> None:
        """Events of every type with any values that the contract allows, also the largest."""
        for topic, schema in TOPICS.items():
            for kind in [*schema.types()] * 5:
                self._put_odd(topic, kind, self._edge_ms())

    def _put_odd(self, topic: str, kind: str, time_ms: int) -> None:
        self._count += 1
        self._now = max(self._now, time_ms)
        drawn = json.loads(any_event(topic, kind, (time_ms - T0) // 1_000, self._rng))
        own = {
            "event_id": f"e{self._count}",
            "event_time": time_ms,
            "ingest_time": self._now,
            "app": self._app,
        }
        if "original_event_time" in drawn:
            own["original_event_time"] = time_ms - self._rng.choice(_BACK_MS)
        if topic == "deal":
            own["deal_id"] = f"d{self._count}"
        key = str(drawn.get("viewer_id" if topic == "wallet" else "creator_id"))
        self._send(topic, json.dumps(drawn | own).encode(), time_ms, key)

    def _late(self) -> None:
        """As late as is allowed, and a millisecond later; as late as each window still takes, and beyond."""
        for topic, schema in TOPICS.items():
            for kind in schema.types():
                for behind in (LATENESS_MS, LATENESS_MS + 1, *_LATE_MS):
                    # The latest ones restate days only, which are few: those come of each type.
                    if behind < 24 * HOUR_MS and self._rng.random() < 0.5:
                        continue
                    mark = self._marks[topic, self._partition("x")]
                    self._put_late(topic, kind, mark - behind)

    def _put_late(self, topic: str, kind: str, time_ms: int) -> None:
        drawn = json.loads(any_event(topic, kind, (time_ms - T0) // 1_000, self._rng))
        self._count += 1
        own = {
            "event_id": f"e{self._count}",
            "event_time": time_ms,
            "ingest_time": self._now,
            "app": self._app,
            "creator_id": "x",
        }
        if "original_event_time" in drawn:
            own["original_event_time"] = time_ms - self._rng.choice(_BACK_MS)
        if topic == "deal":
            own["deal_id"] = f"d{self._count}"
        self._send(topic, json.dumps(drawn | own).encode(), time_ms, "x")

    def _dedup(self) -> None:
        """An id and a business key come again at the end of the horizon, and a millisecond after it."""
        for beyond, event_id in ((0, "again"), (1, "anew")):
            start = self._now
            about = {"transaction_id": f"t{start}-{self._app}", "creator_id": "c0", "viewer_id": "v2"}
            gift = _SPENT | about | {"unit_coins": 7}
            one = f"{event_id}-{start}-{self._app}"
            self._put("gift_sent", start, event_id=one, **gift)
            accepted = self._marks["gift", self._partition("c0")]
            self.at(accepted + HORIZON_MS + beyond, "gift")
            for same in (one, f"{one}-key"):
                self._put("gift_sent", self._now, event_id=same, **gift)
            # The same id with another content, before it is forgotten.
            self._put("gift_sent", self._now, event_id=f"{one}-key", **gift | {"unit_coins": 8})

    def _streaks(self) -> None:
        """Ends before, at and after the time-out of 30 s, and again at the end of what is remembered."""
        for beyond, again in product((-1, 0, 1), (0, 1)):
            group = {
                "group_id": f"g{self._count}",
                "gift_type": 1,
                "gift_id": "rose",
                "unit_coins": 3,
                "creator_id": "c1",
                "viewer_id": "v3",
            }
            start = self._now
            self._put("gift_sent", start, **group, repeat_count=4, repeat_end=False)
            self.at(start + 30_000 + beyond, "gift")
            self._put("gift_sent", start + 1, **group, repeat_count=9, repeat_end=True)
            closed = self._marks["gift", self._partition("c1")]
            self.at(closed + LATENESS_MS + again, "gift")
            self._put("gift_sent", self._now, **group, repeat_count=11, repeat_end=False)
            self._put("gift_sent", self._now, **group, repeat_count=12, repeat_end=True)

    def _future(self) -> None:
        """As far ahead of the clock as is allowed, and a millisecond more; no JSON; a wrong key."""
        for ahead in (SETTINGS.future_limit_ms, SETTINGS.future_limit_ms + 1):
            self._count += 1
            about = {"event_id": f"e{self._count}", "creator_id": "c2", "app": self._app, "viewer_id": "v4"}
            times = {"event_time": self._now + ahead, "ingest_time": self._now}
            for topic, kind in (
                ("gift", "gift_sent"),
                ("purchase", "order_completed"),
                ("watch", "heartbeat"),
            ):
                value = record(topic, kind, **about | times)
                self._records.append(Produced(topic, b"c2", value, self._now, 0))
                self._records.append(Produced(topic, b"somebody", b"{", self._now, 0))
        self._put("gift_sent", self._now, creator_id="c3", **_SPENT | {"unit_coins": 5})
        self._records[-1] = self._records[-1]._replace(key=b"somebody")

    def _bounds(self) -> None:
        """As much as each rule about somebody allows, and one more."""
        at = self._edge
        for more in (0, 1):
            who = f"b{more}"
            gift = _SPENT | {"gift_id": "lion", "viewer_id": who, "creator_id": f"r{more}"}
            # 10 m: 50,000 coins; a business day: 100,000; a month: 1,000,000.
            self._put("gift_sent", at, **gift | {"unit_coins": 50_000 + more})
            self._put("gift_sent", at, **gift | {"unit_coins": 50_000, "viewer_id": f"d{more}"})
            self._put(
                "gift_sent", at + HOUR_MS, **gift | {"unit_coins": 50_000 + more, "viewer_id": f"d{more}"}
            )
            self._put(
                "gift_sent", at + HOUR_MS, **gift | {"unit_coins": 10**6 + more, "viewer_id": f"m{more}"}
            )
            self._now = max(self._now, at + HOUR_MS)
        at = self._now
        for more in (0, 1):
            for _ in range(60 + more):
                self._put(
                    "gift_sent", at, viewer_id=f"s{more}", creator_id="r2", **_SPENT | {"unit_coins": 1}
                )
            probable = {"viewer_id": f"y{more}", "unit_coins": 1_000 + more, "creator_id": "r3"}
            self._put("gift_sent", at, **_SPENT | probable, minor_score_bps=8_000)
            self._put("gift_sent", at, **_SPENT | probable, minor_score_bps=7_999)
            new = {"viewer_id": f"w{more}", "unit_coins": 10_000 + more, "creator_id": "r4"}
            self._put("gift_sent", at, **_SPENT | new, account_age_days=6)
            self._put("gift_sent", at, **_SPENT | new | {"viewer_id": f"o{more}"}, account_age_days=7)
            capped = {"viewer_id": "v5", "unit_coins": 500 + more, "cap_gift_coins": 500, "creator_id": "r5"}
            self._put("gift_sent", at, **_SPENT | capped)
            # A ring: over 100,000 coins, over 90 % of them from three accounts below 30 days of age.
            for sender in range(4):
                coins = 30_000 + more if sender < 3 else 10_000
                ring = {"viewer_id": f"q{sender}", "creator_id": f"ring{more}", "unit_coins": coins}
                age = 29 if sender < 2 else 30
                self._put("gift_sent", at, **_SPENT | ring, account_age_days=age)
            for sender in range(4 + more):
                alike = {"viewer_id": f"u{sender}", "creator_id": f"alike{more}", "unit_coins": 1}
                self._put("gift_sent", at, **_SPENT | alike, device_hash="one", payment_hash="one")
            # 20 equal gifts in a silent room of under 5 viewers; coins by viewer of a room.
            for room, viewers in (("five", 5), ("four", 4)):
                for _ in range(20 + more):
                    equal = {"viewer_id": f"x{more}", "unit_coins": 3, "creator_id": "r6", "room_id": room}
                    self._put("gift_sent", at, **_SPENT | equal)
                if not more:
                    stat = {"room_id": room, "concurrent": viewers, "chat_messages": 0, "creator_id": "r6"}
                    self._put("room_stat", at, **stat)
            odd = {"room_id": f"odd{more}", "creator_id": "r7"}
            self._put("gift_sent", at, **_SPENT | odd, unit_coins=1_000 + more)
            self._put("room_stat", at, **odd, concurrent=1, chat_messages=2)
            # A viewer who saw an ad eight times.
            for _ in range(8 + more):
                shown = {"imp_id": f"i{self._count}", "campaign_id": "k2", "advertiser_id": "a0"}
                self._put(
                    "impression", at, viewer_id=f"z{more}", **shown, billable=True, price_micros_cpm=10**6
                )
            # 50 orders, of which half came back within a day of the hour after them, and one more.
            self._hype(more, at)
        self._now += 1

    def _hype(self, more: int, at: int) -> None:
        creator = f"h{more}"
        order = {"creator_id": creator, "value_micros": 10**6}
        for number in range(50):
            self._put("order_completed", at, order_id=f"h{more}{number}", viewer_id="v6", **order)
        back = {"creator_id": creator, "refund_micros": 10**6}
        for number in range(25 + more):
            since = at - (HOUR_MS + 1 if number % 2 else DAY_MS)
            self._put(
                self._rng.choice(("order_refunded", "order_cancelled")),
                at,
                order_id=f"h{more}{number}",
                original_event_time=since,
                **back,
            )
        for since in (HOUR_MS, DAY_MS + 1):
            self._put(
                "order_refunded", at, order_id=f"h{more}{since}", original_event_time=at - since, **back
            )

    def _deals(self, turn: int, day: int) -> None:
        """Deals that go a step a turn, come again, are agreed after 14 days, or overtake one another."""
        at, steps = self._edge, ("invited", "agreed", "submitted", "approved", "posted", "paid")
        about = {"advertiser_id": "a1", "value_micros": 25 * 10**6}
        # What was said in the turn before comes again, beyond the dedup horizon: under its id, and by turns
        # under another one, with which a draft is handed in anew.
        for one, kind, fields in self._steps.pop(self._app, ()):
            for event_id in (one, f"{one}-again")[: 1 + turn % 2]:
                self._put(kind, at, event_id=event_id, **fields)
        said = self._steps[self._app] = []
        for age, step in enumerate(steps):
            if turn >= age:
                deal, creator = f"{self._app}{turn - age}", f"c{(turn - age) % 3}"
                says: dict[str, dict[str, Any]] = {
                    "posted": {"disclosure_label": turn % 2 == 0},
                    "paid": {"views": 4_000},
                }
                fields = {"deal_id": deal, "creator_id": creator, **about, **says.get(step, {})}
                said.append((f"{deal}-{step}", f"deal_{step}", fields))
                self._put(f"deal_{step}", at, event_id=f"{deal}-{step}", **fields)
        if day % 7 == 1:
            self._answers(day)
        if day == SLOW_DAY:
            self._overtaken(day)
            self._put("deal_cancelled", self._now, deal_id=f"{self._app}{turn}", creator_id="c7", **about)

    def _answers(self, day: int) -> None:
        """Invitations that are agreed to after 14 days and a millisecond later, or declined at once."""
        at, about = self._edge, {"advertiser_id": "a1", "value_micros": 25 * 10**6}
        for late in (0, 1):
            who = {"creator_id": "c4", "deal_id": f"old{self._app}{day}{late}"}
            self._put("deal_invited", at, **who, **about)
            if day > 14:
                who["deal_id"] = f"old{self._app}{day - 14}{late}"
                self._put("deal_agreed", at + late, **who, **about)
            no = {"creator_id": "c5", "deal_id": f"no{self._app}{day}{late}"}
            self._put("deal_invited", at - 1, **no, **about)
            self._put("deal_declined", at + late, **no, **about)

    def _overtaken(self, day: int) -> None:
        """Steps that were overtaken come as late as they may, and a millisecond later."""
        about = {"advertiser_id": "a1", "value_micros": 25 * 10**6}
        for beyond in (0, 1):
            who = {"creator_id": "c6", "deal_id": f"over{self._app}{day}{beyond}"}
            start = self._now
            self._put("deal_agreed", start, **who, **about)
            self._put("deal_approved", start + 2, **who, **about)
            overtaken = self._marks["deal", self._partition("c6")]
            self.at(overtaken + LATENESS_MS + beyond, "deal")
            for kind in ("deal_submitted", "deal_changes_requested", "deal_submitted"):
                self._put(kind, start + 1, **who, **about)

    def _currencies(self, day: int) -> None:
        """A currency whose rate begins on one day and ends on another: a millisecond before, and then."""
        for edge in _FRANCS:
            if (edge - MIDNIGHT) // DAY_MS == day and self._app == "tiktok":
                for time_ms in (edge - 1, edge):
                    francs = {"currency": "CHF", "creator_id": "c8", "viewer_id": "v7"}
                    self._put(
                        "order_completed", time_ms, **francs, value_micros=10**6, order_id=f"f{time_ms}"
                    )
                    back = {"refund_micros": 10**5, "original_event_time": time_ms, "order_id": f"f{time_ms}"}
                    self._put("order_refunded", edge + 2, **francs, **back)
        self._put("gift_sent", self._edge - 1, platform="ios", viewer_id="v8", **_SPENT | {"unit_coins": 1})
        self._put("gift_sent", self._edge, platform="ios", viewer_id="v8", **_SPENT | {"unit_coins": 1})
