"""Panels of signals: counts a minute beside their expectation and the band in which a minute is usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.harm import hurt
from creator_pulse.stream.catalog.registry import MEASURES, METRICS
from creator_pulse.stream.catalog.signals import SIGNALS
from creator_pulse.stream.monitoring.board_links import to_where
from creator_pulse.stream.monitoring.board_panel import APP_COLORS, Panel, Style
from creator_pulse.stream.monitoring.board_words import NO_HISTORY
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.signals import Signal

_UNITS = {10**6: "currencyUSD", 1000: "s"}
"""Scale of a measure -> unit in which its sums are shown: of micro-dollars, and of milliseconds."""
_EDGE = Style(width=0)


def signals_of(tool: str) -> tuple[Panel, ...]:
    """The signals of a tool, an app a line."""
    return tuple(_panel(signal) for signal in SIGNALS if signal.tool == tool)


def signals_of_party(party: str) -> tuple[Panel, ...]:
    """The signals of no one tool whose alerts hurt this party, such as payouts of creators."""
    guarding = {
        name
        for metric in METRICS
        for guardrail in metric.guardrails
        if party in hurt(metric, guardrail)
        if (scan := guardrail.condition.scan) is not None and len(scan.signals) == 1
        for name in scan.signals
    }
    return tuple(_panel(signal) for signal in SIGNALS if signal.tool == "all" and signal.name in guarding)


def _panel(signal: Signal) -> Panel:
    scale = MEASURES[signal.count].scale
    queries = {
        "{{app}}": _series("pulse_seen", signal, scale),
        "expected {{app}}": _learnt("pulse_expected", signal, scale),
        "least usual {{app}}": _learnt("pulse_expected_lower", signal, scale),
        "most usual {{app}}": _learnt("pulse_expected_upper", signal, scale),
    }
    apps = sorted(Settings().regions)
    name = f"{signal.words[:1].upper()}{signal.words[1:]}"
    of_price = f"{name}: value per minute vs value at the usual price"
    return Panel(
        of_price if signal.per else f"{name} per minute vs expected",
        f"{signal.help[:1].upper()}{signal.help[1:]}, of whole apps; dashed is what is expected, "
        "and within the band a single minute is usual.",
        _UNITS.get(scale, "short"),
        queries,
        height=8,
        styles={
            "{{app}}": Style(width=2),
            "expected {{app}}": Style(dashed=True),
            "least usual {{app}}": _EDGE,
            "most usual {{app}}": _EDGE,
        },
        bands=tuple((f"most usual {app}", f"least usual {app}") for app in apps),
        colors={
            legend.replace("{{app}}", app): color
            for app, color in zip(apps, APP_COLORS, strict=False)
            for legend in queries
        },
        empty=NO_HISTORY,
        links=to_where((signal.name,)),
        low=0,
    )


def _series(name: str, signal: Signal, scale: int) -> str:
    return _by_app(f"{name}{_of(signal)}", scale)


def _learnt(name: str, signal: Signal, scale: int) -> str:
    """The expectation, from the first hour of history on: before that a 0 would claim that nothing is."""
    own = _of(signal)
    return _by_app(f"{name}{own} and on (app, partition) pulse_expected_history{own} > 0", scale)


def _of(signal: Signal) -> str:
    return f'{{signal="{signal.name}",region="all",app=~"$app"}}'


def _by_app(selected: str, scale: int) -> str:
    by_app = f"max by (app) ({selected})"
    return by_app if scale == 1 else f"{by_app} / {scale}"
