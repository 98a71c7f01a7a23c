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

    from creator_pulse.proof.soak.reading import Reading
    from creator_pulse.proof.soak.run import Options

_TAKEN = (
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
    options: Options, readings: Sequence[Reading], observed: Mapping[str, object] | None
) -> dict[str, object]:
    """What a run has shown.

    Args:
        options: what was asked for.
        readings: in their order.
        observed: the observer's report; None where the run was interrupted.

    Returns:
        a JSON object; ``ok`` is None where the run was interrupted.
    """
    made: dict[str, object] = {
        "minutes": options.minutes,
        "rate": options.rate,
        "workers": options.workers,
        "readings": len(readings),
    }
    if len(readings) >= LEAST_READINGS and len({frozenset(one.processes) for one in readings}) == 1:
        made |= _figures(readings)
    if observed is None:
        return made | {"ok": None, "failures": ["interrupted"]}
    found = failures(readings, exact=bool(observed["ledger_equal"]) and not observed["wrong"])
    return made | {name: observed[name] for name in _TAKEN} | {"failures": found, "ok": not found}


def _figures(readings: Sequence[Reading]) -> dict[str, object]:
    half = second_half(readings)
    memory, last = growth(half), half[-1]
    kinds = sorted({kind for one in readings for kind in one.entries})
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
            "end": sum(one.files for one in last.processes.values()),
            "swing": swing(half, lambda one: one.files),
        },
        "threads": {
            "end": sum(one.threads for one in last.processes.values()),
            "swing": swing(half, lambda one: one.threads),
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
        "most_lag": max(one.lag for one in half),
        "most_stall_seconds": round(max(one.stall for one in half), 3),
    }


def _by_minute(readings: Sequence[Reading]) -> list[float]:
    """The last reading of each minute, so that one sees whether growth ends."""
    last = {int(one.seconds // 60): round(one.memory, 1) for one in readings}
    return list(last.values())
