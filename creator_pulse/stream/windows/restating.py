"""Restatements: what changed after its window had closed is said again, a part of it with each commit."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from creator_pulse.stream.windows.hoppings import horizon_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from creator_pulse.stream.windows.hopping import Hopping, Stated
    from creator_pulse.stream.windows.panes import Key

COMMITS = 25
"""In how many commits everything is restated. Late records of one minute change every window over it: all
at once would hold up the worker for a second or more."""
LEAST = 200
"""Changes of a window by a cell that are restated in one commit at least."""


class Restating:
    """What is left to be restated of some changed cells.

    Args:
        hoppings: all windows.
        cells: level -> pane start and key -> reason.

    Attributes:
        horizon: what was needed when the cells changed. Nothing else may be forgotten before all is
            restated, however far the watermark goes meanwhile.
    """

    def __init__(
        self, hoppings: Sequence[Hopping], cells: Mapping[int, Mapping[tuple[int, Key], str]]
    ) -> None:
        self.horizon = horizon_of(hoppings)
        found = ((hopping, hopping.changed(cells.get(hopping.window.step_ms, {}))) for hopping in hoppings)
        self._left = deque((hopping, windows) for hopping, windows in found if windows)
        number = sum(len(keys) for _, windows in self._left for _, keys in windows)
        self._share = max(LEAST, -(-number // COMMITS))

    @property
    def over(self) -> bool:
        """Whether all is restated."""
        return not self._left

    def part(self) -> Iterator[tuple[Hopping, Iterator[tuple[Stated, str]]]]:
        """The next windows: of each length the results, late parts included, and why they are restated."""
        room = self._share
        while room > 0 and self._left:
            hopping, windows = self._left.popleft()
            number = 0
            while room > 0 and number < len(windows):
                room -= len(windows[number][1])
                number += 1
            if windows[number:]:
                self._left.appendleft((hopping, windows[number:]))
            yield hopping, hopping.restate(windows[:number])
