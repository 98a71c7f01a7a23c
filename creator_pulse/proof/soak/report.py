"""The report of a soak: figures, and the verdict over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.soak.verdict import (
    BYTES,
    LEAST_READINGS,
    MOST_GROWTH,
    failures,
    growth,
    judges_memory,
    second_half,
    swing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.proof.demo.running import RunOptions
    from creator_pulse.proof.soak.reading import SoakReading

_OBSERVED = (
    "events_per_second",
    "produced",
    "lag",
    "checks",
    "wrong",
    "ledger_equal",
    "differences",
    "workers_replaced",
)


def report(
    options: RunOptions, readings: Sequence[SoakReading], observed: Mapping[str, object] | None
) -> dict[str, object]:
    """The report of a run.

    Args:
        options: the options of the run.
        readings: in order of time.
        observed: the observer's report; None if the run was interrupted.

    Returns:
        a JSON object; ``ok`` is None if the run was interrupted.
    """
    figures: dict[str, object] = {
        "minutes": options.seconds and options.seconds / 60,
        "rate": options.rate,
        "workers": options.workers,
        "readings": len(readings),
    }
    # A worker that was replaced begins with empty memory: no line through both is a growth.
    if len(readings) >= LEAST_READINGS and len({frozenset(reading.processes) for reading in readings}) == 1:
        figures |= _figures(readings)
    if observed is None:
        return figures | {"ok": None, "failures": ["interrupted"]}
    failed = failures(readings, exact=bool(observed["ledger_equal"]) and not observed["wrong"])
    return figures | {name: observed[name] for name in _OBSERVED} | {"failures": failed, "ok": not failed}


def _figures(readings: Sequence[SoakReading]) -> dict[str, object]:
    # Everything but the beginning is judged after the warm-up.
    half = second_half(readings)
    memory, last = growth(half), half[-1]
    kinds = sorted({kind for reading in readings for kind in reading.entries})
    return {
        "memory_mib": {
            "begin": round(readings[0].memory, 1),
            "half": round(half[0].memory, 1),
            "end": round(last.memory, 1),
        },
        "memory_mib_by_minute": _by_minute(readings),
        "memory_mib_per_hour": {
            "slope": round(memory.slope.per_hour, 1),
            "error": round(memory.slope.error, 1),
            "explained": round(memory.explained, 1),
            "unexplained": round(memory.unexplained, 1),
            "allowed": round(MOST_GROWTH * len(last.processes) * 3600 / (last.seconds - half[0].seconds), 1),
            "judged": judges_memory(half),
        },
        "files": {
            "end": sum(reading.files for reading in last.processes.values()),
            "swing": swing(half, lambda reading: reading.files),
        },
        "threads": {
            "end": sum(reading.threads for reading in last.processes.values()),
            "swing": swing(half, lambda reading: reading.threads),
        },
        "entries": {
            kind: {
                "half": half[0].entries.get(kind, 0),
                "end": last.entries.get(kind, 0),
                "expected": last.expected.get(kind),
            }
            for kind in kinds
        },
        "not_yet_steady": [kind for kind in BYTES if kind in kinds],
        "most_lag": max(reading.lag for reading in half),
        "most_stall_seconds": round(max(reading.stall for reading in half), 3),
    }


def _by_minute(readings: Sequence[SoakReading]) -> list[float]:
    """The last reading of each minute, which shows whether growth ends."""
    # The last reading of each minute: later ones overwrite.
    last = {int(reading.seconds // 60): round(reading.memory, 1) for reading in readings}
    return list(last.values())
