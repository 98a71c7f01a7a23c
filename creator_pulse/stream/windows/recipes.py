"""A declaration's formula made ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.aggregates import Flagged, Per, Quantile, Reach, TopK
from creator_pulse.stream.catalog.aggregates_past import DaysTo, Dependent, Fallen, Kept, Paced, Reciprocal
from creator_pulse.stream.catalog.declare import Ratio, Sum
from creator_pulse.stream.events.references import References
from creator_pulse.stream.windows.bucket_formula import BucketFormula
from creator_pulse.stream.windows.each_formula import EachFormula, PerFormula, TopFormula
from creator_pulse.stream.windows.flag_formula import FlagFormula
from creator_pulse.stream.windows.formulas import SumFormula
from creator_pulse.stream.windows.pair_formula import PairFormula
from creator_pulse.stream.windows.panel_formula import DependentFormula, FallenFormula
from creator_pulse.stream.windows.past_formula import DaysToFormula, KeptFormula
from creator_pulse.stream.windows.plan_formula import PlanFormula

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.stream.catalog.declare import Measure, Value
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.windows.formula import Formula
    from creator_pulse.stream.windows.tables import Table


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
    key: HashKey,
    references: References = NO_PLANS,
) -> Formula:
    """A value's formula, ready to be applied to sums.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities or sizes.
        key: of the installation.
        references: with the plans that some formulas compare with.
    """
    if isinstance(value.formula, Paced):
        return PlanFormula(value, measures, tables, references, key)
    kind = _KINDS.get(type(value.formula), EachFormula)
    return kind(value, measures, tables)
