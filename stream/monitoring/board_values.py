"""A metric on a board: its headline value, over the chosen apps and regions as far as it adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.catalog.aggregates import RANK
from stream.monitoring.board_parts import Panel
from stream.monitoring.families import FAMILIES, Family, gauge, once, parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stream.catalog.declare import Metric, Value

WHERE = ('app=~"$app"', 'region=~"$region"')
"""What a board with the variables app and region asks for."""
_APP = WHERE[:1]
_BEST_RANKS = 'rank=~"[1-9]|10"'


def total(name: str, window: str, shift: str = "", by: tuple[str, ...] = ()) -> str:
    """A window value over the chosen apps and regions; ratios are made again from their sums.

    Args:
        name: family name without ``pulse_``.
        window: window label.
        shift: offset modifier, such as `` offset 1w``; of sums only.
        by: labels that stay.
    """
    family = FAMILIES[name]
    if family.ratio is None:
        kept = f"sum by ({', '.join(by)}) " if by else "sum"
        return f"{kept}({once(family, gauge(name, window, *_where(family)) + shift)})"
    num, den = parts(family)
    above, below = (total(one.name, window, shift, by) for one in (num, den))
    return f"{family.ratio.factor} * {above} / ({below} > 0)"


def headline(metric: Metric) -> Value | None:
    """The value that answers the metric's question: the first one in its unit, where that is a share."""
    shares = [value for value in metric.values if value.unit == "percentunit"]
    if metric.unit == "ratio" and shares:
        return shares[0]
    return metric.values[0] if metric.values else None


def panel_of(metric: Metric, kind: str = "timeseries", width: int = 6) -> Panel | None:
    """A panel with the headline of a metric; None where it has nothing to show.

    Args:
        metric: its declaration.
        kind: of the panel.
        width: columns of 24.
    """
    value = headline(metric)
    if value is None:
        return _recorded_panel(metric, kind, width)
    family = FAMILIES[value.name]
    window = family.windows[0]
    ranked = RANK in family.labels
    return Panel(
        f"{metric.title}, {window} window",
        f"{metric.id}: {metric.question} {value.help[:1].upper()}{value.help[1:]}.",
        value.unit,
        _queries(family, window),
        width=width,
        height=5 if kind == "stat" else 7,
        alerts=tuple(one.alert for one in metric.guardrails if one.series == value.name),
        kind="bargauge" if ranked else kind,
        decimals=None if value.unit == "short" else 2,
    )


def states(metrics: Iterable[Metric], title: str, width: int = 24) -> Panel:
    """The pending and firing alerts of some metrics.

    Args:
        metrics: whose guardrails.
        title: of the panel.
        width: columns of 24.
    """
    names = "|".join(sorted({guardrail.alert for metric in metrics for guardrail in metric.guardrails}))
    alerts = f'max by (alertname) (ALERTS{{product="pulse",alertname=~"{names}",alertstate="%s"}})'
    return Panel(
        title,
        "Empty is good. Pending: the bound is crossed, but not for long enough yet.",
        "short",
        {"{{alertname}}": f"2 * {alerts % 'firing'} or {alerts % 'pending'}"},
        width=width,
        height=5,
        kind="statetimeline",
        empty="no alert in this range",
    )


def _recorded_panel(metric: Metric, kind: str, width: int) -> Panel | None:
    if not metric.recorded:
        return None
    name = next(iter(metric.recorded))
    labels = name.split(":", 1)[0].split("_")
    where = f"{{{_APP[0]}}}" if "app" in labels else ""
    return Panel(
        metric.title,
        f"{metric.id}: {metric.question}",
        "percentunit" if metric.unit == "ratio" else "short",
        {" ".join(f"{{{{{label}}}}}" for label in labels): f"{name}{where}"},
        width=width,
        height=5 if kind == "stat" else 7,
        alerts=tuple(one.alert for one in metric.guardrails if one.series == name),
        kind=kind,
        decimals=2,
    )


def _queries(family: Family, window: str) -> dict[str, str]:
    more = tuple(label for label in family.labels if label not in {"app", "region"})
    if RANK in more:
        shown = once(family, gauge(family.name, window, *_APP, _BEST_RANKS))
        return {"{{app}} {{rank}}": f"sort_desc({shown})"}
    if family.addable or family.ratio:
        legend = " ".join(f"{{{{{label}}}}}" for label in more)
        return {legend or "all chosen": total(family.name, window, by=more)}
    legend = " ".join(f"{{{{{label}}}}}" for label in family.labels)
    return {legend: once(family, gauge(family.name, window, *_where(family)))}


def _where(family: Family) -> tuple[str, ...]:
    return tuple(one for one, label in zip(WHERE, ("app", "region"), strict=True) if label in family.labels)
