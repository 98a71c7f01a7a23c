"""The dated rates of a batch's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.events.fields import EVENT_TIME
from creator_pulse.stream.events.references import latest
from creator_pulse.stream.ingestion.combined import Combined, folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.events.references import References, Timeline
    from creator_pulse.stream.events.schema import Lookup
    from creator_pulse.stream.lanes.arrays import Indexes, Mask, Rates, Times


def rates_of(decoded: Decoded, rows: Indexes, lookups: Sequence[Lookup], references: References) -> Rates:
    """The dated columns of some rows of one event type.

    Args:
        decoded: the batch as columns, a place for each record.
        rows: indexes of some records, rising.
        lookups: of their event type.
        references: the rates known now.
    """
    combined: dict[tuple[str, ...], Combined] = {}
    by_column: Rates = {}
    for lookup in lookups:
        # Lookups by the same fields share their combinations.
        if lookup.keys not in combined:
            combined[lookup.keys] = _combined(decoded, rows, lookup.keys, lookups, references)
        keys = combined[lookup.keys]
        timelines = [references.timeline(lookup, key) for key in keys.texts()]
        times = decoded.ints(lookup.at)[rows]
        if lookup.at != EVENT_TIME:
            times = np.where(decoded.there(lookup.at)[rows], times, decoded.ints(EVENT_TIME)[rows])
        by_column[lookup.column] = _by_time(timelines, keys.place, times)
    return by_column


def _combined(
    decoded: Decoded, rows: Indexes, keys: tuple[str, ...], lookups: Sequence[Lookup], references: References
) -> Combined:
    """The combinations of values that some entry names: regions and platforms are free text."""
    named = [references.named(lookup) for lookup in lookups if lookup.keys == keys]
    return Combined.of(
        [
            folded(decoded.codes(name)[rows], decoded.texts(name), frozenset().union(*of_field))
            for name, *of_field in zip(keys, *named, strict=True)
        ]
    )


def rows_by_event(
    decoded: Decoded,
    lookups: Mapping[str, Sequence[Lookup]],
    references: References,
    always: str | None,
) -> dict[str, tuple[Indexes, Rates]]:
    """Rows and dated columns of each event type; rows without a rate that they need become invalid.

    Args:
        decoded: the batch as columns, a place for each record.
        lookups: by event type, in the order of the schema.
        references: the rates known now.
        always: an event type that is among them also where it has no rows.
    """
    by_event: dict[str, tuple[Indexes, Rates]] = {}
    # Kind is -1 where a record is invalid: shifted by one, and the first count cut off.
    there = np.bincount(decoded.kind + 1, minlength=len(lookups) + 1)[1:]
    for kind, (event, wanted) in enumerate(lookups.items()):
        if not there[kind] and event != always:
            continue
        rows = np.flatnonzero(decoded.kind == kind)
        rates = rates_of(decoded, rows, wanted, references)
        for lookup in wanted:
            if lookup.required:
                missing = rows[~rates[lookup.column][1]].tolist()
                decoded.reasons.update(dict.fromkeys(missing, "no_rate"))
        by_event[event] = rows, rates
    return by_event


def _by_time(timelines: list[Timeline], place: Indexes, times: Times) -> tuple[npt.NDArray[np.int64], Mask]:
    # The usual case, one rate for ever: rates by combination, spread to the rows.
    if all(not line or (len(line) == 1 and line[0][0] == 0) for line in timelines):
        rates = np.array([(line[0][1] or 0) if line else 0 for line in timelines], dtype=np.int64)
        return rates[place], np.array([bool(line) for line in timelines], dtype=np.bool_)[place]
    by_row = [
        latest(timelines[timeline], at) for timeline, at in zip(place.tolist(), times.tolist(), strict=True)
    ]
    there = np.array([rate is not None for rate in by_row], dtype=np.bool_)
    return np.array([rate or 0 for rate in by_row], dtype=np.int64), there
