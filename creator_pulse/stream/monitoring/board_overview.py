"""The overview board: is monetization healthy, and can the answer be trusted?"""

from __future__ import annotations

from creator_pulse.stream.catalog.ad.metrics import AD1, AD3
from creator_pulse.stream.catalog.commerce.metrics import EC1
from creator_pulse.stream.catalog.declaration.conditions.condition import number
from creator_pulse.stream.catalog.declaration.recorded import baseline_of, recorded
from creator_pulse.stream.catalog.gift.metrics import GI1
from creator_pulse.stream.catalog.platform.metrics import N1, N2
from creator_pulse.stream.catalog.viewers.metrics import VX1
from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.board_parts import Board, Panel
from creator_pulse.stream.monitoring.board_values import PLACES, WHERE, last_minute, total, usd_tile
from creator_pulse.stream.monitoring.families import FAMILIES, gauge, once
from creator_pulse.stream.monitoring.records import MISSING

_COUNTED = "Counted in the last minute, before windows close: it moves within seconds."
_USUAL = (
    "*Usual* and *alert bound* are of whole apps, whatever region is chosen; they need a week of history."
)


def board() -> Board:
    """The overview."""
    return Board(
        uid="pulse-overview",
        title="Creator Pulse: overview",
        description="Is monetization healthy, and can the answer be trusted?",
        variables=PLACES,
        rows={
            "Is monetization healthy right now?": _now(),
            "Compared with the usual for this hour": _usual(),
            "Where does it come from?": _regions(),
            "Guardrails": _guardrails(),
            "Can I trust this?": _trust(),
        },
    )


def _now() -> tuple[Panel, ...]:
    earned = last_minute("creator_gift_usd_total", "creator_ad_usd_total", "commission_usd_total")
    reversed_usd, watched = last_minute("reversed_usd_total"), last_minute("watch_seconds_total")
    tools = {
        "gift": "creator_gift_usd_total",
        "ad": "creator_ad_usd_total",
        "fund": "reward_usd_total",
        "brand": "deal_usd_total",
        "commerce": "commission_usd_total",
    }
    return (
        usd_tile(
            "Earnings per 1,000 viewing hours, last minute",
            f"{N1.note} {_COUNTED}",
            # Per 1,000 hours: viewing time is in seconds, 3,600 an hour.
            {"earnings": f"3600000 * ({earned} - {reversed_usd}) / ({watched} > 0)"},
        ),
        usd_tile(
            "Gift value, last minute", f"{GI1.question} {_COUNTED}", {"gifts": last_minute("gift_usd_total")}
        ),
        usd_tile(
            "Ad revenue, last minute",
            f"{AD1.question} {_COUNTED}",
            {"ads": last_minute("ad_revenue_usd_total")},
        ),
        usd_tile("GMV, last minute", f"{EC1.question} {_COUNTED}", {"orders": last_minute("gmv_usd_total")}),
        usd_tile(
            "Creator earnings by tool, last minute",
            f"{N2.note} Before reversals. {_COUNTED}",
            {tool: last_minute(name) for tool, name in tools.items()},
        ),
        Panel(
            "Freshness, oldest topic",
            "How far event time stands behind the clock; over its bounds, do not believe the rest.",
            "s",
            {"freshness": "max(topic:pulse_freshness_seconds:max)"},
            width=4,
            height=5,
            alerts=("DataStale",),
            kind="stat",
            decimals=0,
        ),
    )


def _usual() -> tuple[Panel, ...]:
    return (
        _compared(N1.title, f"{N1.note} {_USUAL}", "creator_earnings_per_1000_hours_usd", "1h"),
        _compared(
            "Gift value, gifts capped at 1,000 coins",
            f"{GI1.formula}. {_USUAL}",
            "gift_value_capped_usd",
            "5m",
        ),
        _compared(AD1.title, f"{AD1.formula}. {_USUAL}", "ad_value_usd", "5m"),
        _compared(EC1.title, f"{EC1.formula}. {_USUAL}", "order_value_usd", "5m"),
    )


