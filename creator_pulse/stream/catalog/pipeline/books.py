"""Whether the sums are right: business days as they stand, held against the books (PL12)."""

from __future__ import annotations

from dataclasses import replace

from creator_pulse.stream.catalog.declaration.catalogue import LastDays
from creator_pulse.stream.catalog.declaration.conditions import Limit
from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric
from creator_pulse.stream.catalog.declaration.lane_series import lane_gauge
from creator_pulse.stream.events.schema import Gauge

_APART = Guardrail(
    alert="BooksApart",
    severity="page",
    hours="day",
    series="app_tool:pulse_reconciliation_ratio:day",
    window="",
    condition=Limit(">", 0.02),
    minutes=30,
    by=("app", "tool"),
    summary="A day's earnings by the stream are not those of the books.",
    description=(
        "{{ $labels.app }}, {{ $labels.tool }}: the sums of a day are {{ $value | humanizePercentage }} "
        "away from its ledger_day."
    ),
)

RECONCILIATION = (_APART, replace(_APART, severity="ticket", condition=Limit(">", 0.005)))

RECONCILED = LastDays(
    "creator_net_earnings_usd",
    # Late records restate a day for three more.
    days=4,
    labels=("app", "tool"),
    sums=Gauge("closed_day_usd", "net creator earnings of a closed business day, with what came late"),
    begins=Gauge("closed_day_timestamp_seconds", "start of that day"),
)
"""The sums of closed days, against which the books are held."""

_DAY = "max by (app, tool) (pulse_ledger_day_{})"
_CLOSED = lane_gauge("pulse_closed_day_usd", "app", "tool", "back")
_HERE = "on (app, tool) group_left ()"

PL12 = Metric(
    id="PL12",
    title="Reconciliation",
    question="Do the sums of a day equal the books?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=("on-call", "platform"),
    unit="ratio",
    formula="abs(restated net creator earnings of a business day - ledger_day) / ledger_day, per tool",
    source="catalogue PL12: the only proof that sums are right",
    recorded={
        "app_tool:pulse_reconciliation_ratio:day": (
            "max by (app, tool) (\n"
            f"  abs(sum by (app, tool, back) ({_CLOSED})\n    - {_HERE} {_DAY.format('usd')})\n"
            f"  / {_HERE} {_DAY.format('usd')}\n"
            "  and on (app, tool, back) (\n"
            "    max by (app, tool, back) (pulse_closed_day_timestamp_seconds)\n"
            f"    == {_HERE} {_DAY.format('timestamp_seconds')}\n"
            # Of the youngest lane: a day that began before it is not whole here.
            "    >= scalar(max(pulse_counting_began_timestamp_seconds))\n"
            "  )\n)"
        ),
    },
    guardrails=RECONCILIATION,
    note=(
        "The newest day of the books is held against the same day of the stream, which is shown for four "
        "days after it closed; books that come later, or none, give no value. A day that had begun when a "
        "lane began to count, or found its topic made anew (SourceReset pages for that), may not be whole "
        "here: it gives none either."
    ),
)

METRICS = (PL12,)
