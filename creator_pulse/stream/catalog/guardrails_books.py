"""Guardrails of the books: catalogue PL12."""

from __future__ import annotations

from dataclasses import replace

from creator_pulse.stream.catalog.conditions import Limit
from creator_pulse.stream.catalog.declare import Guardrail

_APART = Guardrail(
    alert="BooksApart",
    severity="page",
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
    impact="Either creators are paid wrongly or every board of the tool is wrong.",
    diagnosis=(
        "See whether records of the day were late, invalid or lost: the shares stand beside the day's value.",
        "See whether rates or the gift catalogue changed on that day without an entry (PL9).",
        "Replay the day from the log and compare: equal sums point at the books.",
    ),
    mitigation="Hold the payouts of the day until one of the two is corrected.",
)
RECONCILIATION = (_APART, replace(_APART, severity="ticket", condition=Limit(">", 0.005)))
