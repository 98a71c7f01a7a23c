"""How values are made of sums: one class in one file for each kind of aggregate, declaration and arithmetic.

May import numpy, the native loops and the events; windows are read through ``Reading``, so it knows
no pane, no table and no catalogue. It never asks which kind another aggregate is: each does for itself what
differs. A new kind is a class in a file of its own, a line here, and its test.
"""

from creator_pulse.stream.aggregates.aggregate import Aggregate
from creator_pulse.stream.aggregates.breadth import Breadth
from creator_pulse.stream.aggregates.buckets import BUCKET
from creator_pulse.stream.aggregates.days_to import DaysTo
from creator_pulse.stream.aggregates.dependent import Dependent
from creator_pulse.stream.aggregates.each import Each
from creator_pulse.stream.aggregates.earlier import Earlier
from creator_pulse.stream.aggregates.fallen import Fallen
from creator_pulse.stream.aggregates.flagged import Flagged
from creator_pulse.stream.aggregates.gini import Gini
from creator_pulse.stream.aggregates.growth import Growth
from creator_pulse.stream.aggregates.number import Number
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.over_panel import OverPanel
from creator_pulse.stream.aggregates.paced import Paced
from creator_pulse.stream.aggregates.per import Per
from creator_pulse.stream.aggregates.quantile import Quantile
from creator_pulse.stream.aggregates.quantile_of import QuantileOf
from creator_pulse.stream.aggregates.ratio import Ratio
from creator_pulse.stream.aggregates.reach import Reach
from creator_pulse.stream.aggregates.reciprocal import Reciprocal
from creator_pulse.stream.aggregates.repeat_share import RepeatShare
from creator_pulse.stream.aggregates.retention import Retention
from creator_pulse.stream.aggregates.sum import Sum
from creator_pulse.stream.aggregates.top_k import RANK, TopK
from creator_pulse.stream.aggregates.top_share import TopShare
from creator_pulse.stream.aggregates.volatility import Volatility

__all__ = [
    "BUCKET",
    "RANK",
    "Aggregate",
    "Breadth",
    "DaysTo",
    "Dependent",
    "Each",
    "Earlier",
    "Fallen",
    "Flagged",
    "Gini",
    "Growth",
    "Number",
    "OverEach",
    "OverPanel",
    "Paced",
    "Per",
    "Quantile",
    "QuantileOf",
    "Ratio",
    "Reach",
    "Reciprocal",
    "RepeatShare",
    "Retention",
    "Sum",
    "TopK",
    "TopShare",
    "Volatility",
]
