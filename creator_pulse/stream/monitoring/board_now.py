"""The home board: are all four parties well, where does it hurt, and can the numbers be trusted?"""

from __future__ import annotations

from dataclasses import replace

from creator_pulse.stream.catalog.declaration.causes import TOOL_OF_TOPIC
from creator_pulse.stream.catalog.gift.metrics import GI1
from creator_pulse.stream.catalog.growth.metrics import GR5
from creator_pulse.stream.catalog.platform.metrics import N1, N4
from creator_pulse.stream.monitoring.alerts import declared, judged
from creator_pulse.stream.monitoring.board_alert_panels import WATCHED, firing
from creator_pulse.stream.monitoring.board_changes import changed
from creator_pulse.stream.monitoring.board_forms import panels_of, usd_tile
from creator_pulse.stream.monitoring.board_links import KEEP, RUNBOOK
from creator_pulse.stream.monitoring.board_panel import BoardColumn, Panel
from creator_pulse.stream.monitoring.board_parts import Board, BoardRow
from creator_pulse.stream.monitoring.board_values import PLACES, WHERE, counted
from creator_pulse.stream.monitoring.board_words import (
    NO_HISTORY,
    NO_TRAFFIC,
    NO_VERDICT,
    PARTIES,
    TOOLS,
    UNKNOWN,
    nothing_in,
)
from creator_pulse.stream.monitoring.families import FAMILIES, gauge, once
from creator_pulse.stream.monitoring.guardrail_records import NEAR, PARTY, RANKS, VALUE
from creator_pulse.stream.monitoring.records import STARTED

_LIVE = "Counted in the last minute, before windows close: it moves within seconds."
EARNED = {
    "gift": "creator_gift_usd_total",
    "ad": "creator_ad_usd_total",
    "reward": "reward_usd_total",
    "deal": "deal_usd_total",
    "commerce": "commission_usd_total",
}
"""Tool -> the counter of what it earns for creators, without ``pulse_``."""
_SIGNALS = {"gift": "gift_value", "ad": "ad_revenue", "commerce": "orders"}
"""Tool -> the signal that tells whether it is as usual; of the others nothing comes every minute."""
_TRUST = {"0": ("in time", "green"), "1": ("late", "orange"), "2": ("too late", "red")}
_CHANGE = ((-1e9, "red"), (-0.2, "orange"), (-0.05, "text"))


def board() -> Board:
    """The home board."""
    return Board(
        uid="pulse-now",
        title="Creator Pulse: now",
        description="Are all four parties well, where does it hurt, and since when?",
        variables=PLACES,
        rows=(
            BoardRow(
                "Are all four parties well?",
                (_parties(), firing(WATCHED, "Active alerts", width=14, by_topic=False)),
            ),
            BoardRow("What attention earns", (*_tiles(), *_star())),
            BoardRow("The five tools", (_tools(), changed())),
            BoardRow("From content to payment", _funnel()),
            BoardRow("Can the numbers be trusted?", _trust()),
            BoardRow("Where does it come from?", _regions(), closed=True),
        ),
    )


def _funnel() -> tuple[Panel, ...]:
    """Creators from content to payment, then the money with the platform's part."""
    titles = (
        "Creator funnel, 24h",
        "Money funnel, 24h",
    )
    return tuple(replace(panel, title=title) for panel, title in zip(panels_of(GR5)[:2], titles, strict=True))


def _parties() -> Panel:
    party = f"max by (party, alertname) ({PARTY})"
    since = f"min by (alertname) (ALERTS_FOR_STATE{{{WATCHED}}})"
    return Panel(
        "The four parties",
        "A party is well while none of its guardrails is crossed; why: the gravest alert, which leads to its "
        "runbook. The name of the party leads to its board.",
        "short",
        {},
        width=10,
        height=6,
        kind="table",
        columns=(
            BoardColumn(
                "Party",
                label="party",
                states={party: (name, "text") for party, name in PARTIES.items()},
                link="/d/pulse-party-${__data.fields.party}?" + KEEP,
            ),
            BoardColumn("State", party, states=RANKS, width=90),
            BoardColumn("Why", label="alertname", link=RUNBOOK),
            BoardColumn(
                "Since",
                f"0 * {party} + on (alertname) group_left () 1000 * {since}",
                unit="dateTimeFromNow",
                empty="",
            ),
        ),
        empty=UNKNOWN,
    )


