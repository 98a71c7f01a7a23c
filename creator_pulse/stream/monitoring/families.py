"""A family: all values of one name, and how Prometheus adds them up over regions and tools.

Ratios are never averaged: at each level they are made again from the recorded sums that their
numerator and denominator equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.declare import WINDOWS, Guardrail, Metric, Value
from creator_pulse.stream.catalog.declaration.recorded import recorded
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates.aggregate import TwoSums


@dataclass(frozen=True, slots=True)
class Family:
    """All values that share a name.

    For example ``gift_value_usd`` with its windows 1m, 5m and 1h.

    Attributes:
        name: family name without ``pulse_``.
        metric: the metric it belongs to.
        values: one, or one for each value of a fixed label.
    """

    name: str
    metric: Metric
    values: tuple[Value, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Label names of the gauge besides window, state, partition and the worker's."""
        first = self.values[0]
        return (*first.labels, *first.fixed)

    @property
    def windows(self) -> tuple[str, ...]:
        """Window labels, shortest first."""
        used = {label for value in self.values for label in value.windows}
        return tuple(label for label in WINDOWS if label in used)

    @property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """The label sets it is recorded at: finest first, region always summed away."""
        finest = tuple(label for label in self.labels if label != "region")
        if "app" not in finest or finest == ("app",) or not (self.addable or self.ratio):
            return (finest,)
        return (finest, ("app",))

    @property
    def addable(self) -> bool:
        """Whether its values may be added up over labels: no quantile, share or number of somebody may."""
        return all(value.formula.addable for value in self.values)

    @property
    def grows(self) -> bool:
        """Whether it grows with the product: what adds up, and numbers of somebody."""
        return all(value.formula.grows for value in self.values)

    @property
    def terms(self) -> Mapping[str, int]:
        """Measures of the sum over all its values; empty for a ratio."""
        sums = (value.formula.terms_added() for value in self.values)
        return {name: weight for terms in sums for name, weight in terms.items()}

    @property
    def ratio(self) -> TwoSums | None:
        """The formula, where it is a ratio that is made again from sums."""
        return self.values[0].formula.two_sums() if "app" in self.labels else None


def bounded(ratio: TwoSums, expression: str) -> str:
    """The expression of a ratio, kept within 0 and 1 if it is a share.

    Args:
        ratio: the formula of the expression, which says whether it is a share.
        expression: PromQL.
    """
    return f"clamp({expression}, 0, 1)" if ratio.bounded else expression


def gauge(name: str, window: str, *matchers: str, state: str = "provisional") -> str:
    """The selector of a window gauge.

    Args:
        name: family name without ``pulse_``.
        window: window label, for example ``5m``.
        matchers: further matchers such as ``app=~"$app"``.
        state: ``provisional`` (the newest window that all partitions have passed) or ``final``.
    """
    chosen = ",".join((f'window="{window}"', f'state="{state}"', *matchers))
    return f"pulse_{name}{{{chosen}}}"


def once(family: Family, selector: str) -> str:
    """The gauge without the labels of the worker and its lane, each label set once."""
    return f"max by ({', '.join(family.labels)}) ({selector})"


def _collect() -> Mapping[str, Family]:
    families: dict[str, Family] = {}
    for metric in METRICS:
        for value in metric.values:
            before = families.get(value.name)
            families[value.name] = Family(value.name, metric, (*(before.values if before else ()), value))
    return families


FAMILIES: Mapping[str, Family] = _collect()


def parts(family: Family) -> tuple[Family, Family]:
    """The families of sums that a ratio's numerator and denominator equal.

    Raises:
        CatalogError: a part is not declared as a value.
    """
    if family.ratio is None:
        raise CatalogError(f"{family.name} is no ratio over apps")
    return _equal_to(family, family.ratio.num), _equal_to(family, family.ratio.den)


def _equal_to(family: Family, terms: Mapping[str, int]) -> Family:
    for other in FAMILIES.values():
        if other.terms == terms and set(family.windows) <= set(other.windows):
            return other
    raise CatalogError(
        f"{family.name}: declare a value with windows {family.windows} that sums {dict(terms)}"
    )


def series_of(guardrail: Guardrail) -> str:
    """The recorded series that a guardrail compares with its bound."""
    if not guardrail.window:
        return guardrail.series
    return recorded(guardrail.by, guardrail.series, guardrail.window)