def _compared(title: str, description: str, name: str, window: str) -> Panel:
    """A value beside its own past; one line per app where apps cannot be added."""
    family = FAMILIES[name]
    base = f'{baseline_of(recorded(("app",), name, window))}{{app=~"$app"}}'
    queries = {"now": total(name, window)}
    if family.ratio is None:
        queries["a week ago"] = total(name, window, " offset 1w")
        # Only sums may be added over apps; a ratio gets a line per app.
        base = f"sum({base})"
    legend = "" if family.ratio is None else " {{app}}"
    queries[f"usual{legend}"] = base
    for word, factor in _factors(name):
        queries[f"alert bound {word}{legend}"] = f"{number(factor)} * {base}"
    return Panel(f"{title}, {window} window", description, "currencyUSD", queries, width=12)


def _factors(name: str) -> list[tuple[str, float]]:
    """The factors of the baseline in the guardrails on a value."""
    conditions = (guardrail.condition for _, guardrail in declared() if guardrail.series == name)
    return [side for condition in conditions for side in condition.factors()]


def _regions() -> tuple[Panel, ...]:
    chosen = (("Gift value", "gift_value_usd"), ("Ad revenue", "ad_value_usd"), ("GMV", "order_value_usd"))
    return tuple(
        Panel(
            f"{title} by region, 1h window",
            f"{FAMILIES[name].metric.formula}; regions without series of their own are *other*.",
            "currencyUSD",
            {
                "{{app}} {{region}}": "sort_desc(sum by (app, region) "
                f"({once(FAMILIES[name], gauge(name, '1h', *WHERE))}))"
            },
            kind="bargauge",
            decimals=2,
        )
        for title, name in chosen
    )


def _guardrails() -> tuple[Panel, ...]:
    alerts = 'max by (alertname) (ALERTS{product="pulse",alertname!="Watchdog",alertstate="%s"})'
    return (
        Panel(
            "Alerts, pending and firing",
            "Empty is good. Pending: the bound is crossed, but not for long enough yet.",
            "short",
            # 2 is firing, 1 pending: the panel maps them to colours.
            {"{{alertname}}": f"2 * {alerts % 'firing'} or {alerts % 'pending'}"},
            width=16,
            kind="statetimeline",
            empty="no alert in this range",
        ),
        Panel(
            "Guardrails without history",
            "Series with nothing to be compared with yet: their alerts are silent, not green.",
            "short",
            {"series": MISSING},
            width=8,
            kind="stat",
            decimals=0,
        ),
        Panel(
            f"{VX1.title} by surface, 15m window",
            f"{VX1.formula}. The page's cap is the line.",
            "short",
            {
                "{{app}} {{surface}}": 'app_surface:pulse_ad_load_per_hour:15m{app=~"$app"}',
                "usual {{app}} {{surface}}": 'app_surface:pulse_ad_load_per_hour:baseline_15m{app=~"$app"}',
            },
            width=12,
            alerts=("AdLoadOverCap",),
        ),
        _compared(AD3.title, f"{AD3.formula}. {_USUAL}", "ad_ecpm_usd", "15m"),
    )


def _trust() -> tuple[Panel, ...]:
    return (
        Panel(
            "Completeness of the 5m windows",
            "Share of partitions whose watermark passed the window's end; under 100 % a "
            "partition is idle or behind.",
            "percentunit",
            {"{{value}}": 'min by (value) (pulse_value_completeness_ratio{window="5m",state="provisional"})'},
        ),
        _share("Late share", "late_share_ratio", "10m", "LateShareHigh"),
        _share("Duplicate share", "duplicate_share_ratio", "10m", "DuplicateShareHigh"),
        Panel(
            "Invalid share, 5 minutes by the clock",
            f"{FAMILIES['invalid_share_ratio'].metric.formula}; the lines are the guardrail's bounds.",
            "percentunit",
            {"{{topic}}": "topic:pulse_invalid_records_ratio:increase5m"},
            alerts=("InvalidShareHigh",),
        ),
        Panel(
            "Watermark age by topic",
            "Now less the lowest watermark of the partitions that are not idle.",
            "s",
            {"{{topic}}": "topic:pulse_freshness_seconds:max"},
            alerts=("DataStale",),
        ),
        Panel(
            "Consumer lag by topic",
            "Records that wait, in seconds at the present rate.",
            "s",
            {"{{topic}}": "topic:pulse_consumer_lag_seconds:ratio"},
            alerts=("ConsumerLagHigh",),
        ),
    )


def _share(title: str, name: str, window: str, alert: str) -> Panel:
    text = f"{FAMILIES[name].metric.formula}; the lines are the guardrail's bounds."
    series = recorded(("topic",), name, window)
    return Panel(f"{title}, {window} window", text, "percentunit", {"{{topic}}": series}, alerts=(alert,))
