"""Addresses behind panels and cells: from a number to what explains it, with the time and the variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from creator_pulse.stream.catalog.signals import SIGNALS
from creator_pulse.stream.monitoring.alerts import WHERE, declared
from creator_pulse.stream.monitoring.board_words import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.catalog.declaration.declare import Metric

API: Final = "api"
"""The variable that holds the API's address: a hidden constant of every board with a link to it."""
KEEP: Final = "${__url_time_range}&${__all_variables}"
"""Ends the address of a link: the time and the variables stay."""
RUNBOOK: Final = "/runbooks/${__data.fields.alertname}"
_HERE: Final = "${__url_time_range}"
_SPAN: Final = "from=${__from}&to=${__to}"
"""The time of the board as the API takes it."""
_ROW: Final = "${__data.fields.%s}"
"""A label of the row that a cell is in."""
_SIGNALS: Final = frozenset(signal.name for signal in SIGNALS)


def to_tool(tool: str) -> dict[str, str]:
    """The link from a number to the board of its tool; none if it belongs to no single tool."""
    return {TOOLS[tool]: f"/d/pulse-tool-{tool}?{KEEP}"} if tool in TOOLS else {}


def to_where(signals: Iterable[str]) -> dict[str, str]:
    """The link from a number to who explains its change; none without a signal."""
    chosen = "".join(f"var-signal={name}&" for name in signals if name in _SIGNALS)
    return {"Where": f"/d/{WHERE}?{chosen}{KEEP}"} if chosen else {}


def where_of_row(*labels: str) -> str:
    """The link to who explains a change, with some labels of the row in place of the reader's choice.

    Args:
        labels: for example its app; then all regions are shown, because another app has others.
    """
    return f"/d/{WHERE}?{'&'.join((_HERE, *(f'var-{name}={_ROW % name}' for name in labels)))}"


def signals_of_alerts(alerts: Iterable[str]) -> tuple[str, ...]:
    """The signals that some alerts look at, if values of labels can explain them."""
    names = set(alerts)
    return tuple(
        dict.fromkeys(
            signal
            for _, guardrail in declared()
            if guardrail.alert in names
            if guardrail.condition.scan is not None and guardrail.condition.has_contributors
            for signal in guardrail.condition.scan.signals
        )
    )


def to_cases(metric: Metric) -> dict[str, str]:
    """The link to the cases of a metric that were opened in the time shown; none if it opens none."""
    opens_cases = any(value.formula.rule() is not None for value in metric.values)
    return {"Cases": f"{_api('cases')}?rule={metric.id}&{_SPAN}"} if opens_cases else {}


def cases() -> str:
    """All cases that were opened in the time shown."""
    return f"{_api('cases')}?{_SPAN}"


def leaderboard(name: str, window: str, *labels: str) -> str:
    """Who holds the ranks of a value now.

    Args:
        name: of the value, without ``pulse_``.
        window: window label, for example ``1h``.
        labels: those of the row that choose a leaderboard, for example ``app``.
    """
    chosen = "".join(f"&{label}={_ROW % label}" for label in labels)
    return f"{_api(f'leaderboards/{name}')}?window={window}{chosen}"


def explanation() -> str:
    """All contributors to the change of a row's signal in its app, in the half hour up to the end shown.

    Hours that a board may show would hide a change of some minutes.
    """
    return f"{_api('explain')}?signal={_ROW % 'signal'}&app={_ROW % 'app'}&at=${{__to}}"


def _api(path: str) -> str:
    return f"${{{API}:raw}}/v1/{path}"
