"""One window length for the values made from the same topics: closing, provisional and restated results."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stream.windows.panes import Key, PaneStore, RollingSums

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stream.catalog.declare import Window
    from stream.windows.cells import Labels
    from stream.windows.formulas import Formula, Result


@dataclass(frozen=True, slots=True)
class Stated:
    """A result of one window and label set, to be written or shown."""

    formula: Formula
    end: int
    labels: Labels
    result: Result


class Hopping:
    """Follows the watermark of some topics with one window.

    Args:
        topics: that the values are made of.
        window: size and step.
        formulas: of the values.
        panes: where cells are.
        lateness_ms: how long after its end a window closes.
    """

    def __init__(
        self,
        topics: tuple[str, ...],
        window: Window,
        formulas: tuple[Formula, ...],
        panes: PaneStore,
        lateness_ms: int,
    ) -> None:
        self.topics = topics
        self.window = window
        self.formulas = formulas
        self._panes = panes
        self._lateness_ms = lateness_ms
        self.measures = frozenset(name for formula in formulas for name in formula.value.measures)
        watched = self.measures | {f"#{topic}" for topic in topics}
        self.newest = RollingSums(window, panes, watched)
        """The newest window that has ended by the watermark."""
        self.closed = RollingSums(window, panes, watched)
        """The newest closed window."""
        self.frontier: int | None = None
        """End of the newest closed window, whether it had records or not."""

    @property
    def name(self) -> str:
        """A name for the changelog."""
        return f"{','.join(self.topics)}|{self.window.label}"

    def took(self, key: Key, start: int, *, late: bool, total: int, fresh: bool) -> bool:
        """Mirror a pane's increment.

        Returns:
            whether a closed window holds the pane, so that it must be restated.
        """
        for sums in (self.newest, self.closed):
            sums.add(key, start, late=late, total=total, fresh=fresh)
        closed = self.frontier is not None and start + self.window.step_ms <= self.frontier
        return closed and key[0] in self.measures

    def resume(self, frontier: int, watermark: int | None) -> None:
        """Go on from a restored state."""
        self.frontier = frontier
        self.closed.move(frontier)
        if watermark is not None:
            self.advance(watermark)

    def close(self, watermark: int) -> Iterator[tuple[Stated, Stated | None]]:
        """Close every window that the watermark allows, oldest first.

        Yields:
            the final results: sums of what came in time, for label sets that have records. A late
            record never enters a final, even of a window still open: where there is one, the
            restated result follows.
        """
        step = self.window.step_ms
        closable = (watermark - self._lateness_ms) // step * step
        starts = self._panes.starts(step)
        end = self.frontier
        while end is None or end < closable:
            end = self._next_end(end, closable, starts)
            if end is None:
                break
            self.closed.move(end)
            self.frontier = end
            yield from self._finals(end)
        if self.frontier is None or self.frontier < closable:
            self.frontier = closable
            self.closed.move(closable)

    def advance(self, watermark: int) -> None:
        """Move the newest window to the last one that has ended by the watermark."""
        end = watermark // self.window.step_ms * self.window.step_ms
        if self.newest.end is None or end > self.newest.end:
            self.newest.move(end)

    def stated(self, sums: Mapping[Key, list[int]], end: int, *, late: bool) -> Iterator[Stated]:
        """The results of one window, for the label sets that have records.

        Args:
            sums: key -> [in time, late, panes].
            end: of the window.
            late: whether the late parts count.
        """
        flat = {key: cell[0] + cell[1] if late else cell[0] for key, cell in sums.items()}
        for formula in self.formulas:
            for labels, of_labels in formula.grouped(flat).items():
                yield Stated(formula, end, labels, formula.apply(of_labels))

    def restate(self, changed: Mapping[tuple[int, Key], str]) -> Iterator[tuple[Stated, str]]:
        """The results of the closed windows that changed, late parts included.

        Args:
            changed: pane start and key -> reason.
        """
        for end, keys in sorted(self._affected(changed).items()):
            flat: dict[Key, int] = {}
            for key, cell in self._panes.between(self.window.step_ms, end - self.window.size_ms, end):
                if key[0] in self.measures:
                    flat[key] = flat.get(key, 0) + cell[0] + cell[1]
            for formula in self.formulas:
                touched: dict[Labels, str] = {}
                for key, reason in keys.items():
                    labels = formula.labels_of(key)
                    if labels is not None and touched.get(labels) != "idle":
                        touched[labels] = reason
                grouped = formula.grouped(flat) if touched else {}
                for labels, reason in touched.items():
                    yield Stated(formula, end, labels, formula.apply(grouped[labels])), reason

    def health(self, sums: Mapping[Key, list[int]]) -> dict[str, int]:
        """Records by outcome, of the topics the values are made of, in one window."""
        found: dict[str, int] = {}
        for (name, labels), cell in sums.items():
            if name.startswith("#"):
                found[labels[0]] = found.get(labels[0], 0) + cell[0]
        return found

    def _finals(self, end: int) -> Iterator[tuple[Stated, Stated | None]]:
        late = {key: cell for key, cell in self.closed.sums.items() if cell[1]}
        restated = {}
        if late:
            for stated in self.stated(self.closed.sums, end, late=True):
                if any(stated.formula.labels_of(key) == stated.labels for key in late):
                    restated[stated.formula, stated.labels] = stated
        for stated in self.stated(self.closed.sums, end, late=False):
            yield stated, restated.get((stated.formula, stated.labels))

    def _affected(self, changed: Mapping[tuple[int, Key], str]) -> dict[int, dict[Key, str]]:
        assert self.frontier is not None
        step, size = self.window.step_ms, self.window.size_ms
        whole = self._panes.floor(step)
        affected: dict[int, dict[Key, str]] = {}
        for (start, key), reason in changed.items():
            if key[0] in self.measures:
                for end in range(start + step, min(start + size, self.frontier) + step, step):
                    if whole <= end - size and end <= self.frontier:
                        reasons = affected.setdefault(end, {})
                        # A window holds several panes: one that was late must not hide an idle one.
                        if reasons.get(key) != "idle":
                            reasons[key] = reason
        return affected

    def _next_end(self, end: int | None, closable: int, starts: list[int]) -> int | None:
        """The next window end that has a pane, skipping stretches without records."""
        size, step = self.window.size_ms, self.window.step_ms
        floor = starts[0] if end is None and starts else (0 if end is None else end + step - size)
        place = bisect_left(starts, floor)
        if place == len(starts):
            return None
        following = starts[place] + step
        if end is not None:
            following = max(end + step, following)
        return following if following <= closable else None
