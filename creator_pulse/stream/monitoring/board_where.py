"""The board of contributors: which app, region, platform, gift or campaign explains an unusual signal?"""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.signals import PAGE_SCORE, TICKET_SCORE
from creator_pulse.stream.catalog.signals import SIGNALS
from creator_pulse.stream.monitoring.alerts import WHERE
from creator_pulse.stream.monitoring.board_alert_panels import WATCHED, firing
from creator_pulse.stream.monitoring.board_links import KEEP, cases, explanation, where_of_row
from creator_pulse.stream.monitoring.board_panel import BoardColumn, Panel, States
from creator_pulse.stream.monitoring.board_parts import Board, BoardRow, variable
from creator_pulse.stream.monitoring.board_words import AS_USUAL, NO_HISTORY

_CHOSEN = 'signal=~"$signal",app=~"$app"'
_SIGNALS: States = {signal.name: (signal.words, "text") for signal in SIGNALS}
_BY = "signal, app"
_NARROWED = where_of_row("signal", "app")
_PLACES = (
    BoardColumn("Signal", label="signal", states=_SIGNALS, width=170, link=_NARROWED),
    BoardColumn("App", label="app", width=90),
)
_DEEPER = {
    "Rooms and gifts by coins": f"/d/pulse-tool-gift?{KEEP}",
    "Campaigns by spend": f"/d/pulse-tool-ad?{KEEP}",
    "Orders": f"/d/pulse-tool-commerce?{KEEP}",
    "Alerts": f"/d/pulse-alerts?{KEEP}",
    "Cases": cases(),
}
"""What lies one click deeper: leaderboards of the tools, alerts with their runbooks, flagged identities."""
_HOW = (
    "Each line is a value, or a pair of two, that explains the change of a signal while few others do; its "
    "share is of the whole change, more than all of it where others went the other way. Everything alike: no "
    "few values explain it. A name leads to all contributors of the last half hour, as the API tells them; "
    "pulse explain SIGNAL --app APP prints them too."
)


def board() -> Board:
    """The contributors."""
    return Board(
        uid=WHERE,
        title="Creator Pulse: where",
        description="Which app, region, platform, gift or campaign explains what is not as usual?",
        variables=(
            variable("app", "App", "label_values(pulse_gift_usd_total, app)"),
            variable("region", "Region", 'label_values(pulse_expected{region!="all",app=~"$app"}, region)'),
            variable("signal", "Signal", 'label_values(pulse_expected{region="all"}, signal)'),
        ),
        rows=(
            BoardRow("What is not as usual?", (_unusual(),)),
            BoardRow("Who explains it?", (_contributors(),)),
            BoardRow("Since when, and who before?", (_over_time(),)),
            BoardRow("How is each region?", (_regions(),)),
            BoardRow("What fires?", (firing(f'{WATCHED},app=~"$app"', "Active alerts of these apps"),)),
        ),
        since="6h",
    )


def _unusual() -> Panel:
    score = f'max by ({_BY}) (pulse_score{{region="all",{_CHOSEN}}}) >= {TICKET_SCORE:g}'
    whole = f'max by ({_BY}) (%s{{region="all",{_CHOSEN}}})'
    actual, usual = whole % "pulse_seen", whole % "pulse_expected"
    since = f'max by ({_BY}) (pulse_score_since_timestamp_seconds{{region="all",{_CHOSEN}}} > 0)'
    among = f"and on ({_BY}) ({score})"
    return Panel(
        "Unusual signals",
        "Evidence from 5 is a ticket, from 10 a page. Of usual: what comes by what is expected.",
        "short",
        {},
        width=24,
        height=7,
        kind="table",
        empty=AS_USUAL,
        columns=(
            *_PLACES,
            BoardColumn("Evidence", score, decimals=1, steps=((TICKET_SCORE, "orange"), (PAGE_SCORE, "red"))),
            BoardColumn(
                "Of usual",
                f"{actual} / ({usual} > 0)\n{among}\nand on ({_BY}) ({whole % 'pulse_expected_history'} > 0)",
                unit="percentunit",
                decimals=0,
                empty="",
            ),
            BoardColumn(
                "Costs a minute",
                f"({whole % 'pulse_score_lost_usd'} > 0)\n{among}",
                unit="currencyUSD",
                decimals=0,
                empty="",
            ),
            BoardColumn("Since", f"1000 * ({since}\n{among})", unit="dateTimeFromNow", empty=""),
        ),
        sort="Evidence",
    )


def _contributors() -> Panel:
    return Panel(
        "Contributors, by signal and app",
        _HOW,
        "short",
        {},
        width=24,
        height=10,
        kind="table",
        empty=AS_USUAL,
        columns=(
            *_PLACES,
            BoardColumn("Who", label="what", link=explanation()),
            BoardColumn(
                "Share of the change",
                f"max by ({_BY}, what) (pulse_contributor_ratio{{{_CHOSEN}}})",
                unit="percentunit",
                decimals=0,
                bar=1,
            ),
        ),
        sort="Share of the change",
        links=_DEEPER,
    )


def _over_time() -> Panel:
    return Panel(
        "Top contributor's share of the change",
        "One line a contributor that came first. Where there is none, all was as usual.",
        "percentunit",
        {
            "{{app}} {{signal}}: {{what}}": (
                f'label_replace(max by ({_BY}, what) (pulse_contributor_ratio{{rank="1",{_CHOSEN}}}), '
                '"signal", "$1 $2", "signal", "(.+)_(.+)")'
            )
        },
        width=24,
        height=8,
        decimals=0,
        empty=AS_USUAL,
        low=0,
    )


def _regions() -> Panel:
    regional = f'max by ({_BY}, region) (%s{{region!="all",region=~"$region",{_CHOSEN}}})'
    score = regional % "pulse_score"
    return Panel(
        "Regions vs usual",
        "Regions with a twentieth of their app or more. Of usual: what comes by what is expected.",
        "short",
        {},
        width=24,
        height=12,
        kind="table",
        empty=NO_HISTORY,
        columns=(
            *_PLACES,
            BoardColumn("Region", label="region", width=90),
            BoardColumn("Evidence", score, decimals=1, steps=((TICKET_SCORE, "orange"), (PAGE_SCORE, "red"))),
            BoardColumn(
                "Of usual",
                # In the first hour hardly anything is expected: what comes is thousands of times as much.
                f"{regional % 'pulse_seen'} / ({regional % 'pulse_expected'} > 0)\n"
                f"and on ({_BY}, region) ({regional % 'pulse_expected_history'} > 0)",
                unit="percentunit",
                decimals=0,
                bar=2,
                empty=NO_HISTORY,
            ),
        ),
        sort="Evidence",
    )