def _tiles() -> tuple[Panel, ...]:
    earned = counted(EARNED["gift"], EARNED["ad"], EARNED["commerce"])
    reversed_usd, watched = counted("reversed_usd_total"), counted("watch_seconds_total")
    return (
        usd_tile(
            "Earnings per 1,000 viewing hours, last minute",
            f"{N1.note} {_LIVE}",
            # Per 1,000 hours: viewing time is in seconds, 3,600 an hour.
            {"earnings": f"3600000 * ({earned} - {reversed_usd}) / ({watched} > 0)"},
        ),
        usd_tile(
            "Gift value, last minute", f"{GI1.question} {_LIVE}", {"gifts": counted("gift_usd_total")}, "gift"
        ),
        usd_tile(
            "Ad revenue, last minute",
            f"What do advertisers pay? {_LIVE}",
            {"ads": counted("ad_revenue_usd_total")},
            "ad",
        ),
        usd_tile(
            "GMV, last minute",
            f"What do viewers buy? {_LIVE}",
            {"GMV": counted("gmv_usd_total")},
            "commerce",
        ),
    )


def _star() -> tuple[Panel, ...]:
    star = panels_of(N1)[0]
    platform = panels_of(N4)[0]
    return replace(star, width=12), replace(platform, width=12)


def _tools() -> Panel:
    """A line a tool: its earnings, against its past, and whether something is wrong."""
    hour, before, week = (_by_tool(span="1h", shift=shift) for shift in ("", " offset 1h", " offset 1w"))
    now = f'ALERTS{{product="pulse",alertstate="firing",tool=~"{"|".join(EARNED)}"}}'
    alerts = f"count by (tool) (max by (tool, alertname, app) ({now}))"
    # In the first minutes five of them are not five: everything would seem to fall.
    grown = f"min(time() - {STARTED}) > 300"
    return Panel(
        "Tools",
        "What creators earn from each tool, before reversals. The name leads to the board of the tool.",
        "currencyUSD",
        {},
        width=24,
        height=6,
        kind="table",
        columns=(
            BoardColumn(
                "Tool",
                label="tool",
                states={tool: (name, "text") for tool, name in TOOLS.items()},
                link="/d/pulse-tool-${__data.fields.tool}?" + KEEP,
            ),
            BoardColumn("Earned, last 5 minutes", _by_tool(span="5m"), unit="currencyUSD", decimals=2),
            BoardColumn("Earned, last hour", hour, unit="currencyUSD", decimals=2),
            BoardColumn(
                "Against the hour before",
                f"{hour} / ({before} > 0) - 1",
                unit="percentunit",
                decimals=0,
                steps=_CHANGE,
                empty=NO_HISTORY,
            ),
            BoardColumn(
                "Against last week",
                f"{hour} / ({week} > 0) - 1",
                unit="percentunit",
                decimals=0,
                steps=_CHANGE,
                empty=NO_HISTORY,
            ),
            BoardColumn(
                "Of usual", _of_usual(), unit="percentunit", decimals=0, empty=f"{NO_HISTORY}, or no signal"
            ),
            BoardColumn(
                "Trend",
                f"clamp(floor(10 * (12 * {_by_tool(span='5m')} / ({hour} > 0) - 1)), -1, 1)\n"
                f"and on () {grown}",
                states={"-1": ("▼ falling", "orange"), "0": ("▶ steady", "text"), "1": ("▲ rising", "green")},
                empty=NO_VERDICT,
            ),
            BoardColumn("Counted", _in_time(), states=_TRUST, empty=UNKNOWN),
            BoardColumn(
                "Alerts firing",
                f"{alerts}\nor 0 * {hour}",
                steps=((1, "red"),),
                decimals=0,
            ),
        ),
        empty=NO_TRAFFIC,
    )


