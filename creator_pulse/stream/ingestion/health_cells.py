"""Cells of every record, whatever its outcome: the measures of the pipeline's own health."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.catalog.declaration.labels import OUTCOMES, REASONS
from creator_pulse.stream.catalog.declaration.signals import SLOT_MS
from creator_pulse.stream.keyed.outcomes import INVALID
from creator_pulse.stream.panes.lateness import ON_TIME
from creator_pulse.stream.panes.pane_record import Lot, Partial
from creator_pulse.stream.panes.rows import packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.declare import Measure
    from creator_pulse.stream.ingestion.event_cells import MinutesOf
    from creator_pulse.stream.keyed.outcomes import Judged
    from creator_pulse.stream.lanes.arrays import Mask
    from creator_pulse.stream.panes.cells import Cell, Labels
    from creator_pulse.stream.panes.tables import Table

# What else is asked of a record, each a bit: whether its business key was accepted before, its event id with
# another content, and whether its key in Kafka is another than the contract wants.
_MARKS = ("key_known", "conflicting", "miskeyed")
_MARKED = 1 << len(_MARKS)
# Outcome; where it is invalid, the reason; marks.
_Case = tuple[int, str | None, int]


class HealthCells:
    """Counts records by outcome, reason and marks, which is all that health measures distinguish.

    There are few such cases, so a record of each is measured once, at the start; a batch only
    counts how many it has.

    Args:
        topic: name of the input topic, without the prefix of the settings.
        measures: those with rows ``every``.
        slots: the table of the signals among them; None: there are none.
        minutes_of: gives the minutes since the epoch under whose panes times count, ms, shape (n,).
    """

    def __init__(
        self, topic: str, measures: Sequence[Measure], slots: Table | None = None, *, minutes_of: MinutesOf
    ) -> None:
        self._topic = topic
        self._minutes_of = minutes_of
        self._slots = slots
        # Number of a slot -> a total for each column of the table.
        self._of_slot: dict[int, list[int]] = {}
        self._columns_of_case: dict[_Case, list[tuple[int, int]]] = {}
        codes = [code for code in range(len(OUTCOMES)) if code != INVALID]
        cases: list[_Case] = [
            *((code, None, marks) for code in codes for marks in range(_MARKED)),
            *((INVALID, reason, 0) for reason in REASONS),
        ]
        rows = pl.DataFrame(
            {
                "topic": [topic] * len(cases),
                "outcome": [OUTCOMES[code] for code, *_ in cases],
                "reason": pl.Series([reason for _, reason, _ in cases], dtype=pl.String),
            }
            | {mark: [bool(marks >> bit & 1) for *_, marks in cases] for bit, mark in enumerate(_MARKS)}
        )
        self._of_case: dict[_Case, list[tuple[str, Labels, int]]] = {case: [] for case in cases}
        for measure in measures:
            labels = rows.select(measure.labels).rows()
            values = rows.select(measure.counted).to_series().to_list()
            for case, of_case, value in zip(cases, labels, values, strict=True):
                if None not in of_case:  # a valid record has no reason
                    self._of_case[case].append((measure.id, of_case, value))
                    if slots is not None and measure.id in slots.measures and value:
                        column = slots.places(measure.id).start
                        self._columns_of_case.setdefault(case, []).append((column, value))

    def cells(
        self, judged: Judged, reasons: Mapping[int, str], miskeyed: Mask, repeated: Mask | None = None
    ) -> list[Cell]:
        """Count the records of a batch.

        Args:
            judged: their outcomes, and the watermarks that choose their panes.
            reasons: of the invalid ones, by index.
            miskeyed: shape (n,), whose key in Kafka is another than the contract wants.
            repeated: shape (n,), whose business key was accepted before; None: nobody's.
        """
        slots = judged.pane_time // SLOT_MS
        # Bit i of the marks is whether _MARKS[i] holds: key_known 1, conflicting 2, miskeyed 4.
        marks = judged.conflicting * np.int64(2) + miskeyed * np.int64(4)
        if repeated is not None:
            marks += repeated
        size = _MARKED * len(OUTCOMES)
        codes = marks * len(OUTCOMES) + judged.outcome
        # Slot, marks and outcome as one number: the batch is counted in one pass.
        places, counts = np.unique(slots * size + codes, return_counts=True)
        of_slot: Counter[tuple[_Case, int]] = Counter()
        for place, count in zip(places.tolist(), counts.tolist(), strict=True):
            slot, code = divmod(place, size)
            of_record, outcome = divmod(code, len(OUTCOMES))
            if outcome != INVALID:
                of_slot[(outcome, None, of_record), slot] = count
        of_slot.update(((INVALID, why, 0), int(slots[row])) for row, why in reasons.items())
        return self._counted(of_slot)

    def invalid(self, reason: str, pane_time: int, count: int) -> list[Cell]:
        """Count records that nobody has read.

        Args:
            reason: why they are invalid.
            pane_time: the watermark before them, ms.
            count: how many records, from 1.
        """
        return self._counted({((INVALID, reason, 0), pane_time // SLOT_MS): count})

    def drain(self) -> Iterator[Partial]:
        """The counts since the last call, by slot, for the signals; nothing if there are none."""
        of_slot, self._of_slot = sorted(self._of_slot.items()), {}
        if self._slots is None or not of_slot:
            return
        sums = np.array([totals for _, totals in of_slot], dtype=np.int64)
        keys = np.array([[slot] for slot, _ in of_slot], dtype=np.uint64)
        lots = [Lot((self._topic,), 0, ON_TIME, len(keys))]
        yield Partial(self._slots.name, lots, *packed(keys, sums, self._slots.columns))

    def _counted(self, of_slot: Mapping[tuple[_Case, int], int]) -> list[Cell]:
        """Keep numbers of records by case and slot for the signals; give the sums of their panes."""
        slots = np.array([slot for _, slot in of_slot], dtype=np.int64)
        minutes = self._minutes_of(slots * SLOT_MS).tolist()
        of_pane: Counter[tuple[_Case, int]] = Counter()
        for ((case, slot), count), minute in zip(of_slot.items(), minutes, strict=True):
            of_pane[case, minute] += count
            if self._slots is not None and case in self._columns_of_case:
                totals = self._of_slot.setdefault(slot, [0] * len(self._slots.columns))
                for column, value in self._columns_of_case[case]:
                    totals[column] += value * count
        return [
            (name, labels, minute * MINUTE_MS, ON_TIME, value * count)
            for (case, minute), count in of_pane.items()
            for name, labels, value in self._of_case[case]
        ]
