"""What each identity has: its sums in a window, and the figure that a formula makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.catalog.declare import Ratio, Sum
from stream.windows.formula import weights

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from stream.catalog.aggregates import Each
    from stream.catalog.declare import Measure
    from stream.windows.cells import Labels
    from stream.windows.formula import Formula
    from stream.windows.sums import Sums

NOBODY = frozenset({"", "-"})
"""Ids of records that carry none, and of events without a creator."""
RATIO_SCALE = 10**9
"""Quotients are compared as integers of so many parts: nine digits behind the point."""
BySum = dict["Labels", dict[str, int]]
"""Identity -> measure id -> sum."""
Ranked = list[tuple[int, "Labels"]]
"""Figure and identity."""


class Figure:
    """A sum or a ratio as one integer.

    Args:
        of: its declaration.
        measures: all measures by id.

    Attributes:
        scale: what the integer is divided by where it is shown.
    """

    def __init__(self, of: Sum | Ratio, measures: Mapping[str, Measure]) -> None:
        num, den = (of.num, of.den) if isinstance(of, Ratio) else (of, None)
        self._num, num_scale = weights(num, measures)
        self._den, den_scale = weights(den, measures) if den else ({}, 1)
        self._factor = den_scale * (of.factor if isinstance(of, Ratio) else 1)
        self._num_scale = num_scale
        self.scale = RATIO_SCALE if self._den else num_scale

    def of(self, sums: Mapping[str, int]) -> int | None:
        """The integer; None where the denominator is not above 0.

        Args:
            sums: measure id -> sum; a missing one is 0.
        """
        num = sum(weight * sums.get(name, 0) for name, weight in self._num.items())
        if not self._den:
            return num
        den = sum(weight * sums.get(name, 0) for name, weight in self._den.items())
        return num * self._factor * RATIO_SCALE // (den * self._num_scale) if den > 0 else None


class Figures:
    """The figures of all identities of a window.

    Args:
        each: which figure.
        formula: that asks; knows the groups.
        measures: all measures by id.
    """

    def __init__(self, each: Each, formula: Formula, measures: Mapping[str, Measure]) -> None:
        self._each = each
        self._groups = formula.places(each.measures)
        self._figure = Figure(each.of, measures)
        self._who = {
            name: tuple(measures[name].labels.index(label) for label in each.by) for name in each.measures
        }
        self.scale = self._figure.scale

    def of(self, sums: Sums, only: Container[Labels] | None) -> dict[Labels, tuple[Ranked, int]]:
        """Group -> figure and identity, the largest first; and the sum of all figures, nobody's included.

        Of equal figures the smaller id comes first.

        Args:
            sums: of a window.
            only: the groups that are wanted; None: all.
        """
        key = (id(self._each), tuple(self._groups.items()))
        found = sums.once(key, self._who, lambda: self._of(sums))
        return found if only is None else {group: one for group, one in found.items() if group in only}

    def _of(self, sums: Sums) -> dict[Labels, tuple[Ranked, int]]:
        found: dict[Labels, BySum] = {}
        for name, places in self._who.items():
            groups = self._groups[name]
            for labels, total in sums.of(name).items():
                group = tuple([labels[place] for place in groups])
                who = tuple([labels[place] for place in places])
                of_one = found.setdefault(group, {}).setdefault(who, {})
                of_one[name] = of_one.get(name, 0) + total
        return {
            group: (self._ranked(by_sum), sum(self._figure.of(one) or 0 for one in by_sum.values()))
            for group, by_sum in found.items()
        }

    def _ranked(self, by_sum: BySum) -> Ranked:
        least, lowest = self._each.least.items(), max(1, self._each.floor * self.scale)
        found = []
        for who, sums in by_sum.items():
            if NOBODY.isdisjoint(who) and all(sums.get(name, 0) >= bound for name, bound in least):
                figure = self._figure.of(sums)
                if figure is not None and figure >= lowest:
                    found.append((figure, who))
        found.sort(key=lambda one: (-one[0], one[1]))
        return found[: self._each.largest] if self._each.largest else found
