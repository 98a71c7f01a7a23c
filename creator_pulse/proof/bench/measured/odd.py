"""``odd``: what records that are odd cost beside plain ones, in the lanes; at most ten times as much."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.odd_records import KINDS, batches, cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.bench.place import Bench

MOST = 10.0
"""Times as much as a plain record."""
RECORDS = 320_000
"""5,333 a second of a partition for a minute, in which what late records change is collected."""


async def measure(bench: Bench) -> dict[str, object]:
    """Each kind by turns with plain records of its topic, in one process.

    Returns:
        ``odd``: by kind CPU microseconds of a plain and of an odd record, their ratio as the median of the
        rounds, and where it is spent; ``right``: whether no kind costs more than ten times as much.
    """
    count = bench.size(RECORDS, 16_000)
    plains = {topic: batches(topic, count, None) for topic in dict.fromkeys(kind.topic for kind in KINDS)}
    rows: dict[str, object] = {}
    highest = 0.0
    for kind in KINDS:
        made = batches(kind.topic, count, kind.odd)
        pairs = []
        for number in range(1, bench.runs + 1):
            pairs.append((cost(kind.topic, plains[kind.topic]), cost(kind.topic, made)))
            bench.say(f"round {number} of {bench.runs}: {kind.name}: {ratio(pairs[-1]):.2f}")
        found = median(map(ratio, pairs))
        highest = max(highest, found)
        rows[kind.name] = {
            "plain": round(median(sum(one.values()) for one, _ in pairs), 2),
            "odd": round(median(sum(one.values()) for _, one in pairs), 2),
            "source": round(median(one["source"] for _, one in pairs), 2),
            "merge": round(median(one["merge"] for _, one in pairs), 2),
            "restate": round(median(one["restate"] for _, one in pairs), 2),
            "ratio": round(found, 2),
        }
    return {"odd": rows, "highest": round(highest, 2), "right": highest <= MOST}


def ratio(pair: tuple[Mapping[str, float], Mapping[str, float]]) -> float:
    """How many times as much the odd ones cost."""
    one, other = pair
    return sum(other.values()) / sum(one.values())
