"""What viewers give, how it is spread over them, and whether they can buy coins: GI1 to GI8."""

from __future__ import annotations

from creator_pulse.stream.aggregates import RANK, Each, Number, Reach, TopK
from creator_pulse.stream.catalog.declaration.declare import Metric, Sum, Value
from creator_pulse.stream.catalog.declaration.lane_series import lane_gauge
from creator_pulse.stream.catalog.declaration.quantiles import figures, sizes
from creator_pulse.stream.catalog.declaration.shorthand import over, share, total, usd
from creator_pulse.stream.catalog.gift import alerts
from creator_pulse.stream.catalog.viewers.metrics import LEAST_LIVE_MS, LIVE_VIEWERS

_TOPUPS = {"topups_completed": 1, "topups_failed": 1}
_GIVEN = Each(("viewer_id",), Sum({"gifter_coins": 1}))
_RANKED = ("app", RANK)

GI1 = Metric(
    id="GI1",
    title="Gross gift value",
    question="How much do viewers spend on gifts?",
    tier="core",
    tool="gift",
    stakeholders=("platform", "creators"),
    shows=("gift_value_usd",),
    unit="USD",
    formula="sum of unit_coins x count over final gifts and timed-out streaks, at the dated coin price",
    source="contract section 3 (gift coins, gross gift value); catalogue GI1",
    values=(
        usd("gift_value_usd", "gift_usd", "1m 5m 1h 24h", "gross gift value"),
        usd(
            "gift_value_capped_usd",
            "gift_capped_usd",
            "5m 1h",
            "gross gift value with each gift capped at 1,000 coins",
            title="Each gift capped at 1,000 coins",
        ),
        total("gift_value_coins", "gift_coins", "1m 5m 1h", "gift coins"),
        total("gift_count", "gifts", "1m 5m 1h", "final gifts and timed-out streaks"),
    ),
    guardrails=alerts.GIFT_VALUE,
)

GI2 = Metric(
    id="GI2",
    title="Creator gift earnings",
    question="What do creators earn from gifts?",
    tier="core",
    tool="gift",
    stakeholders=("creators",),
    unit="USD",
    formula="gift coins x dated creator rate",
    source="contract section 3 (creator gift earnings); catalogue GI2",
    values=(usd("creator_gift_earnings_usd", "creator_gift_usd", "5m 1h", "creator gift earnings"),),
)

_GIVEN_LIVE = Each(("viewer_id",), Sum({"live_gifter_coins": 1}), {"viewer_live_ms": LEAST_LIVE_MS})

GI3 = Metric(
    id="GI3",
    title="Gifter conversion",
    question="Which part of the live viewers gives?",
    tier="supporting",
    tool="gift",
    stakeholders=("viewers", "platform"),
    unit="ratio",
    formula=(
        "of the viewers with 10 s or more of viewing time in live rooms: those who gave coins in a live room "
        "(the gift names a room) / all"
    ),
    source="catalogue GI3; exact, not a sketch",
    values=(
        over(
            "gifter_conversion_ratio",
            Reach(_GIVEN_LIVE, among=LIVE_VIEWERS),
            "1h",
            "live viewers who gave in live rooms / live viewers",
            unit="percentunit",
        ),
        over("live_viewers", Number(LIVE_VIEWERS), "1h", "viewers with 10 s or more in live rooms"),
    ),
    guardrails=alerts.CONVERSION,
)

GI4 = Metric(
    id="GI4",
    title="Coins per gifter",
    question="Do many viewers give a little, or few very much?",
    tier="supporting",
    tool="gift",
    stakeholders=("viewers", "creators"),
    unit="coins",
    formula="p50, p95 and p99 of the coins that a viewer gave, over viewers who gave any; exact",
    source="catalogue GI4",
    values=(
        *figures("gifter_{}_coins", _GIVEN, ("1h",), "short", "the coins that a gifter gave", "p50 p95 p99"),
        over("gifters", Number(_GIVEN), "1h", "viewers who gave coins"),
    ),
    guardrails=alerts.GIFTERS,
)

STREAKS = sizes(
    "gift_streak_length_{}",
    "gift_streak_sizes",
    ("1h",),
    "short",
    "the length of streaks",
    "p50 p95",
    title="Streak length",
)
"""Of GI5."""

