"""Cells of every record, whatever its outcome: the measures of the pipeline's own health."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from creator_pulse.stream.catalog.declare import MINUTE_MS, Measure
from creator_pulse.stream.catalog.labels import OUTCOMES, REASONS
from creator_pulse.stream.windows.outcomes import INVALID
from creator_pulse.stream.windows.panes import ON_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from creator_pulse.stream.windows.cells import Cell, Labels
    from creator_pulse.stream.windows.outcomes import Judged
    from creator_pulse.stream.windows.watermark import Mask

_Case = tuple[int, str | None, bool]
"""Outcome; where it is invalid, the reason; whether its business key was accepted before."""


class HealthCells:
    """Counts records by what a health measure can tell apart: outcome, reason, and whether booked before.

    There are few such cases, so a record of each is measured once, at the start; a batch only
    counts how many it has.

    Args:
        topic: name without prefix.
        measures: those with rows ``every``.
    """

    def __init__(self, topic: str, measures: Sequence[Measure]) -> None:
        codes = [code for code in range(len(OUTCOMES)) if code != INVALID]
        cases: list[_Case] = [
            *((code, None, known) for code in codes for known in (False, True)),
            *((INVALID, reason, False) for reason in REASONS),
        ]
        rows = pl.DataFrame(
            {
                "topic": [topic] * len(cases),
                "outcome": [OUTCOMES[code] for code, *_ in cases],
                "reason": pl.Series([reason for _, reason, _ in cases], dtype=pl.String),
                "key_known": [known for *_, known in cases],
            }
        )
        self._of_case: dict[_Case, list[tuple[str, Labels, int]]] = {case: [] for case in cases}
        for measure in measures:
            labels = rows.select(measure.labels).rows()
            values = rows.select(measure.counted).to_series().to_list()
            for case, of_case, one in zip(cases, labels, values, strict=True):
                if None not in of_case:  # a valid record has no reason
                    self._of_case[case].append((measure.id, of_case, one))

    def cells(self, judged: Judged, reasons: Mapping[int, str], known: Mask | None = None) -> Iterator[Cell]:
        """Count the records of a batch.

        Args:
            judged: their outcomes, and the watermarks that choose their panes.
            reasons: of the invalid ones, by index.
            known: shape (n,), whose business key was accepted before; None: nobody's.
        """
        panes = judged.pane_time // MINUTE_MS
        codes = judged.outcome if known is None else judged.outcome + known * len(OUTCOMES)
        places, counts = np.unique(panes * 2 * len(OUTCOMES) + codes, return_counts=True)
        for place, count in zip(places.tolist(), counts.tolist(), strict=True):
            pane, code = divmod(place, 2 * len(OUTCOMES))
            again, outcome = divmod(code, len(OUTCOMES))
            if outcome != INVALID:
                yield from self._counted((outcome, None, again == 1), pane, count)
        for (reason, pane), count in Counter((why, int(panes[row])) for row, why in reasons.items()).items():
            yield from self._counted((INVALID, reason, False), pane, count)

    def invalid(self, reason: str, pane_time: int, count: int) -> Iterator[Cell]:
        """Count records that nobody has read.

        Args:
            reason: why they are invalid.
            pane_time: the watermark before them, ms.
            count: how many.
        """
        yield from self._counted((INVALID, reason, False), pane_time // MINUTE_MS, count)

    def _counted(self, case: _Case, pane: int, count: int) -> Iterator[Cell]:
        for name, labels, value in self._of_case[case]:
            yield name, labels, pane * MINUTE_MS, ON_TIME, value * count
