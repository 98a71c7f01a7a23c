"""Source lanes of the past: sums without records are drawn, and added as if records had been counted."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from creator_pulse.proof.past.lots import begins_of
from creator_pulse.proof.past.shares import markets_of, traffic
from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.signals import SLOT_MS
from creator_pulse.stream.ingestion.outbox import Outbox
from creator_pulse.stream.ingestion.source_lane import SourceLane
from creator_pulse.stream.panes.lateness import ON_TIME
from creator_pulse.stream.panes.pane_record import Lot, Partial, route
from creator_pulse.stream.panes.rows import carry, packed
from creator_pulse.stream.panes.tables import breakdown_tables_of, slot_tables_of, tables_of
from creator_pulse.stream.topology import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from creator_pulse.proof.past.calibration import Key, TopicRates
    from creator_pulse.proof.past.lots import Lots
    from creator_pulse.proof.past.viewers import PastViewers
    from creator_pulse.stream.generator.model import Market
    from creator_pulse.stream.generator.world import World
    from creator_pulse.stream.lanes.lane import Checkpoint
    from creator_pulse.stream.panes.cells import Cell, Labels
    from creator_pulse.stream.panes.tables import Table
    from creator_pulse.stream.settings import Settings

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

_SLOTS = frozenset(table.name for table in slot_tables_of(PRODUCT.catalogue).values())
_BREAKDOWNS = frozenset(table.name for table in breakdown_tables_of(PRODUCT.catalogue).values())
"""What explains a change, which looks back an hour: it has no past."""


_PARTS = {"creator_ad_usd": "ad_eligible_usd"}
"""A sum that is a fixed part of another: drawn apart, the platform's share of ads would stray by chance."""


class _Rows(NamedTuple):
    """The drawn rows of a table that identities split.

    Attributes:
        table: its declaration.
        parts: for each merge lane and label set the keys of the rows.
        rates: by row and measure, for each unit of viewing and millisecond, in portions; parts follow each
            other.
        places: the place of each row in ``markets``.
        markets: sets of markets, of which the rows are.
    """

    table: Table
    parts: Sequence[tuple[int, Labels, NDArray[np.uint64]]]
    rates: Floats
    places: Counts
    markets: Sequence[tuple[Market, ...]]


