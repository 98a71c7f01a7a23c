"""Two small dashboards with every kind of panel, and the series they are drawn from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tests.support.board_prometheus import FakePrometheus, Series

if TYPE_CHECKING:
    from collections.abc import Callable

EARNINGS = 1234.5
"""USD, so the tile must read $1.23K: 1234.5 / 1000 with two decimals."""
MARKUP = "<img src=x onerror=alert(1)>"
RUNBOOK = """# GiftDrop

## Meaning

Gifts **fell** below `0.5` of <script>the usual</script>.

- look at [lag](Lag.md)
"""


def panel(kind: str, title: str, grid: tuple[int, int, int, int], **fields: Any) -> dict[str, Any]:
    """A panel at (x, y, w, h); ``targets`` are (expression, legend, instant)."""
    x, y, w, h = grid
    targets = [
        {"expr": expr, "legendFormat": legend, "instant": instant, "refId": "ABC"[index]}
        for index, (expr, legend, instant) in enumerate(fields.pop("targets", ()))
    ]
    config = {"defaults": fields.pop("defaults", {}), "overrides": fields.pop("overrides", [])}
    return {
        "type": kind,
        "title": title,
        "description": f"What {title} means.",
        "gridPos": {"x": x, "y": y, "w": w, "h": h},
        "targets": targets,
        "fieldConfig": config,
        **fields,
    }


def row(title: str, y: int, *, panels: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A row; with ``panels`` it is a collapsed one."""
    return {
        "type": "row",
        "title": title,
        "gridPos": {"x": 0, "y": y, "w": 24, "h": 1},
        "collapsed": panels is not None,
        "panels": panels or [],
    }


def thresholds(*steps: tuple[str, float | None]) -> dict[str, Any]:
    """Steps of (colour, value); the first value is None."""
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for color, value in steps]}


STATES = [
    {
        "type": "value",
        "options": {"0": {"text": "OK", "color": "green"}, "1": {"text": "Firing", "color": "red"}},
    }
]
GUARDED = {
    "unit": "reqps",
    "thresholds": thresholds(("green", None), ("red", 120)),
    "custom": {"fillOpacity": 8, "thresholdsStyle": {"mode": "line"}},
}

OVERVIEW_PANELS = [
    row("Now", 0),
    panel(
        "stat",
        "Earnings",
        (0, 1, 6, 4),
        targets=[("earnings", "", False)],
        options={"graphMode": "area"},
        defaults={"unit": "currencyUSD", "decimals": 2, "thresholds": thresholds(("green", None))},
    ),
    panel(
        "stat",
        "Failure share",
        (6, 1, 6, 4),
        targets=[("failures", "", True)],
        options={"graphMode": "area"},
        defaults={"unit": "percentunit", "thresholds": thresholds(("green", None), ("red", 0.05))},
    ),
    panel("stat", "Zero", (12, 1, 4, 4), targets=[("zero", "", True)], defaults={"unit": "short"}),
    panel(
        "stat", "Absent", (16, 1, 4, 4), targets=[("absent", "", True)], defaults={"noValue": "no viewers"}
    ),
    panel("stat", "Silent", (20, 1, 4, 4), targets=[("absent", "", False)]),
    row("Trend", 5),
    panel(
        "timeseries",
        "Gifts by region",
        (0, 6, 16, 8),
        targets=[('sum by (region) (rate(gifts{app=~"$app"}[$__rate_interval]))', "{{region}}", False)],
        defaults=GUARDED,
    ),
    panel(
        "bargauge",
        "Top regions",
        (16, 6, 8, 8),
        targets=[("top", "{{region}}", True)],
        defaults={"unit": "short", "thresholds": thresholds(("blue", None))},
    ),
    row("Guardrails", 14),
    panel(
        "state-timeline",
        "Alerts",
        (0, 15, 12, 6),
        targets=[("states", "{{alertname}}", False)],
        defaults={"mappings": STATES},
    ),
    panel(
        "table",
        "Regions",
        (12, 15, 12, 6),
        targets=[("top", "", True), ("lag", "", True)],
        defaults={"unit": "short"},
        transformations=[
            {"id": "organize", "options": {"renameByName": {"Value #A": "Gifts", "Value #B": "Lag"}}}
        ],
        overrides=[
            {"matcher": {"id": "byName", "options": "Lag"}, "properties": [{"id": "unit", "value": "s"}]}
        ],
    ),
    row(
        "Can I trust this?",
        21,
        panels=[panel("timeseries", "Hidden", (0, 22, 24, 6), targets=[("earnings", "e", False)])],
    ),
]
PIPELINE_PANELS = [
    panel(
        "text",
        "",
        (0, 0, 24, 3),
        options={"content": "**Lag** of each topic, see [runbook](/runbooks/GiftDrop)."},
    ),
    panel("stat", "Broken", (0, 3, 6, 8), targets=[("broken(", "", True)]),
    panel("stat", "Regions", (6, 3, 6, 8), targets=[("lag", "{{region}}", True)], defaults={"unit": "s"}),
    panel(
        "timeseries",
        "Lag",
        (12, 3, 12, 8),
        targets=[("lag", MARKUP + " {{region}}", False)],
        defaults={"unit": "s"},
    ),
]
VARIABLES = [
    {"name": "datasource", "type": "datasource", "query": "prometheus"},
    {
        "name": "app",
        "label": "App",
        "type": "query",
        "query": {"query": "label_values(gifts, app)", "refId": "app"},
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
    },
]


