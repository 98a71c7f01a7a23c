"""A declaration's formula made ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.catalog.aggregates import Flagged, Per, Quantile, Reach, TopK
from stream.catalog.declare import Ratio, Sum
from stream.windows.bucket_formula import BucketFormula
from stream.windows.each_formula import EachFormula, PerFormula, TopFormula
from stream.windows.flag_formula import FlagFormula
from stream.windows.formulas import SumFormula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream.catalog.declare import Measure, Value
    from stream.windows.formula import Formula


def formula_of(value: Value, measures: Mapping[str, Measure]) -> Formula:
    """A value's formula, ready to be applied to sums.

    Args:
        value: its declaration.
        measures: all measures by id.
    """
    formula = value.formula
    if isinstance(formula, Sum | Ratio):
        return SumFormula(value, measures)
    if isinstance(formula, Quantile):
        return BucketFormula(value, measures)
    if isinstance(formula, Flagged):
        return FlagFormula(value, measures)
    if isinstance(formula, Per | Reach):
        return PerFormula(value, measures)
    return TopFormula(value, measures) if isinstance(formula, TopK) else EachFormula(value, measures)
