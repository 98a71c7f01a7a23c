"""One window length for the values made from the same topics: closing, provisional and restated results."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stream.windows.panes import Key, PaneStore, RollingSums
from stream.windows.sums import WindowSums

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stream.catalog.declare import Window
    from stream.windows.cells import Labels
    from stream.windows.formula import Formula, Result
    from stream.windows.identity_panes import Place
    from stream.windows.identity_rows import Rows


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
        self.measures = frozenset(name for formula in formulas for name in formula.reads)
        self._made: dict[tuple[int, bool, bool], tuple[int | None, int, Mapping[Labels, Result]]] = {}
        watched = self.measures | {f"#{topic}" for topic in topics}
        self.newest = RollingSums(window, panes, watched)
        """The newest window that has ended by the watermark."""
        self.closed = RollingSums(window, panes, watched)
        """The newest closed window."""
        self._read = {
            (sums is self.closed, late): WindowSums(sums, late=late)
            for sums in (self.newest, self.closed)
            for late in (False, True)
        }
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
        return _restates(self, key[0], start)

    def took_rows(self, place: Place, start: int, rows: Rows) -> bool:
        """Mirror increments of identities in a pane; the same is said."""
        for sums in (self.newest, self.closed):
            sums.add_rows(place, start, rows)
        return _restates(self, place[0], start)

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

    def results(self, formula: Formula, sums: RollingSums, *, late: bool) -> Mapping[Labels, Result]:
        """The results of a formula in one window, for the label sets that have records.

        They are made again only where their sums have changed; the newest window's slow ones only once it
        has moved, or ``refresh`` was called.

        Args:
            formula: one of the window's.
            sums: ``newest`` or ``closed``.
            late: whether the late parts count.
        """
        key = (id(formula), sums is self.closed, late)
        waits = formula.slow and sums is self.newest
        known = self._made.get(key)
        if known is not None and waits and known[0] == sums.end:
            return known[2]
        changes = sums.changes(formula.reads)
        if known is None or known[1] != changes:
            known = (sums.end, changes, formula.results(self._read[sums is self.closed, late]))
        self._made[key] = (sums.end, changes, known[2])
        return known[2]

    def refresh(self) -> None:
        """Make the slow results of the newest window again when they are asked for next, if they changed."""
        for formula in self.formulas:
            known = self._made.get((id(formula), False, False))
            if known is not None and formula.slow:
                self._made[id(formula), False, False] = (None, *known[1:])

    def stated(self, sums: RollingSums, *, late: bool) -> Iterator[Stated]:
        """The results of one window, for the label sets that have records.

        Args:
            sums: ``newest`` or ``closed``.
            late: whether the late parts count.
        """
        assert sums.end is not None
        for formula in self.formulas:
            for labels, result in self.results(formula, sums, late=late).items():
                yield Stated(formula, sums.end, labels, result)

    def restate(self, changed: Mapping[tuple[int, Key], str]) -> Iterator[tuple[Stated, str]]:
        """The results of the closed windows that changed, late parts included.

        Args:
            changed: pane start and key -> reason.
        """
        names = {key[0] for _, key in changed}
        again = [formula for formula in self.formulas if not names.isdisjoint(formula.reads)]
        names = {name for formula in again for name in formula.reads}
        sums = RollingSums(self.window, self._panes, frozenset(names))
        read = WindowSums(sums, late=True)
        for end, keys in sorted(self._affected(changed).items()):
            sums.move(end)
            for formula in again:
                touched: dict[Labels, str] = {}
                for key, reason in keys.items():
                    group = formula.group_of(*key)
                    if group is not None and touched.get(group) != "idle":
                        touched[group] = reason
                if touched:
                    made = formula.results(read, touched)
                    for labels, result in made.items():
                        yield Stated(formula, end, labels, result), touched[formula.group(labels)]

    def health(self, sums: RollingSums) -> dict[str, int]:
        """Records by outcome, of the topics the values are made of, in one window."""
        found: dict[str, int] = {}
        for name in (f"#{topic}" for topic in self.topics):
            for labels, cell in sums.sums.get(name, {}).items():
                found[labels[0]] = found.get(labels[0], 0) + cell[0]
        return found

    def _finals(self, end: int) -> Iterator[tuple[Stated, Stated | None]]:
        for formula in self.formulas:
            in_time = self.results(formula, self.closed, late=False)
            touched = {
                formula.group_of(name, labels) for name in formula.reads for labels in self.closed.late(name)
            }
            again = self.results(formula, self.closed, late=True) if touched else {}
            for labels in dict.fromkeys((*in_time, *again)):
                restated = formula.group(labels) in touched and labels in again
                yield (
                    Stated(formula, end, labels, in_time.get(labels) or formula.nothing()),
                    Stated(formula, end, labels, again[labels]) if restated else None,
                )

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


def _restates(hopping: Hopping, name: str, start: int) -> bool:
    """Whether a change of a pane changes a closed window."""
    closed = hopping.frontier is not None and start + hopping.window.step_ms <= hopping.frontier
    return closed and name in hopping.measures
