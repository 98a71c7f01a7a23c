"""When each window is looked at again: one after the other, as all at once would hold a worker up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.windows.window_operator import WindowOperator


# Parts of the interval: seconds, with the usual settings.
_SLOTS = 5


class EmitSchedule:
    """Whose turn it is, by the clock.

    At first all windows are due at once, so that everything is shown; then they are spread over the
    interval. Nothing is looked at again before something has changed; then everything is, once.

    Args:
        operators: in a fixed order.
        interval_s: seconds from one turn of a window to its next.

    Example:
        >>> from types import SimpleNamespace
        >>> schedule = EmitSchedule([SimpleNamespace(name="gift|1m")], interval_s=5.0)
        >>> schedule.changed()
        >>> schedule.take_due(0)
        {'gift|1m'}
        >>> schedule.changed()
        >>> schedule.due(500), schedule.due(1_000)  # a fifth of the interval later, then each interval
        (False, True)
    """

    def __init__(self, operators: Iterable[WindowOperator], interval_s: float) -> None:
        self._interval_ms = round(interval_s * 1000)
        self._due: dict[str, int | None] = {operator.name: None for operator in operators}
        # Those that were not looked at since the last change.
        self._left: set[str] = set()

    def changed(self) -> None:
        """Something has changed, and all are to be looked at."""
        self._left.update(self._due)

    def due(self, now_ms: int) -> bool:
        """Whether it is somebody's turn."""
        return any((self._due[name] or 0) <= now_ms for name in self._left)

    def take_due(self, now_ms: int) -> set[str]:
        """Take the turns that are due; the names of their windows."""
        due_now = set()
        for place, (name, due) in enumerate(self._due.items()):
            if name not in self._left:
                continue
            if due is None:
                # Windows of the same topics stand together, and cost alike.
                self._due[name] = now_ms + self._interval_ms * (place % _SLOTS + 1) // _SLOTS
            elif due <= now_ms:
                self._due[name] = now_ms + self._interval_ms
            else:
                continue
            due_now.add(name)
        self._left -= due_now
        return due_now
