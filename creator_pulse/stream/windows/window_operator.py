"""One window length for the values made from the same topics: closing, provisional and restated results."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.declare import COHORT_MS
from creator_pulse.stream.panes.business_days import ANYWHERE, Zone
from creator_pulse.stream.panes.rolling_sums import RollingSums
from creator_pulse.stream.panes.store import Key
from creator_pulse.stream.windows.sums import WindowSums
from creator_pulse.stream.windows.window_ends import affected, next_end

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from creator_pulse.stream.aggregates.result import Result
    from creator_pulse.stream.catalog.declaration.declare import Window
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.rows import Rows
    from creator_pulse.stream.panes.store import PaneStore
    from creator_pulse.stream.windows.formula import Formula

_EVER = -(2**62)
# Window end, and how often its results were asked to be fresh.
_Stands = tuple[int | None, int]
ChangedWindow = tuple[int, dict[Key, str]]
"""Window end, and key -> reason of the cells that changed it."""


class Read(Protocol):
    """Which series somebody asks for: the others need not be made."""

    def value(self, name: str, window: str, state: str) -> bool:
        """Whether a value is asked for in a window and state.

        Args:
            name: of the value, without ``pulse_``.
            window: label of the window.
            state: of the window.
        """
        ...

    def family(self, name: str) -> bool:
        """Whether any series of a name is asked for."""
        ...


class Everything:
    """A reader of all series."""

    def value(self, name: str, window: str, state: str) -> bool:
        """Yes."""
        del name, window, state
        return True

    def family(self, name: str) -> bool:
        """Yes."""
        del name
        return True


class WindowResult(NamedTuple):
    """A result of one window and label set, to be written or shown.

    Attributes:
        formula: whose.
        end: of the window, ms.
        labels: values of the value's labels.
        result: the number.
        late: of a provisional one, whether late records are in its sums.
    """

    formula: Formula
    end: int
    labels: Labels
    result: Result
    late: bool = False


class WindowOperator:
    """Follows the watermark of some topics with one window.

    Args:
        topics: that the values are made of.
        window: its size, step and how long it may be restated.
        formulas: of the values that have this window.
        panes: the store that holds the sums of each pane.
        lateness_ms: how long after its end a window closes.
        zone: whose business days it is made of.
        serves: topics of the windows that it stands for; none: only its own.
        slow_every_ms: of which event time slow results are made again; 0: with all others.

    Example::

        operator.add(table, start, rows)  # for each increment of a pane
        for final, restated in operator.close(watermark):
            ...
        operator.advance(watermark)
        operator.window_results(operator.newest)  # provisional
    """

    def __init__(
        self,
        topics: tuple[str, ...],
        window: Window,
        formulas: tuple[Formula, ...],
        panes: PaneStore,
        lateness_ms: int,
        zone: Zone = ANYWHERE,
        serves: Collection[tuple[str, ...]] = (),
        slow_every_ms: int = 0,
    ) -> None:
        self.topics = topics
        self.window = window
        self.formulas = formulas
        self.zone = zone
        self._panes = panes
        self._lateness_ms = lateness_ms
        self._slow_every_ms = slow_every_ms
        self.measures = frozenset(name for formula in formulas for name in formula.reads)
        self._cache: dict[tuple[int, bool, bool], tuple[_Stands, int, Mapping[Labels, Result]]] = {}
        self.floored = frozenset(name for formula in formulas for name in formula.floored)
        watched = self.measures | {f"#{topic}" for topic in topics}
        self.newest = RollingSums(window, panes, watched)
        """The newest window that has ended by the watermark; of most days the one that is running."""
        self.closed = RollingSums(window, panes, watched)
        """The newest closed window."""
        # Four readings: of the newest and of the closed window, each in time only, and with what came late.
        self._read = {
            (sums is self.closed, late): WindowSums(sums, late=late)
            for sums in (self.newest, self.closed)
            for late in (False, True)
        }
        self.frontier: int | None = None
        """End of the newest closed window, whether it had records or not."""
        self._cohorts = any(formula.cohorts for formula in formulas)
        self._closable: int | None = None
        self._began: int | None = None
        """From when on the values of a window are whole, as of when somebody last had to know."""
        self._refreshes = 0
        self._seldom = 0
        self.name = name_of(topics, window, zone)
        self.names = tuple(sorted(name_of(each, window, zone) for each in serves or (topics,)))
        """For the changelog."""

    @property
    def restate_ms(self) -> int:
        """How far behind the watermark a record may still change a closed window, ms."""
        return self.window.restate_ms + (COHORT_MS if self._cohorts else 0)

    @property
    def floor(self) -> int | None:
        """Start of the oldest pane that is still needed; None while nothing has closed."""
        if self.frontier is None or self._closable is None:
            return None
        # The oldest end that may still be restated; its window begins `size_ms` before it.
        oldest = self._closable - self.restate_ms
        if self.window.monthly:
            # The running month needs its own days only, once the one before is as it stays.
            return self.window.start(self.frontier) if self.frontier >= oldest else self.frontier
        return oldest - self.window.size_ms

    def add(self, table: str, start: int, rows: Rows) -> bool:
        """Mirror increments of a pane.

        Returns:
            whether a closed window holds the pane, so that it must be restated.
        """
        # Both windows overlap but for their edges, and each takes the panes that it holds.
        for sums in (self.newest, self.closed):
            sums.add(table, start, rows)
        closed = self.frontier is not None and start < self.frontier
        return closed and table in self.measures

    def resume(self, frontier: int, watermark: int | None) -> None:
        """Go on from a restored state."""
        self.frontier = frontier
        self.closed.move(frontier)
        if watermark is not None:
            self._closes(watermark)
            self.advance(watermark)

    def close(self, watermark: int) -> Iterator[tuple[WindowResult, WindowResult | None]]:
        """Close every window that the watermark allows, oldest first.

        Args:
            watermark: of the topics, epoch ms.

        Yields:
            the final results: sums of what came in time, for label sets that have records. A late
            record never enters a final, even of a window still open: where there is one, the
            restated result follows.
        """
        closable = self._closes(watermark)
        starts = self._panes.starts(self.window.step_ms, self.zone.phase)
        end = self.frontier
        while end is None or end < closable:
            end = next_end(self.window, end, closable, starts)
            if end is None:
                break
            self.closed.move(end)
            self.frontier = end
            yield from _finals(self, end)
        # The watermark went over a stretch without panes: no window there has records, so none fires.
        if self.frontier is None or self.frontier < closable:
            self.frontier = closable
            self.closed.move(closable)

    def leap(self, watermark: int) -> None:
        """Go past every window that the watermark allows to close, without emitting results."""
        closable = self._closes(watermark)
        if self.frontier is None or self.frontier < closable:
            self.frontier = closable

    def advance(self, watermark: int) -> None:
        """Move the newest window to the last one that has ended by the watermark, or to the running one."""
        end = self.window.last_end(watermark, self.zone.phase)
        # Of business days the running window is shown, whose end lies ahead, unless only whole days compare.
        if self.window.runs and not self.window.over:
            end = self.window.next_end(end)
        if self.newest.end is None or end > self.newest.end:
            self.newest.move(end)

    def has_begun(self, sums: RollingSums) -> bool:
        """Whether the log had begun by the window's end: else it shows nothing yet, which is not 0.

        Late records and reversals do not tell when it began, because a refund of last week brings no sales of
        last week. A window of hours or whole days waits for the first whole one, as the log may have begun
        at its end.

        Args:
            sums: the operator's ``newest`` or ``closed``.
        """
        assert sums.end is not None
        if self._began is None or sums.end <= self._began:
            first = self._panes.began(self.window.step_ms, self.zone.phase)
            self._began = None if first is None else first + self._partial_ms
        return self._began is not None and self._began < sums.end

    def shows(self, formula: Formula, sums: RollingSums) -> bool:
        """Whether a window that has begun holds enough of the sums of a value; else it shows nothing yet.

        A measure may be counted from later on than the log, if a newer version has declared it. While the
        window reaches back before that time, it holds a part: of the sums of one value all the same part, or
        parts that do not compare.

        Args:
            formula: one of the window's.
            sums: the operator's ``newest`` or ``closed``.
        """
        later = self._panes.since[self.window.step_ms]
        if later.keys().isdisjoint(formula.measures):
            return True
        assert sums.end is not None
        since = [later.get(name, _EVER) for name in formula.measures]
        if max(since) <= sums.start - formula.past_ms:
            return True
        pane = (max(since) - self.zone.phase) // self.window.step_ms * self.window.step_ms + self.zone.phase
        is_one_part = min(since) == max(since) and not formula.past_ms
        return is_one_part and pane + self._partial_ms < sums.end

    @property
    def _partial_ms(self) -> int:
        """The length of the pane in which records began to come, ms; 0 if results may include that pane."""
        is_running = self.window.runs and not self.window.over
        return 0 if is_running or self.window.step_ms == MINUTE_MS else self.window.step_ms

    def results(self, formula: Formula, sums: RollingSums, *, late: bool) -> Mapping[Labels, Result]:
        """The results of a formula in one window, for the label sets that have records.

        They are made again where their sums have changed, once the window has moved or ``refresh`` was
        called: out-of-order records change most windows with every commit.

        Args:
            formula: one of the window's.
            sums: one of the operator's two, ``newest`` or ``closed``.
            late: whether the late parts count.
        """
        key = (id(formula), sums is self.closed, late)
        fresh = self._seldom if self._slow_every_ms and formula.slow else self._refreshes
        stands = (sums.end, fresh)
        cached = self._cache.get(key)
        if cached is not None and cached[0] == stands:
            return cached[2]
        changes = sums.changes(formula.reads)
        if cached is None or cached[1] != changes or (formula.dated and cached[0][0] != sums.end):
            cached = (stands, changes, formula.results(self._read[sums is self.closed, late]))
        self._cache[key] = (stands, changes, cached[2])
        return cached[2]

    def refresh(self, watermark: int) -> None:
        """Make results again when they are asked for next, if they changed; slow ones as often as is said."""
        self._refreshes += 1
        if self._slow_every_ms:
            self._seldom = watermark // self._slow_every_ms

    def is_read(self, sums: RollingSums, read: Read) -> bool:
        """Whether somebody asks for one of the values.

        Args:
            sums: one of the operator's two, ``newest`` or ``closed``.
            read: which are asked for.
        """
        label, state = self.window.label, state_of(provisional=sums is self.newest)
        return any(read.value(formula.value.name, label, state) for formula in self.formulas)

    def version(self, sums: RollingSums) -> tuple[object, ...]:
        """Version of a window's results: they are the same while it is equal.

        Args:
            sums: one of the operator's two, ``newest`` or ``closed``.
        """
        return sums.end, self._refreshes

    def window_results(self, sums: RollingSums) -> Iterator[WindowResult]:
        """The results of one window, late records included, for the label sets that have records.

        Args:
            sums: one of the operator's two, ``newest`` or ``closed``.
        """
        assert sums.end is not None
        late_tables = sums.late_tables()
        for formula in self.formulas:
            of_formula = _touched(formula, sums, late_tables)
            for labels, result in self.results(formula, sums, late=True).items():
                yield WindowResult(
                    formula, sums.end, labels, result, late=formula.group(labels) in of_formula
                )

    def changed(self, cells: Mapping[tuple[int, Key], str]) -> list[ChangedWindow]:
        """The closed windows that some cells have changed, oldest first.

        Args:
            cells: pane start and key -> reason.
        """
        if self.frontier is None:
            return []
        whole = max(self._panes.floor(self.window.step_ms, name) for name in self.floored)
        return sorted(affected(self.window, cells, self.measures, whole, self.frontier).items())

    def restate(self, windows: Sequence[ChangedWindow]) -> Iterator[tuple[WindowResult, str]]:
        """The results of closed windows that changed, late parts included, and why.

        Args:
            windows: some of what ``changed`` gave, oldest first.
        """
        # Only formulas that read one of the changed tables are computed again.
        names = {key[0] for _, keys in windows for key in keys}
        again = [formula for formula in self.formulas if not names.isdisjoint(formula.reads)]
        names = {name for formula in again for name in formula.reads}
        # A rolling sum of its own, moved over the ends that changed: `closed` stays where it is.
        sums = RollingSums(self.window, self._panes, frozenset(names))
        read = WindowSums(sums, late=True)
        for end, keys in windows:
            sums.move(end)
            for formula in again:
                touched: dict[Labels, str] = {}
                for key, reason in keys.items():
                    group = formula.group_of(*key)
                    if group is not None and touched.get(group) != "idle":
                        touched[group] = reason
                if touched:
                    results = formula.results(read, touched)
                    for labels, result in results.items():
                        yield WindowResult(formula, end, labels, result), touched[formula.group(labels)]

    def _closes(self, watermark: int) -> int:
        """The end of the newest window that a watermark allows to close."""
        # A window closes when even a record as late as is allowed would come after its end.
        ready = watermark - self._lateness_ms
        closable = self.window.last_end(ready, self.zone.phase)
        self._closable = ready if self.window.monthly else closable
        return closable


def name_of(topics: Iterable[str], window: Window, zone: Zone) -> str:
    """The name of a window of some topics: of one that runs, with the hours by which its days are ahead.

    Example:
        >>> from creator_pulse.stream.catalog.declaration.declare import WINDOWS
        >>> name_of(("ad", "gift"), WINDOWS["1h"], ANYWHERE)
        'ad,gift|1h'
    """
    phase = f"|{zone.phase // HOUR_MS}" if window.runs else ""
    return f"{','.join(topics)}|{window.label}{phase}"


def state_of(*, provisional: bool) -> str:
    """Value of the label ``state``."""
    return "provisional" if provisional else "final"


def health(operator: WindowOperator, sums: RollingSums) -> dict[str, int]:
    """Records by outcome, of the topics the values are made of, in one window."""
    by_outcome: dict[str, int] = {}
    for name in (f"#{topic}" for topic in operator.topics):
        for labels, count in sums.totals(name, late=False)[name].items():
            by_outcome[labels[0]] = by_outcome.get(labels[0], 0) + count
    return by_outcome


def _touched(formula: Formula, sums: RollingSums, late_tables: frozenset[str]) -> set[Labels | None]:
    """The groups of a formula that have a late part in a window.

    Args:
        formula: one of the operator's.
        sums: of the window, at the end it has now.
        late_tables: those of the window that have a late part.
    """
    groups: set[Labels | None] = set()
    if late_tables.isdisjoint(formula.reads):
        return groups
    for table, measures in formula.read_of.items():
        late = sums.late(table, measures)
        groups.update(
            late if formula.is_finest(table) else [formula.group_of(table, labels) for labels in late]
        )
    return groups


def _finals(operator: WindowOperator, end: int) -> Iterator[tuple[WindowResult, WindowResult | None]]:
    """The results of the window that has just closed, in time, and with what came late."""
    closed = operator.closed
    late_tables = closed.late_tables()
    for formula in operator.formulas:
        touched = _touched(formula, closed, late_tables)
        in_time = operator.results(formula, closed, late=False)
        again = operator.results(formula, closed, late=True) if touched else {}
        for labels in dict.fromkeys((*in_time, *again)):
            restated = formula.group(labels) in touched and labels in again
            yield (
                WindowResult(formula, end, labels, in_time.get(labels) or formula.nothing()),
                WindowResult(formula, end, labels, again[labels]) if restated else None,
            )
