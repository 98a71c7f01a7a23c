"""Restatements: results that changed after their window had closed, a part with each commit."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from creator_pulse.stream.windows.window_operators import horizon_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from creator_pulse.stream.panes.store import Key
    from creator_pulse.stream.windows.window_operator import WindowOperator, WindowResult

COMMITS = 25
"""In how many commits everything is restated. Late records of one minute change every window over it: all
at once would hold up the worker for a second or more."""
LEAST = 200
"""Changes of a window by a cell that are restated in one commit at least."""


class Restating:
    """The restatements that some changed cells still need.

    Args:
        operators: every window of the lane.
        cells: level -> pane start and key -> reason.
        silent: names of windows that are not restated.

    Attributes:
        horizon: the panes needed when the cells changed. Only older ones may be forgotten before all is
            restated, however far the watermark goes meanwhile.

    Example::

        restating = Restating(operators, changed_cells.take())
        while not restating.over:  # with each commit
            for operator, results in restating.part():
                ...
    """

    def __init__(
        self,
        operators: Sequence[WindowOperator],
        cells: Mapping[int, Mapping[tuple[int, Key], str]],
        silent: Collection[str] = (),
    ) -> None:
        self.horizon = horizon_of(operators)
        changed = (
            (operator, operator.changed(cells.get(operator.window.step_ms, {})))
            for operator in operators
            if operator.name not in silent
        )
        self._left = deque((operator, windows) for operator, windows in changed if windows)
        number = sum(len(keys) for _, windows in self._left for _, keys in windows)
        # Rounded up: -(-n // k) is the ceiling of n / k.
        self._share = max(LEAST, -(-number // COMMITS))

    @property
    def over(self) -> bool:
        """Whether all is restated."""
        return not self._left

    def part(self) -> Iterator[tuple[WindowOperator, Iterator[tuple[WindowResult, str]]]]:
        """The next windows: of each length the results, late parts included, and why they are restated."""
        room = self._share
        while room > 0 and self._left:
            operator, windows = self._left.popleft()
            number = 0
            # Whole windows only, so a share may be passed by the last of them.
            while room > 0 and number < len(windows):
                room -= len(windows[number][1])
                number += 1
            if windows[number:]:
                self._left.appendleft((operator, windows[number:]))
            yield operator, operator.restate(windows[:number])
