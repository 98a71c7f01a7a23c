"""A board for each tool: every metric of the catalogue that the tool has, one panel each, by tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.catalog.registry import METRICS
from stream.monitoring.board_parts import Board, Panel, variable
from stream.monitoring.families import FAMILIES, gauge, once, parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stream.catalog.declare import Metric
    from stream.monitoring.families import Family

TOOLS = {
    "all": "All tools",
    "gift": "Gifts",
    "ad": "Ads",
    "commerce": "Commerce",
    "reward": "Creator fund",
    "deal": "Brand deals",
}
"""Tool of the catalogue -> its name; what is of the pipeline has a board of its own."""
_TIERS = {
    "north star": "What it is all for",
    "core": "How the tool does",
    "supporting": "What explains it",
    "guardrail": "What keeps it honest",
}
_WHERE = {"app": 'app=~"$app"', "region": 'region=~"$region"'}
_MOST = 8
"""Lines of a panel."""


def boards() -> Iterator[tuple[str, Board]]:
    """File name and board of each tool."""
    for tool, name in TOOLS.items():
        mine = [metric for metric in METRICS if metric.tool == tool]
        rows = {
            title: tuple(_panel(metric) for metric in mine if metric.tier == tier)
            for tier, title in _TIERS.items()
        }
        yield (
            f"{tool}.json",
            Board(
                uid=f"pulse-{tool}",
                title=f"Creator Pulse: {name.lower()}",
                description=f"{name}: every metric of the catalogue, with the question that it answers.",
                variables=(
                    variable("app", "App", "label_values(pulse_gift_usd_total, app)"),
                    variable("region", "Region", 'label_values(pulse_gift_usd_total{app=~"$app"}, region)'),
                ),
                rows={title: panels for title, panels in rows.items() if panels},
            ),
        )


def _panel(metric: Metric) -> Panel:
    """What answers the metric's question: the values declared last are made of those before."""
    names = [value.name for value in metric.values if value.unit == metric.values[-1].unit]
    shown = tuple(dict.fromkeys(reversed(names)))[:_MOST]
    queries = {legend: expr for name in reversed(shown) for legend, expr in (_line(FAMILIES[name]),)}
    unit = metric.values[-1].unit if metric.values else "short"
    if not metric.values:
        queries = {_braced(_level(name)): name for name in _answer(metric)}
        unit = "percentunit" if "_ratio:" in _answer(metric)[0] else "short"
    return Panel(
        f"{metric.id} {metric.title}",
        f"{metric.question} {metric.formula}. {metric.note}".rstrip(),
        unit,
        queries,
        alerts=tuple(one.alert for one in metric.guardrails if one.series in {*shown, *_answer(metric)}),
    )


def _answer(metric: Metric) -> tuple[str, ...]:
    """The recorded series that is made of the others."""
    return tuple(metric.recorded)[-1:]


def _level(name: str) -> tuple[str, ...]:
    return tuple(name.split(":", maxsplit=1)[0].split("_"))


def _line(family: Family) -> tuple[str, str]:
    """Legend and query over the chosen apps and regions, in the shortest window.

    What may be added up is; a ratio is made again from its sums; all else stays apart by its labels.
    """
    window = family.windows[0]
    more = tuple(label for label in family.labels if label not in _WHERE)
    name = family.name.replace("_", " ")
    if family.ratio is not None:
        num, den = (_sum(part, window, more) for part in parts(family))
        return _legend(name, more), f"{family.ratio.factor} * {num} / ({den} > 0)"
    if family.addable:
        return _legend(name, more), _sum(family, window, more)
    return _legend(name, family.labels), _once(family, window)


def _legend(name: str, labels: tuple[str, ...]) -> str:
    return f"{name}, {_braced(labels)}" if labels else name


def _braced(labels: tuple[str, ...]) -> str:
    return " ".join(f"{{{{{label}}}}}" for label in labels)


def _sum(family: Family, window: str, by: tuple[str, ...]) -> str:
    return f"sum by ({', '.join(by)}) ({_once(family, window)})" if by else f"sum({_once(family, window)})"


def _once(family: Family, window: str) -> str:
    chosen = (matcher for label, matcher in _WHERE.items() if label in family.labels)
    return once(family, gauge(family.name, window, *chosen))