class Drawing:
    """Draws the sums of a topic.

    A sum of counts is Poisson about the mean that follows from rate, hour and growth of the audience; a sum
    of money or time likewise, in portions as large as records make them.

    Args:
        rates: of the topic, by measure and labels.
        settings: regions with series of their own.
        world: rhythm and growth of the audience.
        now_ms: start of the live run, epoch ms.
        seed: of all chance; each span has its own.
        at_ms: where it begins, epoch ms.

    Attributes:
        at_ms: up to where is drawn, epoch ms.
    """

    def __init__(
        self, rates: TopicRates, settings: Settings, world: World, now_ms: int, seed: int, at_ms: int
    ) -> None:
        self._rates, self._settings, self._world = rates, settings, world
        self._now_ms, self._seed, self.at_ms = now_ms, seed, at_ms
        measures = PRODUCT.catalogue.measures
        self._cells = [
            (
                name,
                labels,
                rate,
                self._markets(measures[name].labels if name in measures else ("topic", "outcome"), labels),
            )
            for (name, labels), rate in rates.cells.items()
        ]
        tables = {table.name: table for table in tables_of(PRODUCT.catalogue).values()}
        self._rows = [self._rows_of(tables[name], of_table) for name, of_table in rates.rows.items()]

    def _markets(self, names: Sequence[str], labels: Labels) -> tuple[Market, ...]:
        return markets_of(dict(zip(names, labels, strict=True)), self._settings.regions)

    def _rows_of(self, table: Table, of_table: Mapping[tuple[Labels, Key], Mapping[str, float]]) -> _Rows:
        by_labels: dict[Labels, list[Key]] = {}
        for labels, key in of_table:
            by_labels.setdefault(labels, []).append(key)
        parts, rates, places = [], [], []
        markets: list[tuple[Market, ...]] = []
        for labels, keys in sorted(by_labels.items()):
            lane = route(table.routed(labels), self._settings.merge_partitions)
            parts.append((lane, labels, np.array(keys, np.uint64)))
            rates += [[of_table[labels, key].get(name, 0.0) for name in table.measures] for key in keys]
            places += [len(markets)] * len(keys)
            markets.append(self._markets(table.plain, labels))
        portions = [self._rates.portion(name) for name in table.measures]
        return _Rows(table, parts, np.array(rates) / portions, np.array(places), markets)

    def cells(self, starts: Sequence[int], until_ms: int) -> Iterator[Cell]:
        """The sums from where the last ones ended up to a time, in lots.

        Args:
            starts: of the lots, epoch ms, rising.
            until_ms: end of the last one, epoch ms.
        """
        lengths = np.diff([*starts, until_ms])
        rng = np.random.default_rng([self._seed, self.at_ms // SLOT_MS])
        people: dict[tuple[Market, ...], Floats] = {}
        wholes: dict[tuple[str, Labels], tuple[float, list[int]]] = {}
        # The whole before its part.
        for name, labels, rate, markets in sorted(self._cells, key=lambda cell: cell[0] in _PARTS):
            if markets not in people:
                people[markets] = self._people(markets, starts, lengths)
            whole = wholes.get((_PARTS.get(name, ""), labels))
            if whole is None:
                portion = self._rates.portion(name)
                # Python's integers: sums of money pass 64 bits.
                counts = rng.poisson(rate / portion * people[markets]).tolist()
                totals = [count * portion for count in counts]
            else:
                totals = [round(total * (rate / whole[0])) for total in whole[1]]
            if name in _PARTS.values():
                wholes[name, labels] = rate, totals
            for start, total in zip(starts, totals, strict=True):
                yield name, labels, start, ON_TIME, total
        self.at_ms = until_ms

    def _people(self, markets: Sequence[Market], starts: Sequence[int], lengths: Counts) -> Floats:
        """Viewing in each lot: people by ms."""
        spans = zip(starts, lengths.tolist(), strict=True)
        return np.array(
            [
                length * traffic(markets, start + length / 2, self._now_ms, self._world)
                for start, length in spans
            ]
        )

    def rows(self, starts: Sequence[int], until_ms: int) -> Iterator[tuple[int, Partial]]:
        """The sums by identity of the same lots, or of hours where no minutes are read, with lanes.

        Args:
            starts: of the lots, epoch ms, rising.
            until_ms: end of the last one, epoch ms.
        """
        rng = np.random.default_rng([self._seed, starts[0] // SLOT_MS, 1])
        for rows in self._rows:
            at = starts if min(rows.table.levels) == MINUTE_MS else _by_hour(starts)
            lengths = np.diff([*at, until_ms])
            for start, length in zip(at, lengths.tolist(), strict=True):
                people = [self._people(markets, [start], np.array([length]))[0] for markets in rows.markets]
                counts = rng.poisson(rows.rates * np.array(people)[rows.places][:, None])
                yield from self._partials(rows, counts, start)

    def _partials(self, rows: _Rows, counts: Counts, start: int) -> Iterator[tuple[int, Partial]]:
        table = rows.table
        columns = np.zeros((len(counts), len(table.columns)), np.int64)
        for place, name in enumerate(table.measures):
            columns[:, table.places(name).start] = counts[:, place] * self._rates.portion(name)
        carry(columns, table.lows)
        first = 0
        for lane, labels, keys in rows.parts:
            sums = columns[first : first + len(keys)]
            first += len(keys)
            there = sums.any(axis=1)
            if there.any():
                lot = Lot(labels, start, ON_TIME, int(there.sum()))
                yield lane, Partial(table.name, [lot], *packed(keys[there], sums[there], table.columns))


def _by_hour(starts: Sequence[int]) -> list[int]:
    """The first of the lots of each hour."""
    return sorted({start // HOUR_MS: start for start in reversed(starts)}.values())


class _SignalsApart(Outbox):
    """Keeps sums by slot: expectations are learnt from them apart, and merge lanes of the past get none.

    Attributes:
        signals: these.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.signals: list[Partial] = []

    def add_rows(self, lane: int, partial: Partial) -> None:
        """Add a partial aggregate that a merge lane will add to a table, unless it is of slots."""
        if partial.table in _SLOTS:
            self.signals.append(partial)
        elif partial.table not in _BREAKDOWNS:
            super().add_rows(lane, partial)


class DrawnLane(SourceLane):
    """A source lane that adds drawn sums to counted ones, and whose time goes on without records.

    Args:
        drawings: by topic, for the first partition of each; a topic without one only counts its records.
        viewers: draw sums by viewer, by topic, beside the drawing.
        lots: into which all sums are put.
        report: takes the drawn sums of cells.
        given: of every source lane.
    """

    def __init__(
        self,
        drawings: Mapping[str, Drawing],
        viewers: Mapping[str, PastViewers],
        lots: Lots,
        report: Callable[[list[Cell]], None],
        *given: Any,
        **more: Any,
    ) -> None:
        super().__init__(*given, **more)
        summed = tables_of(PRODUCT.catalogue)
        self._apart = _SignalsApart(self._settings, self._schema.name, self._partition, summed)
        self._outbox = self._apart
        self._drawing = drawings.get(self._schema.name) if self._partition == 0 else None
        self._viewers = viewers.get(self._schema.name)
        self._lots, self._report = lots, report
        self._starts: list[int] = []

    @property
    def signals(self) -> list[Partial]:
        """The sums by slot of the records that were counted."""
        return self._apart.signals

    def go_on(self, begin_ms: int, until_ms: int) -> None:
        """Say which span comes next, before its records are counted."""
        self._starts = self._lots.starts(begin_ms, until_ms)

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """Draw up to the end of the span, and hand over drawn sums with counted ones."""
        starts = self._starts
        if self._drawing is not None and starts:
            cells = list(self._drawing.cells(starts, now_ms))
            self._take(cells)
            self._report(cells)
            rows = self._drawing.rows(starts, now_ms)
            of_viewers = self._viewers.rows(starts, now_ms) if self._viewers is not None else ()
            for lane, partial in chain(rows, of_viewers):
                self._outbox.add_rows(lane, partial)
        # The live generator sends time records for this: a topic without events must not hold up the others.
        self._state.highest = max(self._state.highest, now_ms)
        self._changed = True
        return super().checkpoint(now_ms)

    def _minutes_of(self, times: Counts) -> Counts:
        """The minutes with which lots begin: records are summed by lot, and not by minute first."""
        return begins_of(self._starts, times) // MINUTE_MS
