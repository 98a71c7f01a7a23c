"""``odd``: the cost of odd records in the lanes; it must be at most ten times that of plain ones."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.odd_records import KINDS, STAGES, batches, cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.bench.place import Bench

MOST = 10.0
"""Allowed cost of an odd record, as a multiple of a plain one's."""
RECORDS = 320_000
"""5,333 a second of a partition for one minute, the interval after which late records are restated."""


async def odd(bench: Bench) -> dict[str, object]:
    """Measure each kind by turns with plain records of the same topic, in one process.

    Returns:
        ``odd``: by kind, CPU microseconds of a plain and of an odd record, their ratio as the median of the
        rounds, and the cost of each stage; ``right``: whether no kind costs more than ten times as much.
    """
    count = bench.size(RECORDS, 16_000)
    plains = {topic: batches(topic, count, None) for topic in dict.fromkeys(kind.topic for kind in KINDS)}
    rows: dict[str, object] = {}
    highest = 0.0
    for kind in KINDS:
        odd_batches = batches(kind.topic, count, kind.odd)
        pairs = []
        for number in range(1, bench.runs + 1):
            pairs.append((cost(kind.topic, plains[kind.topic]), cost(kind.topic, odd_batches)))
            bench.say(f"round {number} of {bench.runs}: {kind.name}: {ratio(pairs[-1]):.2f}")
        times = median(map(ratio, pairs))
        highest = max(highest, times)
        rows[kind.name] = {
            "plain": round(median(sum(plain.values()) for plain, _ in pairs), 2),
            "odd": round(median(sum(costs.values()) for _, costs in pairs), 2),
            **{stage: round(median(costs[stage] for _, costs in pairs), 2) for stage in STAGES},
            "ratio": round(times, 2),
        }
    return {"odd": rows, "highest": round(highest, 2), "right": highest <= MOST}


def ratio(pair: tuple[Mapping[str, float], Mapping[str, float]]) -> float:
    """The cost of odd records as a multiple of plain ones.

    Args:
        pair: microseconds by stage of a plain record, and of an odd one.
    """
    plain, odd_costs = pair
    return sum(odd_costs.values()) / sum(plain.values())
