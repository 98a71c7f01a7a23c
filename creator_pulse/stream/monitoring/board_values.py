"""A metric on a board: its values over the chosen apps and regions, as far as they add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.monitoring.board_parts import Panel, variable
from creator_pulse.stream.monitoring.families import FAMILIES, Family, bounded, gauge, once, parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.catalog.declaration.declare import Metric, Value

PLACES = (
    variable("app", "App", "label_values(pulse_gift_usd_total, app)"),
    variable("region", "Region", 'label_values(pulse_gift_usd_total{app=~"$app"}, region)'),
)
"""The variables of a board that shows what is chosen of apps and regions."""
WHERE = ('app=~"$app"', 'region=~"$region"')
"""What such a board asks for."""
# Lines of a panel.
_MOST = 8


def total(name: str, window: str, shift: str = "", by: tuple[str, ...] = ()) -> str:
    """A window value over the chosen apps and regions; ratios are made again from their sums.

    Args:
        name: family name without ``pulse_``.
        window: window label, for example ``5m``.
        shift: offset modifier, such as `` offset 1w``; of sums only.
        by: labels that stay; the others are summed over.
    """
    family = FAMILIES[name]
    if family.ratio is None:
        prefix = f"sum by ({', '.join(by)}) " if by else "sum"
        return f"{prefix}({once(family, gauge(name, window, *_where(family)) + shift)})"
    num, den = parts(family)
    above, below = (total(value.name, window, shift, by) for value in (num, den))
    return bounded(family.ratio, f"{family.ratio.factor} * {above} / ({below} > 0)")


def last_minute(*counters: str) -> str:
    """What some counters, named without ``pulse_``, have grown by together in the last minute."""
    where = ",".join(WHERE)
    return " + ".join(f"sum(increase(pulse_{name}{{{where}}}[1m]))" for name in counters)


def headline(metric: Metric) -> Value:
    """The value that answers the metric's question: the first one in its unit, where that is a share."""
    shares = [value for value in metric.values if value.unit == "percentunit"]
    return shares[0] if metric.unit == "ratio" and shares else metric.values[0]


def panel_of(metric: Metric) -> Panel:
    """A panel with what answers a metric's question: the values declared last are made of those before."""
    unit = metric.values[-1].unit if metric.values else "short"
    names = [value.name for value in metric.values if value.unit == unit]
    drawn = tuple(dict.fromkeys(reversed(names)))[:_MOST]
    queries = dict(_line(FAMILIES[name]) for name in reversed(drawn))
    answer = tuple(metric.recorded)[-1:]
    if not metric.values:
        queries = {_braced(_level(name)): name for name in answer}
        unit = "percentunit" if "_ratio:" in answer[0] else "short"
    return Panel(
        f"{metric.id} {metric.title}",
        f"{metric.question} {metric.formula}. {metric.note}".rstrip(),
        unit,
        queries,
        alerts=tuple(
            guardrail.alert for guardrail in metric.guardrails if guardrail.series in {*drawn, *answer}
        ),
    )


def tile_of(metric: Metric) -> Panel:
    """A tile with the headline of a metric that has values."""
    value = headline(metric)
    family = FAMILIES[value.name]
    _, query = _line(family)
    apart = () if family.addable or family.ratio else family.labels
    return Panel(
        f"{metric.title}, {family.windows[0]} window",
        f"{metric.id}: {metric.question} {value.help[:1].upper()}{value.help[1:]}.",
        value.unit,
        {_braced(apart) or "all chosen": query},
        width=4,
        height=5,
        kind="stat",
        decimals=None if value.unit == "short" else 2,
    )


def usd_tile(title: str, description: str, queries: dict[str, str]) -> Panel:
    """A tile with US dollars, by legend."""
    return Panel(title, description, "currencyUSD", queries, width=4, height=5, kind="stat", decimals=2)


def states(metrics: Iterable[Metric], title: str, width: int = 24) -> Panel:
    """The pending and firing alerts of some metrics.

    Args:
        metrics: those whose guardrails the panel shows.
        title: title of the panel.
        width: 1 to 24, in columns of the board.
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


def _level(name: str) -> tuple[str, ...]:
    return tuple(name.split(":", maxsplit=1)[0].split("_"))


def _line(family: Family) -> tuple[str, str]:
    """Legend and query over the chosen apps and regions, in the shortest window.

    What may be added up is; a ratio is made again from its sums; all else stays apart by its labels.
    """
    window, name = family.windows[0], family.name.replace("_", " ")
    more = tuple(label for label in family.labels if label not in {"app", "region"})
    if family.addable or family.ratio is not None:
        return _legend(name, more), total(family.name, window, by=more)
    return _legend(name, family.labels), once(family, gauge(family.name, window, *_where(family)))


def _legend(name: str, labels: tuple[str, ...]) -> str:
    return f"{name}, {_braced(labels)}" if labels else name


def _braced(labels: tuple[str, ...]) -> str:
    return " ".join(f"{{{{{label}}}}}" for label in labels)


def _where(family: Family) -> tuple[str, ...]:
    return tuple(
        selector for selector, label in zip(WHERE, ("app", "region"), strict=True) if label in family.labels
    )
