"""Single business days of sums, in a window or before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.spans import DAY_MS

if TYPE_CHECKING:
    from creator_pulse.stream.panes.business_days import BusinessDays
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.row_panes import RowPanes
    from creator_pulse.stream.panes.rows import Rows


class PastDays:
    """The day panes as formulas read them.

    Args:
        panes: where the rows are.
        days: where the days of an app begin.
    """

    def __init__(self, panes: RowPanes, days: BusinessDays) -> None:
        self._panes = panes
        self._days = days

    def begin(self, time: int, app: str) -> int:
        """The start of the business day of an app that holds a time, epoch ms."""
        return self._days.begins(time, app)[0]

    def rows(self, table: str, start: int, *, late: bool) -> dict[Labels, Rows]:
        """The sums of a table on one day, by its plain labels.

        Args:
            table: name of one of the tables.
            start: of the day, epoch ms.
            late: whether the late parts count.
        """
        # One pane: the interval of 1 ms that begins with the day.
        parts = [rows for _, rows in self._panes.between(DAY_MS, start, start + 1, frozenset((table,)))]
        return self._panes.by_labels(table, parts, late=late)
