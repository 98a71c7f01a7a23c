"""Source lanes of the past: what has no records is drawn, and added as if its records had been counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from creator_pulse.proof.past.shares import markets_of, traffic
from creator_pulse.stream.catalog.declaration.signals import SLOT_MS
from creator_pulse.stream.ingestion.outbox import Outbox
from creator_pulse.stream.ingestion.source_lane import SourceLane
from creator_pulse.stream.panes.lateness import ON_TIME
from creator_pulse.stream.panes.pane_record import Lot, Partial, route
from creator_pulse.stream.panes.rows import limbs_of, packed
from creator_pulse.stream.panes.tables import breakdown_tables_of, slot_tables_of, tables_of
from creator_pulse.stream.topology import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from creator_pulse.proof.past.calibration import Key, TopicRates
    from creator_pulse.stream.generator.world import World
    from creator_pulse.stream.lanes.lane import Checkpoint
    from creator_pulse.stream.panes.cells import Cell, Labels
    from creator_pulse.stream.settings import Settings

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

LOT_MS = 300_000
"""Sums are drawn for five minutes at a time, and stand in the first of them."""
ROWS_MS = 3_600_000
"""Those by identity for an hour."""
_SLOTS = frozenset(table.name for table in slot_tables_of(PRODUCT.catalogue).values())
_BREAKDOWNS = frozenset(table.name for table in breakdown_tables_of(PRODUCT.catalogue).values())
"""What explains a change, which looks back an hour: it has no past."""


class Drawing:
    """Draws the sums of a topic.

    A sum of counts is Poisson about what the rate, the hour and the growth of the audience expect; a sum of
    money or time likewise, in portions as large as records make them.

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
        self._rows_at_ms = at_ms
        measures = PRODUCT.catalogue.measures
        self._markets = {
            (name, labels): markets_of(
                dict(
                    zip(
                        measures[name].labels if name in measures else ("topic", "outcome"),
                        labels,
                        strict=True,
                    )
                ),
                settings.regions,
            )
            for name, labels in rates.cells
        }

    def cells(self, until_ms: int) -> Iterator[Cell]:
        """The sums from where the last ones ended up to a time, in lots; the last one may be shorter."""
        starts = np.arange(self.at_ms, until_ms, LOT_MS)
        if not len(starts):
            return
        lengths = np.minimum(until_ms - starts, LOT_MS)
        rng = np.random.default_rng([self._seed, self.at_ms // SLOT_MS])
        shapes: dict[tuple[str, ...], Floats] = {}
        for (name, labels), rate in self._rates.cells.items():
            markets = self._markets[name, labels]
            places = tuple(market.region for market in markets)
            if places not in shapes:
                shapes[places] = np.array(
                    [
                        traffic(markets, start + LOT_MS / 2, self._now_ms, self._world)
                        for start in starts.tolist()
                    ]
                )
            drawn = self._drawn(rng, name, rate * lengths * shapes[places])
            for start, total in zip(starts.tolist(), drawn, strict=True):
                yield name, labels, start, ON_TIME, total
        self.at_ms = until_ms

    def _drawn(self, rng: np.random.Generator, name: str, means: Floats) -> list[int]:
        portion = self._rates.portion(name)
        counts: list[int] = rng.poisson(means / portion).tolist()
        # Python's integers: sums of money pass 64 bits.
        return [count * portion for count in counts]

    def rows(self, until_ms: int) -> Iterator[tuple[int, Partial]]:
        """The sums by identity, hour by hour, each with its merge lane."""
        tables = {table.name: table for table in tables_of(PRODUCT.catalogue).values()}
        while self._rows_at_ms + ROWS_MS <= until_ms:
            start = self._rows_at_ms
            rng = np.random.default_rng([self._seed, start // ROWS_MS, 1])
            for name, of_table in self._rates.rows.items():
                table = tables[name]
                lots: dict[Labels, list[tuple[Key, list[int]]]] = {}
                for (labels, key), of_row in of_table.items():
                    plain = dict(zip(table.plain, labels, strict=True))
                    markets = markets_of(plain, self._settings.regions)
                    people = traffic(markets, start + ROWS_MS / 2, self._now_ms, self._world) * ROWS_MS
                    sums = self._row(rng, table.measures, of_row, people)
                    if any(sums):
                        columns = [
                            limb
                            for measure, total in zip(table.measures, sums, strict=True)
                            for limb in limbs_of(total, len(table.places(measure)))
                        ]
                        lots.setdefault(labels, []).append((key, columns))
                for labels, rows in sorted(lots.items()):
                    keys = np.array([key for key, _ in rows], np.uint64)
                    values = np.array([columns for _, columns in rows], np.int64)
                    lot = Lot(labels, start, ON_TIME, len(rows))
                    lane = route(table.routed(labels), self._settings.merge_partitions)
                    yield lane, Partial(name, [lot], *packed(keys, values, table.columns))
            self._rows_at_ms += ROWS_MS

    def _row(
        self, rng: np.random.Generator, measures: tuple[str, ...], rates: Mapping[str, float], people: float
    ) -> list[int]:
        return [self._drawn(rng, name, np.array([rates.get(name, 0.0) * people]))[0] for name in measures]


class _SignalsApart(Outbox):
    """Keeps sums by slot, because evidence learns from them elsewhere; merge lanes of the past get none."""

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
        report: takes the drawn sums, for the ledger.
        given: of every source lane.
    """

    def __init__(
        self, drawings: Mapping[str, Drawing], report: Callable[[list[Cell]], None], *given: Any, **more: Any
    ) -> None:
        super().__init__(*given, **more)
        summed = tables_of(PRODUCT.catalogue)
        self._apart = _SignalsApart(self._settings, self._schema.name, self._partition, summed)
        self._outbox = self._apart
        self._drawing = drawings.get(self._schema.name) if self._partition == 0 else None
        self._report = report

    @property
    def signals(self) -> list[Partial]:
        """The sums by slot of the records that were counted."""
        return self._apart.signals

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """Draw up to a time, and hand over drawn sums with counted ones."""
        if self._drawing is not None:
            cells = list(self._drawing.cells(now_ms))
            self._take(cells)
            self._report(cells)
            for lane, partial in self._drawing.rows(now_ms):
                self._outbox.add_rows(lane, partial)
        # The live generator sends time records for this: a topic without events must not hold up the others.
        self._state.highest = max(self._state.highest, now_ms)
        self._changed = True
        return super().checkpoint(now_ms)