GI5 = Metric(
    id="GI5",
    title="Gift intensity",
    question="How often do viewers give, and how much of it in matches?",
    tier="supporting",
    tool="gift",
    stakeholders=("creators",),
    more=(("gift_match_ratio",),),
    unit="gifts per viewing hour",
    formula="gifts / viewing hours; coins of gifts in a match / gift coins",
    source="catalogue GI5; trap T3 (match points are no coins)",
    values=(
        share(
            "gifts_per_viewing_hour",
            ("gifts", "watch_ms"),
            "1h",
            "gifts per viewing hour",
            unit="short",
            factor=3600,
        ),
        total("gift_match_coins", "gift_match_coins", "1h", "coins of gifts sent in a match"),
        share(
            "gift_match_ratio",
            ("gift_match_coins", "gift_coins"),
            "1h",
            "share of coins sent in matches",
            title="Share in matches",
        ),
        *STREAKS,
    ),
)


def _board(name: str, measure: str, by: str, text: str) -> tuple[Value, Value]:
    """A leaderboard by coins, and the same as shares."""
    each = Each((by,), Sum({measure: 1}))
    return (
        over(
            f"{name}_coins",
            TopK(each),
            "5m",
            f"coins of the top 20 {text}",
            labels=_RANKED,
            title=f"Top {text}",
        ),
        over(
            f"{name}_share_ratio",
            TopK(each, share=True),
            "5m",
            f"share of all coins of the top 20 {text}",
            unit="percentunit",
            labels=_RANKED,
        ),
    )


GI6 = Metric(
    id="GI6",
    title="Top rooms and gifts",
    question="Which rooms and gifts carry the coins, and how much of them?",
    tier="supporting",
    tool="gift",
    stakeholders=("creators", "platform"),
    form="ranking",
    unit="coins",
    formula="the 20 largest by coins, and the others; together all coins",
    source="catalogue GI6; exact, not a sketch: the sums of all rooms of an app meet in one lane",
    values=(
        *_board("gift_top_room", "room_coins", "room_id", "rooms"),
        *_board("gift_top_gift", "gift_kind_coins", "gift_id", "gifts"),
    ),
    note="The series hold ranks only; which room or gift it is stands in the API's leaderboard.",
)

GI7 = Metric(
    id="GI7",
    title="Top-up success",
    question="Can viewers buy coins?",
    tier="supporting",
    tool="gift",
    stakeholders=("viewers", "platform"),
    unit="ratio",
    formula="completed / (completed + failed) top-ups",
    source="catalogue GI7",
    values=(
        total("topup_completed_count", "topups_completed", "5m 1h", "completed top-ups"),
        total("topup_count", _TOPUPS, "5m", "top-ups"),
        share("topup_success_ratio", ("topups_completed", _TOPUPS), "5m", "completed / all top-ups"),
    ),
    guardrails=alerts.TOPUPS,
)


def _coins(family: str, sign: str = "") -> str:
    """An all-time counter of coins by app, subtracted by the sign ``-1 * ``; marks tell parts apart."""
    mark = family.replace("_total", "").replace('"', "")
    by_app = f"sum by (app) ({lane_gauge(f'last_over_time(pulse_{family}[5m])', 'app', 'region')})"
    return f'label_replace({sign}{by_app}, "part", "{mark}", "", "")'


_CHANGE = (
    "sum by (app) (\n  "
    + "\n  or ".join(
        (
            _coins("topup_coins_total"),
            _coins('late_coins_total{flow="bought"}'),
            _coins("returned_coins_total"),
            _coins('late_coins_total{flow="returned"}'),
            _coins("gift_coins_total", "-1 * "),
            _coins('late_coins_total{flow="given"}', "-1 * "),
        )
    )
    + "\n)"
)

GI8 = Metric(
    id="GI8",
    title="Unspent coins since the log began",
    question="By how much has grown what viewers hold of the coins that they paid for?",
    tier="supporting",
    tool="gift",
    stakeholders=("viewers", "platform"),
    form="stock",
    more=(("app:pulse_open_coins:total",),),
    titles={"app:pulse_open_coins:total": "Balance outstanding"},
    unit="coins",
    formula=(
        "coins bought - given + of gifts taken back, since counting began, late records included; the "
        "balance outstanding is that + the opening balance"
    ),
    source="decided: a stock is a sum of all time, so it is made by Prometheus from counters",
    note=(
        "Below 0, viewers give coins that they held before: the log does not tell how many those were. Only "
        "where `opening` of the reference topic does, there is a balance, app:pulse_open_coins:total."
    ),
    recorded={
        "app:pulse_open_coins:total": (f"{_CHANGE}\n+ on (app) max by (app) (pulse_opening_coins)"),
        # The last one is drawn: it is known without an opening balance.
        "app:pulse_open_coins_growth:total": _CHANGE,
    },
)

METRICS = (
    GI1,
    GI2,
    GI3,
    GI4,
    GI5,
    GI6,
    GI7,
    GI8,
)
