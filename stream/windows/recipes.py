"""A declaration's formula made ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.catalog.aggregates import Flagged, Per, Quantile, Reach, TopK
from stream.catalog.aggregates_past import DaysTo, Dependent, Fallen, Kept, Paced, Reciprocal
from stream.catalog.declare import Ratio, Sum
from stream.events.references import References
from stream.windows.bucket_formula import BucketFormula
from stream.windows.each_formula import EachFormula, PerFormula, TopFormula
from stream.windows.flag_formula import FlagFormula
from stream.windows.formulas import SumFormula
from stream.windows.pair_formula import PairFormula
from stream.windows.panel_formula import DependentFormula, FallenFormula
from stream.windows.past_formula import DaysToFormula, KeptFormula
from stream.windows.plan_formula import PlanFormula

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stream.catalog.declare import Measure, Value
    from stream.windows.formula import Formula
    from stream.windows.tables import Table


_KINDS: Mapping[type, Callable[[Value, Mapping[str, Measure], Mapping[str, Table]], Formula]] = {
    Sum: SumFormula,
    Ratio: SumFormula,
    Quantile: BucketFormula,
    Flagged: FlagFormula,
    Per: PerFormula,
    Reach: PerFormula,
    TopK: TopFormula,
    Kept: KeptFormula,
    Fallen: FallenFormula,
    Dependent: DependentFormula,
    DaysTo: DaysToFormula,
    Reciprocal: PairFormula,
}
"""All others are numbers about the figures of identities."""
NO_PLANS = References()
"""Only what is built in."""


def formula_of(
    value: Value,
    measures: Mapping[str, Measure],
    tables: Mapping[str, Table],
    references: References = NO_PLANS,
) -> Formula:
    """A value's formula, ready to be applied to sums.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities or sizes.
        references: with the plans that some formulas compare with.
    """
    if isinstance(value.formula, Paced):
        return PlanFormula(value, measures, tables, references)
    kind = _KINDS.get(type(value.formula), EachFormula)
    return kind(value, measures, tables)