def _of_usual() -> str:
    """The last quarter of an hour by its expectation, of the tools that have a signal."""
    parts = []
    for tool, signal in _SIGNALS.items():
        chosen = f'{{signal="{signal}",region="all",app=~"$app"}}'
        seen, expected = (
            f"sum(avg_over_time({name}{chosen}[15m]) and pulse_expected_history{chosen} > 0)"
            for name in ("pulse_seen", "pulse_expected")
        )
        parts.append(f'label_replace({seen} / ({expected} > 0), "tool", "{tool}", "", "")')
    return " or ".join(parts)


def _in_time() -> str:
    """Whether a tool's topic is counted in time: 0; 1 late; 2 too late to say anything of now."""
    parts = []
    for topic, tool in TOOL_OF_TOPIC.items():
        behind = f'max(topic:pulse_freshness_seconds:max{{topic="{topic}"}})'
        levels = " + ".join(f"({behind} >bool {bound:g})" for bound in (60, 300))
        parts.append(f'label_replace({levels}, "tool", "{tool}", "", "")')
    return " or ".join(parts)


def _by_tool(span: str, shift: str = "") -> str:
    """What each tool earns for creators in a span, by ``tool``."""
    parts = (
        f'label_replace({counted(counter, span=span, shift=shift)}, "tool", "{tool}", "", "")'
        for tool, counter in EARNED.items()
    )
    return f"({' or '.join(parts)})"


def _trust() -> tuple[Panel, ...]:
    silent = f"count({VALUE}) - count({NEAR})"
    duplicates = FAMILIES["duplicate_share_ratio"]
    return (
        Panel(
            "Freshness, oldest topic",
            "How far event time stands behind the clock; over its bounds, do not believe the rest.",
            "s",
            {"freshness": "max(topic:pulse_freshness_seconds:max)"},
            width=4,
            height=4,
            alerts=("DataStale",),
            kind="stat",
            decimals=0,
        ),
        Panel(
            "Partitions counted, 5m",
            "Share of partitions whose watermark passed the window's end; under 100 % a "
            "partition is idle or behind.",
            "percentunit",
            {"least": 'min(pulse_value_completeness_ratio{window="5m",state="provisional"})'},
            width=4,
            height=4,
            kind="stat",
            empty=nothing_in(("5m",)),
            steps=((0, "orange"), (1, "green")),
        ),
        _worst("Late records", "LateShareHigh", _judged("LateShareHigh")),
        _worst("Duplicate records", "DuplicateShareHigh", once(duplicates, gauge(duplicates.name, "10m"))),
        _worst("Invalid records", "InvalidShareHigh", _judged("InvalidShareHigh")),
        Panel(
            "Guardrails with a verdict",
            "Those with a bound now, and those without: what is usual needs a week of history. "
            "They are silent, not green.",
            "short",
            {"watching": f"count({NEAR})", "silent": silent},
            width=4,
            height=4,
            kind="stat",
            decimals=0,
            empty=NO_HISTORY,
        ),
    )


def _judged(alert: str) -> str:
    """PromQL of a value where its fixed bound is judged: one record of four is no share."""
    return judged(
        next(each for _, each in declared() if each.alert == alert and not each.condition.of_gauges)
    )


def _worst(title: str, alert: str, shares: str) -> Panel:
    return Panel(
        title,
        "The largest share of a topic that the guardrail does not hold back; the colours are its bounds.",
        "percentunit",
        {"worst topic": f"max({shares})"},
        width=4,
        height=4,
        kind="stat",
        alerts=(alert,),
        empty=NO_VERDICT,
    )


def _regions() -> tuple[Panel, ...]:
    chosen = (("Gift value", "gift_value_usd"), ("Ad revenue", "ad_value_usd"), ("GMV", "order_value_usd"))
    return tuple(
        Panel(
            f"{title} by region, 1h",
            f"{FAMILIES[name].metric.formula}; regions without series of their own are *other*.",
            "currencyUSD",
            {
                "{{app}} {{region}}": "sort_desc(sum by (app, region) "
                f"({once(FAMILIES[name], gauge(name, '1h', *WHERE))}))"
            },
            kind="bargauge",
            decimals=2,
            empty=nothing_in(("1h",)),
        )
        for title, name in chosen
    )
