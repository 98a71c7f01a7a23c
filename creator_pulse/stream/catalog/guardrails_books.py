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
)
RECONCILIATION = (_APART, replace(_APART, severity="ticket", condition=Limit(">", 0.005)))