def _boards() -> dict[str, bytes]:
    """Both dashboards as Grafana's classic JSON."""
    boards = {
        "pulse-now": ("Overview", OVERVIEW_PANELS),
        "pulse-pipeline": ("Pipeline", PIPELINE_PANELS),
    }
    annotation = {"name": "alerts", "enable": True, "expr": "ALERTS", "iconColor": "red"}
    return {
        f"{uid}.json": msgspec.json.encode(
            {
                "uid": uid,
                "title": f"Creator Pulse / {title}",
                "panels": panels,
                "templating": {"list": VARIABLES},
                "annotations": {"list": [annotation]},
                "timezone": "utc",
                "time": {"from": "now-15m", "to": "now"},
            }
        )
        for uid, (title, panels) in boards.items()
    }


BOARDS: Final = _boards()
RUNBOOKS: Final = {"GiftDrop.md": RUNBOOK.encode()}


def alert(name: str, severity: str, state: str = "firing") -> dict[str, Any]:
    """An alert as ``/api/v1/alerts`` gives it."""
    return {
        "labels": {
            "product": "pulse",
            "alertname": name,
            "severity": severity,
            "app": "tiktok",
            "region": MARKUP,
        },
        "annotations": {"summary": f"{name} went wrong.", "description": f"{name} is at 0.42 of the usual."},
        "state": state,
        "activeAt": "2026-01-02T03:04:05.678Z",
        "value": "1e+00",
    }


def wave(level: float, height: float, seconds: float) -> float:
    """A wave of ten minutes around ``level``."""
    return level + height * math.sin(2 * math.pi * seconds / 600)


def regions(level: float) -> list[Series]:
    """A series for each of four regions, one of them with markup for a name."""
    names = ("US", "GB", "BR", MARKUP)
    return [({"region": name}, _share(level, share)) for share, name in enumerate(names, start=1)]


def _share(level: float, share: int) -> Callable[[float], float]:
    return lambda seconds: wave(level / share, level / 8, seconds + 100 * share)


def fake_prometheus() -> FakePrometheus:
    """A Prometheus that has a series for each query of the sample boards but ``absent``."""
    gifts = 'sum by (region) (rate(gifts{app=~".+"}[20s]))'
    return FakePrometheus(
        series={
            "earnings": [({}, lambda _t: EARNINGS)],
            "failures": [({}, lambda _t: 0.07)],
            "zero": [({}, lambda _t: 0.0)],
            gifts: regions(100),
            "top": regions(40_000),
            "lag": regions(3),
            "states": [
                ({"alertname": "GiftDrop"}, lambda t: float(t % 900 > 600)),
                ({"alertname": "Lag"}, lambda _t: 0.0),
            ],
            "ALERTS": [({"alertname": "GiftDrop"}, lambda t: 1.0 if t % 900 > 600 else None)],
        },
        labels={"app": ["douyin", "tiktok"]},
        alerts=[
            alert("Watchdog", "none"),
            alert("GiftDrop", "critical"),
            alert("LagHigh", "warning"),
            alert("AdDrop", "warning", "pending"),
        ],
    )
