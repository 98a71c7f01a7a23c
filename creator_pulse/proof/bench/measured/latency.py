"""``latency``: from an event to its value at ``/metrics``, and from a hard fault to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.bench.figures import Row, quantile, spread
from creator_pulse.proof.bench.live_run import live_run
from creator_pulse.proof.bench.paged import fault_to_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.proof.bench.live_gifts import Tick
    from creator_pulse.proof.bench.live_run import Seen
    from creator_pulse.proof.bench.place import Bench

RATES = (1_000, 20_000, 50_000)
_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


async def measure(bench: Bench) -> dict[str, object]:
    """Half a minute at each rate, by turns; then a fault, once.

    Returns:
        ``rates``: by events per second ``p50``, ``p95`` and ``p99`` in seconds;
        ``fault_to_webhook_seconds``.
    """
    rates = (500, 2_000) if bench.quick else RATES
    found: dict[int, list[dict[str, float]]] = {rate: [] for rate in rates}
    behind = right = 0
    for number in range(1, bench.runs + 1):
        for rate in rates:
            bench.say(f"round {number} of {bench.runs}: {rate:,} events/s")
            ticks, seen, late = await live_run(bench, rate, bench.size(30, 5))
            behind = max(behind, late)
            right += seen[-1][1] == sum(tick.records for tick in ticks)
            found[rate].append(latencies(ticks, seen))
            bench.say(f"  {found[rate][-1]}")
    rows: dict[str, Row] = {
        f"{rate}": {share: spread((one[share] for one in runs), 3) for share in _SHARES}
        for rate, runs in found.items()
    }
    report: dict[str, object] = {
        "rates": rows,
        "producer_behind_ms": behind,
        "right": right == bench.runs * len(rates),
    }
    return report if bench.quick else report | await fault_to_page(bench)


def latencies(ticks: Sequence[Tick], seen: Sequence[Seen]) -> dict[str, float]:
    """Quantiles of the seconds from when an event was due until a scrape showed it.

    Args:
        ticks: what was sent, in order.
        seen: scrapes in order; the last one shows everything.
    """
    waits, weights, total, place = [], [], 0, 0
    for tick in ticks:
        total += tick.records
        while place < len(seen) - 1 and seen[place][1] < total:
            place += 1
        waits.append((seen[place][0] - tick.at_ms) / 1000)
        weights.append(tick.records)
    return {name: quantile(waits, weights, share) for name, share in _SHARES.items()}
