"""The sums of one window as formulas read them; intermediate results that formulas share are cached."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.panes.rows import total
from creator_pulse.stream.panes.versioned import VersionedCache

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping

    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.past_days import PastDays
    from creator_pulse.stream.panes.rolling_sums import RollingSums
    from creator_pulse.stream.panes.rows import Rows
    from creator_pulse.stream.panes.tables import Table

Derived = TypeVar("Derived")


class Sums:
    """Sums that do not change.

    Args:
        sums: measure id -> label values -> sum.
        tables: name of a table -> values of the plain labels -> rows.
        names: hash of an id -> the id.
        days: start of a business day -> its sums.
        span: start and end of the window.

    Example:
        >>> Sums({"gifts": {("tiktok",): 3}}).of("gifts")
        {('tiktok',): 3}
    """

    def __init__(
        self,
        sums: Mapping[str, Mapping[Labels, int]],
        tables: Mapping[str, Mapping[Labels, Rows]] = MappingProxyType({}),
        names: Mapping[int, str] = MappingProxyType({}),
        days: Mapping[int, Sums] = MappingProxyType({}),
        span: tuple[int, int] = (0, 0),
    ) -> None:
        self._sums = sums
        self._days = days
        self._span = span
        self._tables = tables
        self._names = names

    def rows(self, table: str) -> Mapping[Labels, Rows]:
        """The rows of a table by the values of the plain labels."""
        return self._tables.get(table, {})

    def name(self, hashed: int) -> str:
        """The text of a hash."""
        return self._names[hashed]

    def of(self, measure: str) -> Mapping[Labels, int]:
        """The sums of a measure by label values."""
        return self._sums.get(measure, {})

    def totals(self, table: Table) -> Mapping[str, Mapping[Labels, int]]:
        """The sums of a table without keys, by measure and labels."""
        return {name: self.of(name) for name in table.measures}

    def once(self, key: Hashable, measures: Collection[str], make: Callable[[], Derived]) -> Derived:
        """Compute without a cache, because these sums have a single reader.

        Args:
            key: names the computation by its parameters.
            measures: ids of the measures, or names of the tables, that it is made of.
            make: computes it from the sums as they stand.
        """
        del key, measures
        return make()

    def span(self) -> tuple[int, int]:
        """Start and end of the window, epoch ms."""
        return self._span

    def begin(self, time: int, app: str) -> int:
        """The start of the business day of an app that holds a time, epoch ms; here that of UTC."""
        del app
        return time // DAY_MS * DAY_MS

    def day(self, start: int, *, past: bool) -> Sums:
        """The sums of identities on one business day.

        Args:
            start: of the day, epoch ms.
            past: whether the day lies before the window: then only what came in time counts.
        """
        del past
        return self._days.get(start) or Sums({})


class WindowSums(Sums):
    """The sums of a rolling window, with a cache of intermediate results that holds until the sums change.

    Args:
        rolling: the sums of the window, which move on under it.
        late: whether the late parts count.
    """

    def __init__(self, rolling: RollingSums, *, late: bool) -> None:
        super().__init__({})
        self._rolling = rolling
        self._late = late
        self._derived = VersionedCache()

    def rows(self, table: str) -> Mapping[Labels, Rows]:
        """The rows of a table by the values of the plain labels."""
        return self._rolling.of(table, late=self._late)

    def totals(self, table: Table) -> Mapping[str, Mapping[Labels, int]]:
        """The sums of a table without keys, by measure and labels."""
        return self._rolling.totals(table.name, late=self._late)

    def span(self) -> tuple[int, int]:
        """Start and end of the window, epoch ms."""
        assert self._rolling.end is not None
        return self._rolling.start, self._rolling.end

    def begin(self, time: int, app: str) -> int:
        """The start of the business day of an app that holds a time, epoch ms."""
        return self._rolling.past.begin(time, app)

    def day(self, start: int, *, past: bool) -> Sums:
        """The sums of identities on one business day, read when they are asked for."""
        return DaySums(self._rolling.past, start, late=self._late and not past)

    def name(self, hashed: int) -> str:
        """The text of a hash."""
        return self._rolling.name(hashed)

    def once(self, key: Hashable, measures: Collection[str], make: Callable[[], Derived]) -> Derived:
        """Compute from some measures, and again only if they have changed."""
        return self._derived.get(key, self._rolling.changes(measures), make)


class DaySums(Sums):
    """The sums of one business day.

    Args:
        past: the day panes of all tables.
        start: of the day, epoch ms.
        late: whether the late parts count.
    """

    def __init__(self, past: PastDays, start: int, *, late: bool) -> None:
        super().__init__({})
        self._past = past
        self._start = start
        self._late = late

    def rows(self, table: str) -> Mapping[Labels, Rows]:
        """The rows of a table by the values of the plain labels."""
        return self._past.rows(table, self._start, late=self._late)

    def totals(self, table: Table) -> Mapping[str, Mapping[Labels, int]]:
        """The sums of a table without keys, by measure and labels."""
        rows = self.rows(table.name)
        return {
            name: {labels: total(table, of_labels.sums, name) for labels, of_labels in rows.items()}
            for name in table.measures
        }
