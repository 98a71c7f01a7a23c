"""Rows of one event type that wait to be summed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.events.fields import EVENT_TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.lanes.arrays import Indexes, Rates


class ReadColumns(NamedTuple):
    """The columns that the sums of an event type read.

    Attributes:
        texts: names of the columns of texts: labels, and what measures compare.
        numbers: names of the columns of integers and booleans, derived and dated ones included.

    Example:
        >>> ReadColumns(texts=("region",), numbers=("coins",)).numbers
        ('coins',)
    """

    texts: tuple[str, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountedRows:
    """Columns of shape (n,).

    Attributes:
        event_time: epoch ms.
        watermark: ms; it chooses the pane of measures that do not go by event time.
        kind: see ``lateness.py``.
        codes: columns of texts.
        numbers: columns of integers and booleans.
        there: of those that may be null, where they are not.
    """

    event_time: npt.NDArray[np.int64]
    watermark: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    codes: Mapping[str, npt.NDArray[np.int32]]
    numbers: Mapping[str, npt.NDArray[np.int64]]
    there: Mapping[str, npt.NDArray[np.bool_]]

    def __len__(self) -> int:
        return len(self.kind)

    @classmethod
    def of(
        cls,
        decoded: Decoded,
        rows: Indexes,
        columns: ReadColumns,
        more: Mapping[str, npt.NDArray[np.int64]],
        rates: Rates,
    ) -> CountedRows:
        """Take the columns that are read; ``watermark`` and ``kind`` are among ``more``.

        Args:
            decoded: the batch as columns, a place for each record.
            rows: indexes of some records, rising.
            columns: names of the columns that the sums read.
            more: columns made for these rows.
            rates: dated columns of these rows.
        """
        # A column is read from the record unless the engine has derived it or a reference entry dates it.
        read = [name for name in columns.numbers if name not in more and name not in rates]
        dated = [name for name in columns.numbers if name in rates]
        return cls(
            decoded.ints(EVENT_TIME)[rows],
            more["watermark"],
            more["kind"],
            {name: decoded.codes(name)[rows] for name in columns.texts},
            {name: decoded.ints(name)[rows] for name in read}
            | {name: more[name] for name in columns.numbers if name in more}
            | {name: rates[name][0] for name in dated},
            {name: decoded.there(name)[rows] for name in read} | {name: rates[name][1] for name in dated},
        )
