"""What an incident does to the sums of a world: it loses, fails, multiplies or adds, and touches no others.

A change is made to sums that are drawn already, with a randomness of its own: whatever it does not name, and
every minute outside it, stays as it is to the bit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from creator_pulse.proof.backtest.flows import EVENTS_OF_TOPIC
from creator_pulse.proof.backtest.sums import MinuteSums, SeriesKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_LARGEST = 2.0**62
TOPIC_OF = {measure: topic for topic, measures in EVENTS_OF_TOPIC.items() for measure in measures}


@dataclass(frozen=True, kw_only=True)
class Change(ABC):
    """One change of a measure, and of others with it; subclasses say which.

    Attributes:
        measure: id of the changed measure.
        along: measures that change in the same proportion, for example the money of lost records.
        share: of 1, for the whole incident or by its minutes.
    """

    measure: str
    along: tuple[str, ...] = ()
    share: float | NDArray[np.float64] = field(default=1.0, compare=False)
    read: ClassVar[bool] = False
    """Whether a lost event still is a record of the topic."""

    def keys(self, app: str, region: str) -> set[SeriesKey]:
        """All series that it may touch when it is applied to a place."""
        touched = {SeriesKey(measure, app, region) for measure in (self.measure, *self.along)}
        if self.measure in TOPIC_OF and not self.read:
            touched.add(SeriesKey("records_read", "", TOPIC_OF[self.measure]))
        return touched

    def apply(self, sums: MinuteSums, app: str, region: str, at: slice, rng: np.random.Generator) -> None:
        """Change the sums of one place from minute to minute, and the measures along with them.

        Args:
            sums: of the world; changed in place.
            app: whose sums are changed.
            region: whose sums are changed.
            at: the minutes, as indexes into a series.
            rng: source of randomness.
        """
        series = sums[SeriesKey(self.measure, app, region)]
        old = series[at].copy()
        new = self._changed(old, rng)
        series[at] = new
        ratio = np.divide(new, old, out=np.ones(len(old)), where=old > 0)
        for measure in self.along:
            other = sums[SeriesKey(measure, app, region)]
            other[at] = np.rint(np.minimum(other[at] * ratio, _LARGEST)).astype(np.int64)
        if self.measure in TOPIC_OF and not self.read:
            records = sums[SeriesKey("records_read", "", TOPIC_OF[self.measure])]
            records[at] = np.maximum(records[at] + new - old, 0)
        self._count_elsewhere(sums, app, region, at, old - new)

    @abstractmethod
    def _changed(self, old: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """The new values of the minutes."""

    def _count_elsewhere(
        self, sums: MinuteSums, app: str, region: str, at: slice, lost: NDArray[np.int64]
    ) -> None:
        """Count lost records somewhere else; usually nowhere."""
        del sums, app, region, at, lost


class Lose(Change):
    """Each event is lost with a probability of ``share``."""

    def _changed(self, old: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        return rng.binomial(old, 1 - np.asarray(self.share)).astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class Fail(Lose):
    """Each event becomes a failed one with a probability of ``share``, of the same topic.

    Attributes:
        to: the measure that counts the failed ones.
    """

    to: str
    read: ClassVar[bool] = True

    def keys(self, app: str, region: str) -> set[SeriesKey]:
        """The failed ones, too."""
        return {*super().keys(app, region), SeriesKey(self.to, app, region)}

    def _count_elsewhere(
        self, sums: MinuteSums, app: str, region: str, at: slice, lost: NDArray[np.int64]
    ) -> None:
        sums[SeriesKey(self.to, app, region)][at] += lost


class Unread(Lose):
    """Each record is invalid with a probability of ``share``: it is counted as such, and is no event."""

    read: ClassVar[bool] = True

    def keys(self, app: str, region: str) -> set[SeriesKey]:
        """The invalid records of the topic, too."""
        return {*super().keys(app, region), SeriesKey("records_invalid", "", TOPIC_OF[self.measure])}

    def _count_elsewhere(
        self,
        sums: MinuteSums,
        app: str,  # noqa: ARG002 - invalid records are counted by topic
        region: str,  # noqa: ARG002 - likewise
        at: slice,
        lost: NDArray[np.int64],
    ) -> None:
        sums[SeriesKey("records_invalid", "", TOPIC_OF[self.measure])][at] += lost


class More(Change):
    """Events on top: ``share`` of 0.5 makes one and a half times as many, give or take chance."""

    def _changed(self, old: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        more: NDArray[np.int64] = rng.poisson(np.maximum(old * np.asarray(self.share), 0)).astype(np.int64)
        return old + more


class Times(Change):
    """Amounts multiplied by ``share``: a wrong unit, a wrong price."""

    def _changed(
        self,
        old: NDArray[np.int64],
        rng: np.random.Generator,  # noqa: ARG002 - it is no matter of chance
    ) -> NDArray[np.int64]:
        new: NDArray[np.int64] = np.rint(np.minimum(old * np.asarray(self.share, float), _LARGEST)).astype(
            np.int64
        )
        return new


class Plus(Change):
    """An amount of ``share`` once, in the first minute."""

    def _changed(
        self,
        old: NDArray[np.int64],
        rng: np.random.Generator,  # noqa: ARG002 - it is no matter of chance
    ) -> NDArray[np.int64]:
        new = old.copy()
        new[0] += int(np.asarray(self.share))
        return new


def touched(changes: Iterable[Change], app: str, region: str) -> set[SeriesKey]:
    """Every series that changes of a place may touch."""
    return set().union(*(change.keys(app, region) for change in changes))
