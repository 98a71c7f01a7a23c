"""The tables over guardrails, alerts and parties, evaluated by promtool over series made by hand."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from creator_pulse.stream.monitoring import board_now
from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.board_alert_panels import firing, guardrails

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from creator_pulse.stream.catalog.declaration.declare import Guardrail
    from creator_pulse.stream.monitoring.board_panel import Panel

_LINE = 'severity="critical",product="pulse",tier="core",app="tiktok"'
_GUARDRAIL = 'alertname:pulse_guardrail_%s{alertname="%s",tool="gift",unit="USD",%s}'
_ALERT = '%s{alertname="%s",alertstate="%s",tool="gift",team="live",topics="gift",%s}'


def _of_home(title: str) -> Panel:
    return next(panel for row in board_now.board().rows for panel in row.panels if panel.title == title)


def _column(panel: Panel, title: str) -> str:
    return next(column.expr for column in panel.columns if column.title == title)


def _error(folder: Path, series: Mapping[str, float], asked: Mapping[str, Mapping[str, float]]) -> str:
    """What promtool says against the samples expected of some expressions; empty if nothing.

    Args:
        folder: an empty one.
        series: from the first minute on.
        asked: expression -> labels of each sample, as text, and its value.
    """
    tests: list[dict[str, Any]] = [
        {
            "expr": expr,
            "eval_time": "5m",
            "exp_samples": [{"labels": labels, "value": value} for labels, value in samples.items()],
        }
        for expr, samples in asked.items()
    ]
    given = [{"series": name, "values": f"{value}x20"} for name, value in series.items()]
    test = {"tests": [{"interval": "30s", "input_series": given, "promql_expr_test": tests}]}
    (folder / "test.yml").write_text(yaml.safe_dump(test))
    done = subprocess.run(
        ["promtool", "test", "rules", "test.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _guarded(name: str, *, with_bound: bool = True) -> dict[str, float]:
    series = {_GUARDRAIL % ("value:last", name, _LINE): 80.0}
    if with_bound:
        series |= {
            _GUARDRAIL % ("bound:last", name, _LINE): 70.0,
            _GUARDRAIL % ("used:ratio", name, _LINE): 0.67,
        }
    return series


@pytest.mark.parametrize("guardrail", [each for _, each in declared()], ids=lambda each: each.alert)
def test_a_line_is_of_one_value(guardrail: Guardrail) -> None:
    """The table has a column for each label of a guardrail's series: else two of them would share a line.

    The value of a line would be of one, and its bound of another.
    """
    columns = {column.label for column in guardrails('tool="gift"', "All", "All of them.").columns}
    assert set(guardrail.by) <= columns


def test_two_steps_of_a_funnel_are_two_lines(tmp_path: Path) -> None:
    """Of one step 87 % with a bound of 69 %, of the other 2 % with 1 %: each beside its own bound."""
    of_step = _LINE + ',step="%s"'
    series = {
        _GUARDRAIL % (name, "FunnelNarrows", of_step % step): value
        for step, values in {"engaged": (87, 69, 0.1), "paid": (2, 1, 10)}.items()
        for name, value in zip(("value:last", "bound:last", "used:ratio"), values, strict=True)
    }
    table = guardrails('tool="gift"', "All", "All of them.")
    labels = '{alertname="FunnelNarrows",app="tiktok",severity="critical",step="%s",tool="gift",unit="USD"}'
    asked = {
        _column(table, title): {labels % step: value for step, value in of_steps.items()}
        for title, of_steps in {
            "Value": {"engaged": 87.0, "paid": 2.0},
            "Bound": {"engaged": 69.0, "paid": 1.0},
        }.items()
    }
    assert _error(tmp_path, series, asked) == ""


def test_states_of_guardrails(tmp_path: Path) -> None:
    """Firing is 2, pending 1, watching 0, and silent for want of history -1: one line each, with its unit."""
    series = {
        **_guarded("Fires"),
        **_guarded("Pends"),
        **_guarded("Watches"),
        **_guarded("Silent", with_bound=False),
        _ALERT % ("ALERTS", "Fires", "firing", _LINE): 1.0,
        _ALERT % ("ALERTS", "Pends", "pending", _LINE): 1.0,
    }
    state = _column(guardrails('tool="gift"', "All", "All of them."), "State")
    labels = '{alertname="%s",app="tiktok",severity="critical",tool="gift",unit="USD"}'
    wanted = {"Fires": 2.0, "Pends": 1.0, "Watches": 0.0, "Silent": -1.0}
    samples = {labels % name: value for name, value in wanted.items()}
    assert _error(tmp_path, series, {state: samples}) == ""


def test_lines_of_a_table_are_those_of_the_nearest(tmp_path: Path) -> None:
    """Of two guardrails the one nearer to its bound is a line, with its value and bound."""
    far = {name.replace("Near", "Far"): 0.5 * value for name, value in _guarded("Near").items()}
    panel = guardrails('tool="gift"', "The nearest", "One of them.", most=1)
    label = '{alertname="Near",app="tiktok",severity="critical",tool="gift",unit="USD"}'
    asked = {
        _column(panel, "Value"): {label: 80.0},
        _column(panel, "Bound"): {label: 70.0},
        _column(panel, "Used of the way"): {label: 0.67},
        _column(panel, "State"): {label: 0.0},
    }
    assert _error(tmp_path, {**_guarded("Near"), **far}, asked) == ""


def test_since_is_of_the_same_line(tmp_path: Path) -> None:
    """The time at which the bound was crossed, 100 s after the epoch, in milliseconds, beside the state."""
    since = f'ALERTS_FOR_STATE{{alertname="Fires",tool="gift",{_LINE}}}'
    series = {**_guarded("Fires"), _ALERT % ("ALERTS", "Fires", "firing", _LINE): 1.0, since: 100.0}
    guarded = '{alertname="Fires",app="tiktok",severity="critical",tool="gift",unit="USD"}'
    active = '{alertname="Fires",app="tiktok",severity="critical",tool="gift"}'
    asked = {
        _column(guardrails('tool="gift"', "All", "All of them."), "Since"): {guarded: 100_000.0},
        _column(firing('tool="gift"', "Now"), "Since"): {active: 100_000.0},
        _column(firing('tool="gift"', "Now"), "State"): {active: 2.0},
    }
    assert _error(tmp_path, series, asked) == ""


def test_a_party_that_is_well_has_no_since(tmp_path: Path) -> None:
    """Two parties, one with an alert since 100 s: the other has a state and no time."""
    parties = next(
        panel for row in board_now.board().rows for panel in row.panels if "parties" in panel.title
    )
    rank = "alertname:pulse_party_rank:max"
    series = {
        f'{rank}{{party="viewers",alertname="AdLoadHigh"}}': 3.0,
        f'{rank}{{party="creators"}}': 0.0,
        'ALERTS_FOR_STATE{alertname="AdLoadHigh",app="tiktok",product="pulse"}': 100.0,
    }
    ill, well = '{party="viewers",alertname="AdLoadHigh"}', '{party="creators"}'
    asked = {
        _column(parties, "State"): {ill: 3.0, well: 0.0},
        _column(parties, "Since"): {ill: 100_000.0},
    }
    assert _error(tmp_path, series, asked) == ""


def test_alerts_of_a_tool_are_counted_once_an_app(tmp_path: Path) -> None:
    """Two alerts of gifts, one of them in two regions of an app, are two; of ads there are none, which is 0.

    An alert of the pipeline, as the Watchdog, is of no tool: it makes no line.
    """
    tools = _of_home("Tools")
    expr = _column(tools, "Alerts firing").replace("$app", ".+").replace("$region", ".+")
    series = {
        _ALERT % ("ALERTS", "One", "firing", f'{_LINE},region="US"'): 1.0,
        _ALERT % ("ALERTS", "One", "firing", f'{_LINE},region="GB"'): 1.0,
        _ALERT % ("ALERTS", "Two", "firing", _LINE): 1.0,
        'ALERTS{alertname="Watchdog",alertstate="firing",tool="pipeline",product="pulse"}': 1.0,
        'pulse_creator_gift_usd_total{app="tiktok",region="US"}': 5.0,
        'pulse_creator_ad_usd_total{app="tiktok",region="US"}': 5.0,
    }
    assert _error(tmp_path, series, {expr: {'{tool="gift"}': 2.0, '{tool="ad"}': 0.0}}) == ""
