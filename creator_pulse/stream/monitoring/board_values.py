"""Expressions over the chosen apps and regions: sums are added up, ratios made again from their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.recorded import baseline_of, recorded
from creator_pulse.stream.monitoring.board_parts import variable
from creator_pulse.stream.monitoring.families import FAMILIES, Family, bounded, gauge, once, parts
from creator_pulse.stream.monitoring.records import with_baseline

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.declare import Guardrail

PLACES = (
    variable("app", "App", "label_values(pulse_gift_usd_total, app)"),
    variable("region", "Region", 'label_values(pulse_gift_usd_total{app=~"$app"}, region)'),
)
"""The variables of a board that shows the chosen apps and regions."""
WHERE = ('app=~"$app"', 'region=~"$region"')
"""What such a board asks for."""


def total(name: str, window: str, shift: str = "", by: tuple[str, ...] = ()) -> str:
    """A window value over the chosen apps and regions; ratios are made again from their sums.

    Args:
        name: family name without ``pulse_``.
        window: window label, for example ``5m``.
        shift: offset modifier, such as `` offset 1w``.
        by: labels that stay; the others are summed over.
    """
    family = FAMILIES[name]
    if family.ratio is None:
        prefix = f"sum by ({', '.join(by)}) " if by else "sum"
        return f"{prefix}({once(family, gauge(name, window, *where_of(family)) + shift)})"
    num, den = parts(family)
    above, below = (total(value.name, window, shift, by) for value in (num, den))
    return bounded(family.ratio, f"{family.ratio.factor} * {above} / ({below} > 0)")


def counted(*counters: str, span: str = "1m", shift: str = "") -> str:
    """What some counters, named without ``pulse_``, have grown by together in a span."""
    where = ",".join(WHERE)
    return " + ".join(f"sum(increase(pulse_{name}{{{where}}}[{span}]{shift}))" for name in counters)


def apart(family: Family) -> tuple[str, ...]:
    """The labels that stay: of what adds up those besides app and region, of all else every label."""
    if family.addable or family.ratio is not None:
        return tuple(label for label in family.labels if label not in {"app", "region"})
    return family.labels


def query(family: Family, window: str, shift: str = "", by: tuple[str, ...] = ()) -> str:
    """A family over the chosen apps and regions.

    Args:
        family: the gauges to draw.
        window: window label, for example ``5m``.
        shift: offset modifier, such as `` offset 1w``.
        by: labels that stay besides those that always do, where values are added up.
    """
    if family.addable or family.ratio is not None:
        return total(family.name, window, shift, by=(*by, *apart(family)))
    return once(family, gauge(family.name, window, *where_of(family)) + shift)


def usual(family: Family, window: str) -> str:
    """The baseline over the chosen apps; empty if the value is not compared with its past.

    Of what adds up it is the sum over apps, of all else a line an app; regions have none.
    """
    series = recorded(("app",), family.name, window)
    if apart(family) not in {(), ("app",)} or series not in with_baseline():
        return ""
    selected = f'{baseline_of(series)}{{app=~"$app"}}'
    return f"sum({selected})" if family.addable else selected


def edges(guardrail: Guardrail, value: str, base: str) -> dict[str, str]:
    """Legend -> PromQL of the bounds that move with the baseline.

    Args:
        guardrail: that watches the value.
        value: PromQL of the watched value.
        base: PromQL of the baseline.
    """
    if not guardrail.condition.moves or not base:
        return {}
    sides = {"<": "alert below", ">": "alert above"}
    return {sides[op]: expr for op, expr in guardrail.condition.edges(value, base)}


def braced(labels: tuple[str, ...]) -> str:
    """Label names as a legend fills them in, for example ``{{app}} {{surface}}``."""
    return " ".join(f"{{{{{label}}}}}" for label in labels)


def where_of(family: Family) -> tuple[str, ...]:
    """The matchers of the chosen apps and regions, as far as a family has these labels."""
    return tuple(
        selector for selector, label in zip(WHERE, ("app", "region"), strict=True) if label in family.labels
    )
